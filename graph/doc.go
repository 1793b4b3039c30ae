// Package graph is the GraphQL edge: it reads requests, calls one reader or one
// service, and writes answers.
//
// Resolvers have at most about ten lines. Reads go to read.Reader, which loads
// what a selection asks for before anything is rendered; writes go to a service
// and are read back by the reader. It must not know transactions or the engine.
package graph
