//go:build ignore

// Command entc generates the package ent from the schemas beside it.
package main

import (
	"log"

	"entgo.io/contrib/entgql"
	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

func main() {
	// The API is written by hand in schema.graphqls; entgql only gives Node and
	// the field collection that turns a selection into eager loads.
	graphql, err := entgql.NewExtension(
		entgql.WithWhereInputs(false),
		entgql.WithTemplates(entgql.CollectionTemplate, entgql.EdgeTemplate, entgql.NodeTemplate, entgql.PaginationTemplate, entgql.EnumTemplate),
	)
	if err != nil {
		log.Fatalf("entgql extension: %v", err)
	}
	config := &gen.Config{
		Target:   ".",
		Package:  "rehearse.dev/ent",
		Features: []gen.Feature{gen.FeatureGlobalID, gen.FeatureUpsert, gen.FeatureModifier, gen.FeatureExecQuery},
	}
	if err := entc.Generate("./schema", config, entc.Extensions(graphql)); err != nil {
		log.Fatalf("generate ent: %v", err)
	}
}
