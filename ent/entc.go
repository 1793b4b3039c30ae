//go:build ignore

// Command entc generates the package ent from the schemas beside it.
package main

import (
	"log"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

func main() {
	config := &gen.Config{
		Target:   ".",
		Package:  "rehearse.dev/ent",
		Features: []gen.Feature{gen.FeatureGlobalID, gen.FeatureUpsert, gen.FeatureModifier, gen.FeatureExecQuery},
	}
	if err := entc.Generate("./schema", config); err != nil {
		log.Fatalf("generate ent: %v", err)
	}
}
