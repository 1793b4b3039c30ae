package main

// The storage client first: the GraphQL models bind to it.

//go:generate go generate ./ent
//go:generate go run github.com/99designs/gqlgen generate
