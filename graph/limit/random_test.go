package limit_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// writer makes random documents that mostly fit a schema and whose fields often meet
// under one name.
type writer struct {
	*rand.Rand
	schema *ast.Schema
	b      strings.Builder
	spread map[string]string // fragments to write by name, with their types
	left   int               // how many selections may still be written
}

// document writes one document of up to size selections.
func (w *writer) document(size int) string {
	w.b.Reset()
	w.spread, w.left = map[string]string{}, size
	w.b.WriteString("query A ")
	w.set(w.schema.Query, 0)
	for written := map[string]bool{}; len(written) < len(w.spread); {
		for name, typ := range w.spread {
			if !written[name] {
				written[name] = true
				fmt.Fprintf(&w.b, "\nfragment %s on %s ", name, typ)
				w.set(w.schema.Types[typ], 1)
				break
			}
		}
	}
	return w.b.String()
}

func (w *writer) set(def *ast.Definition, depth int) {
	w.b.WriteString("{ ")
	for range 1 + w.IntN(4) {
		w.left--
		switch n := w.IntN(10); {
		case n < 2 && depth < 5 && w.left > 0:
			def := w.related(def)
			if w.IntN(4) > 0 {
				w.b.WriteString("... on " + def.Name + " ")
			} else {
				w.b.WriteString("... ")
			}
			w.set(def, depth+1)
		case n < 4 && w.left > 0:
			def := w.related(def)
			name := fmt.Sprintf("F%s%d", def.Name, w.IntN(3))
			w.spread[name] = def.Name
			w.b.WriteString("..." + name + " ")
		default:
			w.field(def, depth)
		}
	}
	w.b.WriteString("} ")
}

// related is a type whose fragments may stand where those of def may.
func (w *writer) related(def *ast.Definition) *ast.Definition {
	all := w.schema.GetPossibleTypes(def)
	all = append(all[:len(all):len(all)], def)
	if def.Name == "Dog" || def.Name == "Cat" {
		all = append(all, w.schema.Types["Pet"], w.schema.Types["Any"])
	}
	return all[w.IntN(len(all))]
}

func (w *writer) field(def *ast.Definition, depth int) {
	if w.IntN(3) == 0 {
		w.b.WriteString([]string{"x", "y", "name", "bark"}[w.IntN(4)] + ": ")
	}
	var fields []*ast.FieldDefinition
	for _, f := range def.Fields {
		leaf := w.schema.Types[f.Type.Name()].IsLeafType()
		if !strings.HasPrefix(f.Name, "__") && f.Name != "some" && (leaf || depth < 6 && w.left > 0) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		w.b.WriteString("__typename ")
		return
	}
	f := fields[w.IntN(len(fields))]
	w.b.WriteString(f.Name + " ")
	for _, a := range f.Arguments {
		if w.IntN(3) == 0 {
			w.b.WriteString("(" + a.Name + ": " + w.value(a.Type) + ") ")
			break
		}
	}
	if of := w.schema.Types[f.Type.Name()]; of.IsCompositeType() {
		w.set(of, depth+1)
	}
}

func (w *writer) value(t *ast.Type) string {
	switch t.Name() {
	case "Boolean":
		return []string{"true", "false"}[w.IntN(2)]
	case "Where":
		return []string{"{a: 1, b: [1, 2]}", "{b: [1, 2], a: 1}", "{b: [2, 1], a: 1}", "{a: 1, c: {a: 2}}", "null"}[w.IntN(5)]
	}
	return []string{"1", "2"}[w.IntN(2)]
}
