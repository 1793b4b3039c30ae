// Package schema says what is stored: one file an entity, fields with their
// limits, and the unique indexes that make wrong states impossible.
//
// Ids are unique over all entities (Ent's global id), so one number names one
// thing in SQL, REST, logs and GraphQL. Times are UTC. JSON that the product
// does not own (trees, outputs, parameters) is stored as the bytes it came in.
package schema
