package limit_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"rehearse.dev/graph/limit"
)

// pets is a schema with the ways in which fields can meet: interfaces, a union,
// fields of one name with other types and arguments.
func pets(t testing.TB) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("testdata/pets.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func gate(t testing.TB, limits limit.Limits) *limit.Gate {
	t.Helper()
	g, err := limit.New(pets(t), limits, true)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// theirs is the verdict of the parser's own rules.
func theirs(t testing.TB, schema *ast.Schema, text string) gqlerror.List {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return validator.ValidateWithRules(schema, doc, rules.NewDefaultRules())
}

// The parser compares every two fields, as the specification says; the verdict must
// be the same.
func TestFieldsMergeAsTheParsersOwnRuleSays(t *testing.T) {
	t.Parallel()
	schema := pets(t)
	loose := limit.Limits{Bytes: 1 << 20, Tokens: 1 << 20, Depth: 1000, Fields: 1 << 30, Roots: 1 << 30, Aliases: 1 << 30, Directives: 50, Items: 50, Cost: 1 << 50}
	g := gate(t, loose)
	counts := map[string]int{}
	for seed := range uint64(3000) {
		w := &writer{Rand: rand.New(rand.NewPCG(seed, 6)), schema: schema}
		text := w.document(4 + int(seed%28))
		_, got := g.Admit(text)
		if len(got) > 0 && (got[0].Extensions["code"] == nil || strings.Contains(got[0].Message, "spreads itself")) {
			counts["not compared"]++
			continue
		}
		want := theirs(t, schema, text)
		if (len(got) > 0) != (len(want) > 0) {
			t.Fatalf("seed %d: %s\nours:   %v\ntheirs: %v", seed, text, got, want)
		}
		switch {
		case len(want) == 0:
			counts["valid"]++
		case want[0].Rule == "OverlappingFieldsCanBeMerged":
			counts["refused for overlap"]++
		default:
			counts["refused otherwise"]++
		}
	}
	t.Log(counts)
	for _, verdict := range []string{"valid", "refused for overlap"} {
		if counts[verdict] < 500 {
			t.Errorf("only %d documents are %s: %v", counts[verdict], verdict, counts)
		}
	}
}

func TestWhatCannotBeMergedIsNamed(t *testing.T) {
	t.Parallel()
	g := gate(t, limit.Defaults())
	for name, c := range map[string]struct{ document, want string }{
		"Same":             {"{ dog { name name x: name } }", ""},
		"OtherField":       {"{ dog { x: friend { id } x: mother { id } } }", `"dog.x" cannot be merged: they are the fields "friend" and "mother"`},
		"OtherArguments":   {"{ dog { bark(loud: true) bark(loud: false) } }", `"dog.bark" cannot be merged: their arguments differ`},
		"OneWithout":       {"{ dog { bark(loud: true) bark } }", "their arguments differ"},
		"OrderOfFields":    {"{ dog { bark(where: {a: 1, b: [1]}) bark(where: {b: [1], a: 1}) } }", ""},
		"OrderOfItems":     {"{ dog { bark(where: {b: [1, 2]}) bark(where: {b: [2, 1]}) } }", "their arguments differ"},
		"Deeper":           {"{ dog { mother { x: id } } dog { mother { x: name } } }", `"dog.mother.x"`},
		"ThroughFragments": {"{ dog { ...a ...b } } fragment a on Dog { x: id } fragment b on Pet { x: name }", `"dog.x"`},
		"ExclusiveObjects": {"{ pet { ... on Dog { x: name } ... on Cat { x: id } } }", `"pet.x" cannot be merged: their types are "String" and "ID"`},
		"ExclusiveCalls":   {"{ pet { ... on Dog { x: name } ... on Cat { x: text } } }", ""},
		"OtherNull":        {"{ pet { ... on Dog { mother { id } } ... on Cat { mother { id } } } }", `"Dog" and "Cat!"`},
		"InterfaceAndBoth": {"{ pet { x: name ... on Dog { x: name } ... on Cat { x: text } } }", `they are the fields "text" and "name"`},
		"BelowExclusive":   {"{ pet { ... on Dog { x: friend { name } } ... on Cat { x: friend { name: id } } } }", `"pet.x.name"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := g.Admit(c.document)
			if (c.want == "") != (len(got) == 0) || len(got) > 0 && !strings.Contains(got[0].Message, c.want) {
				t.Errorf("got %v, want %s", got, c.want)
			}
			if want := theirs(t, pets(t), c.document); (len(want) > 0) != (len(got) > 0) {
				t.Errorf("the parser's own rule says %v", want)
			}
			if len(got) > 0 && fmt.Sprint(got[0].Extensions["code"], len(got[0].Locations)) != "GRAPHQL_VALIDATION_FAILED1" {
				t.Errorf("code and place: %v %v", got[0].Extensions, got[0].Locations)
			}
		})
	}
}
