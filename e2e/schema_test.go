package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const introspection = `{ __schema {
  queryType { name } mutationType { name }
  directives { name }
  types { kind name description specifiedByURL
    fields(includeDeprecated: true) { name description isDeprecated args { ...V } type { ...R } }
    inputFields { ...V } enumValues(includeDeprecated: true) { name description } interfaces { name } possibleTypes { name } }
} }
fragment V on __InputValue { name description defaultValue type { ...R } }
fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }`

type typeRef struct {
	Kind, Name string
	OfType     *typeRef
}

func (r *typeRef) String() string {
	switch r.Kind {
	case "NON_NULL":
		return r.OfType.String() + "!"
	case "LIST":
		return "[" + r.OfType.String() + "]"
	default:
		return r.Name
	}
}

type inputValue struct {
	Name, Description string
	DefaultValue      *string
	Type              *typeRef
}

type introspected struct {
	Schema struct {
		QueryType, MutationType struct{ Name string }
		Types                   []struct {
			Kind, Name, Description string
			SpecifiedByURL          string
			Fields                  []struct {
				Name, Description string
				IsDeprecated      bool
				Args              []inputValue
				Type              *typeRef
			}
			InputFields               []inputValue
			EnumValues                []struct{ Name, Description string }
			Interfaces, PossibleTypes []struct{ Name string }
		}
	} `json:"__schema"`
}

func TestThePrintedSchemaIsTheOneThatIsServed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, dir, nil, "schema")
	if r.code != 0 || r.err != "" {
		t.Fatalf("code %d: %s", r.code, r.err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: "printed", Input: r.out})
	if err != nil {
		t.Fatal(err)
	}
	absent(t, dir+"/rehearse.db")
	served := query[introspected](t, serve(t, dir, nil, "--dev"), introspection, nil)
	if d := cmp.Diff(ofPrinted(schema), ofServed(served)); d != "" {
		t.Errorf("printed (-) and served (+) schema differ:\n%s", d)
	}
}

// ofServed writes the parts of an introspected schema as lines, sorted.
func ofServed(s introspected) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	value := func(of string, v inputValue) {
		fallback := ""
		if v.DefaultValue != nil {
			fallback = *v.DefaultValue
		}
		add("%s.%s: %s = %q %q", of, v.Name, v.Type, fallback, v.Description)
	}
	add("roots %s %s", s.Schema.QueryType.Name, s.Schema.MutationType.Name)
	for _, d := range s.Schema.Types {
		if strings.HasPrefix(d.Name, "__") {
			continue
		}
		add("%s %s %q", d.Kind, d.Name, d.SpecifiedByURL)
		if !builtin(d.Name) {
			add("%s is %q", d.Name, d.Description)
		}
		for _, f := range d.Fields {
			add("%s.%s: %s %q", d.Name, f.Name, f.Type, f.Description)
			for _, a := range f.Args {
				value(d.Name+"."+f.Name, a)
			}
		}
		for _, v := range d.InputFields {
			value(d.Name, v)
		}
		for _, v := range d.EnumValues {
			add("%s.%s %q", d.Name, v.Name, v.Description)
		}
		for _, i := range d.Interfaces {
			add("%s implements %s", d.Name, i.Name)
		}
		for _, p := range d.PossibleTypes {
			add("%s may be %s", d.Name, p.Name)
		}
	}
	slices.Sort(lines)
	return lines
}

// ofPrinted writes the parts of a parsed schema in the same way.
func ofPrinted(s *ast.Schema) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	value := func(of, name, description string, typ *ast.Type, v *ast.Value) {
		fallback := ""
		if v != nil {
			fallback = v.String()
		}
		add("%s.%s: %s = %q %q", of, name, typ, fallback, description)
	}
	add("roots %s %s", s.Query.Name, s.Mutation.Name)
	for _, d := range s.Types {
		if strings.HasPrefix(d.Name, "__") {
			continue
		}
		add("%s %s %q", d.Kind, d.Name, specifiedBy(d))
		if !builtin(d.Name) {
			add("%s is %q", d.Name, d.Description)
		}
		for _, f := range d.Fields {
			switch {
			case strings.HasPrefix(f.Name, "__"): // meta fields are in no introspection
			case d.Kind == ast.InputObject:
				value(d.Name, f.Name, f.Description, f.Type, f.DefaultValue)
			default:
				add("%s.%s: %s %q", d.Name, f.Name, f.Type, f.Description)
				for _, a := range f.Arguments {
					value(d.Name+"."+f.Name, a.Name, a.Description, a.Type, a.DefaultValue)
				}
			}
		}
		for _, v := range d.EnumValues {
			add("%s.%s %q", d.Name, v.Name, v.Description)
		}
		for _, i := range d.Interfaces {
			add("%s implements %s", d.Name, i)
		}
		if d.IsAbstractType() {
			for _, p := range s.GetPossibleTypes(d) {
				add("%s may be %s", d.Name, p.Name)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// builtin reports types whose description the specification does not fix.
func builtin(name string) bool {
	return slices.Contains([]string{"Int", "Float", "String", "Boolean", "ID"}, name)
}

func specifiedBy(d *ast.Definition) string {
	if at := d.Directives.ForName("specifiedBy"); at != nil {
		return at.Arguments.ForName("url").Value.Raw
	}
	return ""
}
