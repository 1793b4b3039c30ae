//go:build tools

// Package main keeps the generators in go.mod.
package main

import (
	_ "entgo.io/contrib/entgql"
	_ "entgo.io/ent/cmd/ent"
	_ "github.com/99designs/gqlgen"
	_ "github.com/Masterminds/semver/v3"
	_ "github.com/alecthomas/kong"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/hashicorp/golang-lru/v2"
	_ "github.com/mattn/go-sqlite3"
	_ "github.com/rogpeppe/go-internal/txtar"
	_ "go.uber.org/goleak"
	_ "golang.org/x/sync/errgroup"
)
