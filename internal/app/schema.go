package app

import (
	"io"

	"rehearse.dev/graph"
)

// SchemaCmd is "rehearse schema".
type SchemaCmd struct{}

// Run prints schema.graphqls as it is written.
func (SchemaCmd) Run(out io.Writer) error {
	_, err := io.WriteString(out, graph.SDL())
	return err
}
