// Package limit refuses GraphQL documents that would cost too much, before the work
// that they would cause: it counts what a document asks for, validates it in time
// that grows with its size, and weighs an operation by the cost directives of the
// schema.
//
// It must not know who serves the API or who calls it: resolvers, HTTP, storage and
// callers are other packages' matters, and a caller is a text to it.
package limit
