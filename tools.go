//go:build tools

package main

// The generators, so that go.mod names what `go generate` runs.
import (
	_ "entgo.io/ent/entc"
	_ "github.com/99designs/gqlgen"
)
