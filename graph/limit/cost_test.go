package limit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"rehearse.dev/graph/limit"
)

// cost admits a document and weighs its first operation.
func cost(t *testing.T, g *limit.Gate, schema *ast.Schema, document string, variables map[string]any) (int, error) {
	t.Helper()
	doc, errs := g.Admit(document)
	if errs != nil {
		t.Fatalf("%s\n%v", document, errs)
	}
	op := doc.AST.Operations[0]
	coerced, err := validator.VariableValues(schema, op, variables)
	if err != nil {
		t.Fatal(err)
	}
	points, err := doc.Cost(op, coerced)
	again, _ := doc.Cost(op, coerced)
	if again != points {
		t.Errorf("%d points, and %d when asked again", points, again)
	}
	return points, err
}

func TestCostsFollowTheDirectives(t *testing.T) {
	t.Parallel()
	schema := pets(t)
	g, err := limit.New(schema, limit.Defaults(), true)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		document  string
		variables map[string]any
		want      int
	}{
		"Leaf":               {"{ __typename }", nil, 1},
		"Object":             {"{ dog { name } }", nil, 1},
		"Nested":             {"{ dog { mother { mother { name } } } }", nil, 3},
		"WeightOfAType":      {"{ cat { name } }", nil, 3}, // 2.5, rounded up
		"WeightOfAnArgument": {"{ cat { text(of: 1) } }", nil, 6},
		"DearestType":        {"{ pet { name } }", nil, 3},
		"Alternatives":       {"{ pet { ... on Dog { mother { id } friend { id } } ... on Cat { id } } }", nil, 5}, // 1 + 1 + 2.5 beats 2.5
		"Union":              {"{ one { ... on Pet { friend { id } } } }", nil, 5},
		"ListOfUnknownSize":  {"{ list { name } }", nil, 25},
		"AssumedSize":        {"{ rare { name } }", nil, 3},
		"SlicedByIDs":        {`{ some(ids: ["1", "2", "3", "4"]) { id } }`, nil, 10},
		"SlicedByOneID":      {`{ some(ids: "1") { id } }`, nil, 3},
		"SlicedByVariables":  {"query($ids: [ID!]!) { some(ids: $ids) { id } }", map[string]any{"ids": []any{"1", "2"}}, 5},
		"Connection":         {"{ pets { nodes { id } } }", nil, 51},
		"ConnectionFirst":    {"{ pets(first: 2) { nodes { id } } }", nil, 6},
		"ConnectionBoth":     {"{ pets(first: 2, last: 4) { nodes { id } } }", nil, 11},
		"ConnectionNull":     {"{ pets(first: null) { nodes { id } } }", nil, 51},
		"ConnectionVariable": {"query($n: Int) { pets(first: $n) { nodes { id } } }", map[string]any{"n": json.Number("3")}, 9},
		"VariableLeftOut":    {"query($n: Int) { pets(first: $n) { nodes { id } } }", nil, 51},
		"VariableDefault":    {"query($n: Int = 1) { pets(first: $n) { nodes { id } } }", nil, 4},
		"VariableBelow":      {"query($n: Int) { dog { friend { name } } pets(first: $n) { nodes { friend { id } } total } }", map[string]any{"n": json.Number("1")}, 20},
		"Edges":              {"{ pets(first: 2) { edges { node { id } cursor } } }", nil, 8},
		"CountIsNotSized":    {"{ pets(first: 100) { total } }", nil, 11},
		"DefaultOfArgument":  {"{ top { id } }", nil, 13},
		"Mutation":           {"mutation { feed(id: 1) { name } }", nil, 11},
		"TwoMutations":       {"mutation { a: feed(id: 1) { name } b: feed(id: 2) { name } }", nil, 22},
		"RepeatsAreOne":      {"{ dog { name } dog { id } ...f } fragment f on Query { dog { mother { id } } }", nil, 2},
		"AliasesAreNot":      {"{ a: dog { name } b: dog { id } }", nil, 2},
		"SkippedCounts":      {"query($s: Boolean!) { dog @skip(if: $s) { name } }", map[string]any{"s": true}, 1},
		"Introspection":      {"{ __schema { types { fields { name } } } }", nil, 1000},
		"IntrospectionType":  {`{ __type(name: "Dog") { fields { name } } }`, nil, 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := cost(t, g, schema, c.document, c.variables)
			if err != nil || got != c.want {
				t.Errorf("%s costs %d (%v), want %d", c.document, got, err, c.want)
			}
		})
	}
}

func TestDearOperationsAreRefusedWithBothNumbers(t *testing.T) {
	t.Parallel()
	schema := pets(t)
	limits := limit.Defaults()
	limits.Cost = 50
	g, err := limit.New(schema, limits, true)
	if err != nil {
		t.Fatal(err)
	}
	document := "query($n: Int) { pets(first: $n) { nodes { id } } }"
	if _, err := cost(t, g, schema, document, map[string]any{"n": 19}); err != nil {
		t.Errorf("49 points: %v", err)
	}
	for n, want := range map[any]string{20: "costs 51 points, and at most 50", 1 << 40: "costs 2501 points, and at most 50", -5: ""} {
		_, err := cost(t, g, schema, document, map[string]any{"n": n})
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("first: %v: %v, want %q", n, err, want)
		}
	}
}

func TestDirectivesThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	const head = `directive @cost(weight: String!) on FIELD_DEFINITION | OBJECT | ARGUMENT_DEFINITION
		directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
		type Query `
	for text, want := range map[string]string{
		`{ a: Int @cost(weight: "many") }`:        "Query.a: the weight",
		`{ a: Int @cost(weight: "-1") }`:          "Query.a: the weight",
		`{ a: Int @cost(weight: "NaN") }`:         "Query.a: the weight",
		`{ a(b: Int @cost(weight: "x")): Int }`:   "Query.a: b: the weight",
		`@cost(weight: "") { a: Int }`:            "Query: the weight",
		`{ a: [Int] @listSize(assumedSize: -1) }`: "assumedSize is -1",
		`{ a: [Int] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false) }`:                                "no argument first",
		`{ a(first: Int): [Int] @listSize(slicingArguments: ["first"]) }`:                                                      "requireOneSlicingArgument",
		`{ a: Query @listSize(assumedSize: 1, sizedFields: ["nodes"]) }`:                                                       "no field nodes",
		`{ a(first: Int @cost(weight: "0.5")): [Int] @listSize(slicingArguments: "first", requireOneSlicingArgument: false) }`: "",
	} {
		schema, err := gqlparser.LoadSchema(&ast.Source{Input: head + text})
		if err != nil {
			t.Fatal(err)
		}
		_, got := limit.New(schema, limit.Defaults(), true)
		if (want == "") != (got == nil) || got != nil && !strings.Contains(got.Error(), want) {
			t.Errorf("%s: %v, want %q", text, got, want)
		}
	}
}
