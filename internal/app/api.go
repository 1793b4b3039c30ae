package app

import (
	"fmt"
	"os"

	"rehearse.dev/graph"
	"rehearse.dev/graph/trusted"
)

// API are the flags that say what the GraphQL endpoint takes.
type API struct {
	Documents     string `placeholder:"FILE" help:"A manifest of trusted documents, which clients send by id."`
	DocumentsMode string `default:"auto" enum:"off,auto,only" help:"What clients may send: off, texts only; auto, texts, ids of the manifest and automatic persisted queries; only, nothing but ids of the manifest."`
}

// options reads what the flags name. Its errors name the flag.
func (a API) options() (graph.Options, error) {
	options := graph.Options{Mode: graph.DocumentsMode(a.DocumentsMode)}
	switch {
	case a.Documents == "" && options.Mode == graph.DocumentsOnly:
		return options, refuse("documents-mode", fmt.Errorf("%q needs a manifest: give --documents, too", a.DocumentsMode))
	case a.Documents == "":
		return options, nil
	case options.Mode == graph.DocumentsOff:
		return options, refuse("documents-mode", fmt.Errorf("%q leaves no use for --documents", a.DocumentsMode))
	}
	raw, err := os.ReadFile(a.Documents)
	if err != nil {
		return options, refuse("documents", err)
	}
	if options.Documents, err = trusted.Read(raw); err != nil {
		return options, refuse("documents", fmt.Errorf("%s: %w", a.Documents, err))
	}
	return options, nil
}
