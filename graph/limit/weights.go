package limit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Weights that nothing in the schema sets.
const (
	// objectWeight is an object, interface or union; a leaf weighs nothing.
	objectWeight = 1
	// listLength is a list without @listSize.
	listLength = 10
	// The introspection of the whole schema is some 200 KB of text, that of a type
	// a few.
	schemaWeight, typeWeight = 1_000, 50
)

// weights are what the directives @cost and @listSize of a schema say.
type weights struct {
	schema *ast.Schema
	types  map[string]float64 // types with @cost
	fields map[*ast.FieldDefinition]*fieldWeight
}

// fieldWeight is what is said about one field.
type fieldWeight struct {
	call      float64
	arguments map[string]float64
	list      *listSize
}

// listSize is a @listSize.
type listSize struct {
	assumed int // -1 when it is not said
	slicing []string
	sized   []string
}

// readWeights reads the directives. A weight that is no number, a negative one, and
// an argument or field that is not there are errors: the schema is ours.
func readWeights(schema *ast.Schema) (*weights, error) {
	w := &weights{schema: schema, types: map[string]float64{}, fields: map[*ast.FieldDefinition]*fieldWeight{}}
	for _, def := range schema.Types {
		weight, given, err := costOf(def.Directives)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", def.Name, err)
		}
		if given {
			w.types[def.Name] = weight
		}
		if !def.IsCompositeType() {
			continue
		}
		for _, field := range def.Fields {
			read, err := w.readField(field)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", def.Name, field.Name, err)
			}
			if read != nil {
				w.fields[field] = read
			}
		}
	}
	return w, nil
}

// readField is nil when nothing is said about the field.
func (w *weights) readField(field *ast.FieldDefinition) (*fieldWeight, error) {
	call, said, err := costOf(field.Directives)
	if err != nil {
		return nil, err
	}
	f := &fieldWeight{call: call, arguments: map[string]float64{}}
	switch field.Name {
	case "__schema":
		f.call, said = schemaWeight, true
	case "__type":
		f.call, said = typeWeight, true
	}
	for _, a := range field.Arguments {
		weight, given, err := costOf(a.Directives)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		if given {
			f.arguments[a.Name] = weight
			said = true
		}
	}
	if d := field.Directives.ForName("listSize"); d != nil {
		said = true
		if f.list, err = w.readSize(field, d); err != nil {
			return nil, err
		}
	}
	if !said {
		return nil, nil //nolint:nilnil // most fields
	}
	return f, nil
}

func (w *weights) readSize(field *ast.FieldDefinition, d *ast.Directive) (*listSize, error) {
	size := &listSize{assumed: -1, slicing: texts(d, "slicingArguments"), sized: texts(d, "sizedFields")}
	if a := d.Arguments.ForName("assumedSize"); a != nil && a.Value.Kind == ast.IntValue {
		n, err := strconv.Atoi(a.Value.Raw)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("assumedSize is %s", a.Value.Raw)
		}
		size.assumed = n
	}
	if a := d.Arguments.ForName("requireOneSlicingArgument"); len(size.slicing) > 0 && (a == nil || a.Value.Raw != "false") {
		return nil, errors.New("requireOneSlicingArgument must be false: pages have a size of their own")
	}
	for _, name := range size.slicing {
		if field.Arguments.ForName(name) == nil {
			return nil, fmt.Errorf("there is no argument %s", name)
		}
	}
	of := w.schema.Types[field.Type.Name()]
	for _, name := range size.sized {
		if of == nil || of.Fields.ForName(name) == nil {
			return nil, fmt.Errorf("there is no field %s", name)
		}
	}
	return size, nil
}

// costOf is the weight of a @cost, and whether there is one.
func costOf(list ast.DirectiveList) (weight float64, given bool, err error) {
	d := list.ForName("cost")
	if d == nil {
		return 0, false, nil
	}
	a := d.Arguments.ForName("weight")
	if a == nil {
		return 0, false, errors.New("@cost has no weight")
	}
	weight, err = strconv.ParseFloat(a.Value.Raw, 64)
	if err != nil || !(weight >= 0) || weight > 1e6 {
		return 0, false, fmt.Errorf("the weight %q is not a number from 0 to a million", a.Value.Raw)
	}
	return weight, true, nil
}

// texts are the texts of a list argument.
func texts(d *ast.Directive, name string) []string {
	a := d.Arguments.ForName(name)
	if a == nil {
		return nil
	}
	if a.Value.Kind != ast.ListValue {
		return []string{a.Value.Raw}
	}
	list := make([]string, len(a.Value.Children))
	for i, child := range a.Value.Children {
		list[i] = child.Value.Raw
	}
	return list
}

// ofType is what one value of a type weighs.
func (w *weights) ofType(def *ast.Definition) float64 {
	if def == nil || strings.HasPrefix(def.Name, "__") {
		return 0
	}
	if weight, ok := w.types[def.Name]; ok {
		return weight
	}
	if def.IsCompositeType() {
		return objectWeight
	}
	return 0
}
