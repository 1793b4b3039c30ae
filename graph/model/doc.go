// Package model holds what the API shows: the inputs and payloads that gqlgen
// generates from schema.graphqls, and by hand the views that read.Reader fills.
//
// A view embeds the stored row and has a field for each neighbour. The reader
// loads the neighbours that a query asks for, level by level, before anything is
// rendered: rendering never reads from the database.
package model
