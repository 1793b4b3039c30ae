// Package ent is the storage client that Ent generates from schema/, plus the
// program that generates it.
package ent

//go:generate go run -mod=mod entc.go
