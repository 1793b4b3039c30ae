package read

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Selection is what a query asks of one object: fragments spread, conditions
// decided, fields of one alias merged. It is immutable and belongs to the
// operation that it was compiled from.
type Selection struct {
	// Type is the object type that fragments were matched against.
	Type string
	// Fields are in the order in which the answer shows them.
	Fields []*Field
}

// Field is one entry of the answer.
type Field struct {
	Alias, Name string
	// AST is the first field of the alias; it has the arguments.
	AST *ast.Field
	// Of is what is asked of the field's value. For a field of an interface type,
	// use Sets with Compile and the concrete type.
	Of *Selection
	// Sets are the selection sets behind Of.
	Sets []ast.SelectionSet
}

// Compile flattens selection sets for one object type of the schema.
func Compile(schema *ast.Schema, typ string, vars map[string]any, sets ...ast.SelectionSet) *Selection {
	s := &Selection{Type: typ}
	spread := make(map[string]bool)
	for _, set := range sets {
		s.collect(schema, vars, set, spread)
	}
	for _, f := range s.Fields {
		if def := f.AST.Definition; def != nil {
			f.Of = compileValue(schema, vars, def.Type.Name(), f.Sets)
		}
	}
	return s
}

// compileValue is nil for types of introspection too: the reader has nothing to do
// with them, and they nest as deep as a document likes.
func compileValue(schema *ast.Schema, vars map[string]any, typ string, sets []ast.SelectionSet) *Selection {
	def := schema.Types[typ]
	if def == nil || def.Kind != ast.Object || strings.HasPrefix(typ, "__") {
		return nil
	}
	return Compile(schema, typ, vars, sets...)
}

// collect adds the fields of a set. Each fragment is spread once, as GraphQL says:
// fragments that spread each other twice would double the work at every step.
func (s *Selection) collect(schema *ast.Schema, vars map[string]any, set ast.SelectionSet, spread map[string]bool) {
	for _, selection := range set {
		switch sel := selection.(type) {
		case *ast.Field:
			if included(sel.Directives, vars) {
				s.add(sel)
			}
		case *ast.InlineFragment:
			if included(sel.Directives, vars) && s.matches(schema, sel.TypeCondition) {
				s.collect(schema, vars, sel.SelectionSet, spread)
			}
		case *ast.FragmentSpread:
			if spread[sel.Name] || !included(sel.Directives, vars) {
				continue
			}
			spread[sel.Name] = true
			if s.matches(schema, sel.Definition.TypeCondition) {
				s.collect(schema, vars, sel.Definition.SelectionSet, spread)
			}
		}
	}
}

func (s *Selection) add(field *ast.Field) {
	for _, f := range s.Fields {
		if f.Alias == field.Alias {
			f.Sets = append(f.Sets, field.SelectionSet)
			return
		}
	}
	s.Fields = append(s.Fields, &Field{
		Alias: field.Alias, Name: field.Name, AST: field, Sets: []ast.SelectionSet{field.SelectionSet},
	})
}

// matches reports whether a fragment on condition applies to the object type.
func (s *Selection) matches(schema *ast.Schema, condition string) bool {
	if condition == "" || condition == s.Type {
		return true
	}
	for _, possible := range schema.PossibleTypes[condition] {
		if possible.Name == s.Type {
			return true
		}
	}
	return false
}

func included(directives ast.DirectiveList, vars map[string]any) bool {
	return !holds(directives, "skip", vars, false) && holds(directives, "include", vars, true)
}

func holds(directives ast.DirectiveList, name string, vars map[string]any, otherwise bool) bool {
	d := directives.ForName(name)
	if d == nil {
		return otherwise
	}
	value, err := d.Arguments.ForName("if").Value.Value(vars)
	if err != nil {
		return otherwise
	}
	truth, _ := value.(bool)
	return truth
}

// Want is everything that is asked of one object, over all aliases that lead to it.
type Want []*Selection

// Has reports whether any of the fields is asked for.
func (w Want) Has(names ...string) bool {
	for _, s := range w {
		for _, f := range s.Fields {
			for _, name := range names {
				if f.Name == name {
					return true
				}
			}
		}
	}
	return false
}

// Of gathers what is asked of the values of the named fields.
func (w Want) Of(names ...string) Want {
	var sub Want
	for _, f := range w.Fields(names...) {
		if f.Of != nil {
			sub = append(sub, f.Of)
		}
	}
	return sub
}

// Fields returns the entries of the named fields.
func (w Want) Fields(names ...string) []*Field {
	var fields []*Field
	for _, s := range w {
		for _, f := range s.Fields {
			for _, name := range names {
				if f.Name == name {
					fields = append(fields, f)
				}
			}
		}
	}
	return fields
}
