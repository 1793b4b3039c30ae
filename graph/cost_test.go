package graph

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/vektah/gqlparser/v2/validator"

	"rehearse.dev/graph/limit"
)

var update = flag.Bool("update", false, "write testdata/costs.json anew")

// priced is one operation of the golden table.
type priced struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
	Points    int            `json:"points"`
}

// What operations cost by the weights of schema.graphqls. A change shows what clients
// will be told.
func TestTheCostsOfOperations(t *testing.T) {
	t.Parallel()
	const file = "testdata/costs.json"
	raw, err := os.ReadFile(file)
	must(t, err)
	var table []*priced
	must(t, json.Unmarshal(raw, &table))
	limits := limit.Defaults()
	limits.Cost = 1 << 30
	schema := Schema()
	gate, err := limit.New(schema, limits, true)
	must(t, err)
	for _, p := range table {
		doc, errs := gate.Admit(p.Query)
		if errs != nil {
			t.Fatalf("%s: %v", p.Query, errs)
		}
		op := doc.AST.Operations[0]
		variables, err := validator.VariableValues(schema, op, p.Variables)
		must(t, err)
		points, err := doc.Cost(op, variables)
		must(t, err)
		if points != p.Points && !*update {
			t.Errorf("%s %v costs %d, not %d points", p.Query, p.Variables, points, p.Points)
		}
		p.Points = points
	}
	if *update {
		var out bytes.Buffer
		for i, p := range table {
			line, err := json.Marshal(p)
			must(t, err)
			fmt.Fprintf(&out, "%s%s", map[bool]string{true: "[\n", false: ",\n"}[i == 0], line)
		}
		must(t, os.WriteFile(file, append(out.Bytes(), "\n]\n"...), 0o600))
	}
}

// Lists that grow without a bound of their own have a size in the schema.
func TestConnectionsHandTheirLengthDown(t *testing.T) {
	t.Parallel()
	schema := Schema()
	found := 0
	for _, def := range schema.Types {
		for _, field := range def.Fields {
			if of := schema.Types[field.Type.Name()]; of == nil || of.Fields.ForName("pageInfo") == nil {
				continue
			}
			found++
			if size := field.Directives.ForName("listSize"); size == nil || size.Arguments.ForName("sizedFields") == nil {
				t.Errorf("%s.%s has no @listSize with sizedFields", def.Name, field.Name)
			}
		}
	}
	if found < 3 {
		t.Errorf("%d connections", found)
	}
}
