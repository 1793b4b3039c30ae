package limit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/graph/limit"
	"rehearse.dev/internal/fault"
)

// doubling writes n fragments that spread the next one twice each.
func doubling(n int) string {
	return "{ dog { ...f0 } }" + each(n, func(i int) string {
		return fmt.Sprintf(" fragment f%d on Dog { ...f%d ...f%d }", i, i+1, i+1)
	}) + fmt.Sprintf(" fragment f%d on Dog { name }", n)
}

func TestEachLimitIsNamedWithItsValue(t *testing.T) {
	t.Parallel()
	limits := limit.Limits{Bytes: 4000, Tokens: 600, Depth: 4, Fields: 30, Roots: 5, Aliases: 3, Directives: 4, Items: 6, Cost: 1000}
	g := gate(t, limits)
	rep := strings.Repeat
	for name, c := range map[string]struct {
		document string
		code     string // empty for one that is admitted
		message  string
	}{
		"Bytes":                   {"{ dog { name } }" + rep(" ", 4000), "BYTES", "4016 bytes, and at most 4000"},
		"Tokens":                  {"{ dog {" + rep(" name", 600) + "} }", "TOKENS", "at most 600"},
		"DepthAllowed":            {"{ dog { mother { mother { name } } } }", "", ""},
		"Depth":                   {"{ dog { mother { mother { mother { name } } } } }", "DEPTH", "5 levels of fields, and at most 4"},
		"DepthInFragments":        {"{ dog { ...a } } fragment a on Dog { mother { ...b } } fragment b on Dog { mother { mother { name } } }", "DEPTH", "5 levels"},
		"InlineFragmentsAreFlat":  {"{ dog { ... { ... { ... on Dog { mother { mother { name } } } } } } }", "", ""},
		"FieldsAllowed":           {"{ dog {" + rep(" name", 29) + "} }", "", ""},
		"Fields":                  {"{ dog {" + rep(" name", 30) + "} }", "FIELDS", "31 fields, and at most 30"},
		"FieldsInFragments":       {"{ dog {" + rep(" ...f", 10) + "} } fragment f on Dog { name id bark }", "FIELDS", "31 fields"},
		"FieldsWithoutEnd":        {doubling(50), "FIELDS", "endless fields"},
		"FieldsOfAllOperations":   {"query a { dog {" + rep(" name", 20) + "} } query b { dog {" + rep(" name", 20) + "} }", "FIELDS", "42 fields"},
		"Roots":                   {"{" + rep(" __typename", 6) + "}", "ROOT_FIELDS", "6 fields at the top of an operation, and at most 5"},
		"RootsInFragments":        {"{ ...f ...f ...f } fragment f on Query { __typename dog { name } }", "ROOT_FIELDS", "6 fields"},
		"RootsOfEachOperation":    {"query a {" + rep(" __typename", 5) + "} query b {" + rep(" __typename", 5) + "}", "", ""},
		"AliasesAllowed":          {"{ a: __typename b: __typename dog { c: name } }", "", ""},
		"Aliases":                 {"{ a: __typename b: __typename dog { c: name d: name } }", "ALIASES", "4 aliases, and at most 3"},
		"AliasesInFragments":      {"{ dog { ...f mother { ...f } } } fragment f on Dog { c: name d: name }", "ALIASES", "4 aliases"},
		"Directives":              {"{ dog {" + rep(" name @skip(if: false)", 5) + "} }", "DIRECTIVES", "5 directives, and at most 4"},
		"DirectivesAnywhere":      {"query @a { ...f @b ... @c { dog @d { name } } } fragment f on Query @e { cat { name } }", "DIRECTIVES", "5 directives"},
		"Items":                   {"{ some(ids: [1 2 3 4 5 6 7]) { id } }", "ITEMS", "7 entries in one list, and at most 6"},
		"ItemsBelow":              {"{ one(where: {c: {b: [1 2 3 4 5 6 7]}}) { __typename } }", "ITEMS", "7 entries"},
		"ItemsOfADefault":         {"query($ids: [ID!]! = [1 2 3 4 5 6 7]) { some(ids: $ids) { id } }", "ITEMS", "7 entries"},
		"Operations":              {each(51, func(i int) string { return fmt.Sprintf(" query q%d{a}", i) }), "OPERATIONS", "51 operations, and at most 50"},
		"Circle":                  {"{ dog { ...a } } fragment a on Dog { mother { ...b } } fragment b on Dog { ...a }", "GRAPHQL_VALIDATION_FAILED", "spreads itself"},
		"CircleNobodyEnters":      {"{ dog { name } } fragment a on Dog { ...a }", "GRAPHQL_VALIDATION_FAILED", "spreads itself"},
		"FirstOfTheSameFragments": {"{ dog { ...a } } fragment a on Dog { name } fragment a on Dog { ...a }", "GRAPHQL_VALIDATION_FAILED", "only one fragment"},
		"NoOperation":             {"fragment a on Dog { name }", "GRAPHQL_VALIDATION_FAILED", "no operation"},
		"Syntax":                  {"{ dog {", "GRAPHQL_PARSE_FAILED", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs := g.Admit(c.document)
			if c.code == "" {
				if errs != nil {
					t.Errorf("refused: %v", errs)
				}
				return
			}
			if len(errs) == 0 {
				t.Fatal("admitted")
			}
			codes := []any{errs[0].Extensions["code"]}
			if f := fault.As(errs[0]); f != nil {
				if f.Code != fault.CodeExhausted {
					t.Errorf("the code is %s", f.Code)
				}
				codes = codes[:0]
				for _, p := range f.Problems {
					codes = append(codes, p.Code)
				}
			}
			if !slices.Contains(codes, any(c.code)) || !strings.Contains(errs[0].Message, c.message) {
				t.Errorf("%v %s, want %s %q", codes, errs[0].Message, c.code, c.message)
			}
		})
	}
}

func TestAllLimitsThatAreMetAreTold(t *testing.T) {
	t.Parallel()
	limits := limit.Defaults()
	limits.Depth, limits.Aliases = 1, 0
	_, errs := gate(t, limits).Admit("{ x: dog { name } }")
	if len(errs) != 1 || len(fault.As(errs[0]).Problems) != 2 {
		t.Errorf("got %v", errs)
	}
}

func TestLongListsInVariablesAreRefused(t *testing.T) {
	t.Parallel()
	limits := limit.Defaults()
	limits.Items = 2
	g := gate(t, limits)
	long, short := []any{1, 2, 3}, []any{1, 2}
	for name, c := range map[string]struct {
		variables map[string]any
		refused   bool
	}{
		"None":     {nil, false},
		"Allowed":  {map[string]any{"a": short, "b": []any{short, short}}, false},
		"Long":     {map[string]any{"a": short, "b": long}, true},
		"InAList":  {map[string]any{"a": []any{long}}, true},
		"InAField": {map[string]any{"a": map[string]any{"b": map[string]any{"c": long}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := g.Items(c.variables); (err != nil) != c.refused {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNamesAreSuggestedOnlyWithIntrospection(t *testing.T) {
	t.Parallel()
	for _, document := range []string{
		"{ dog { nam } }", "{ dogg { name } }", "{ dog(bigg: true) { name } }", "{ dog { ...f } } fragment f on Dogg { name }", "{ dog }",
		"{ one(where: {aa: 1}) { __typename } }",
	} {
		for _, on := range []bool{true, false} {
			g, err := limit.New(pets(t), limit.Defaults(), on)
			if err != nil {
				t.Fatal(err)
			}
			_, errs := g.Admit(document)
			if len(errs) == 0 || strings.Contains(fmt.Sprint(errs), "Did you mean") != on {
				t.Errorf("introspection %v: %s: %v", on, document, errs)
			}
		}
	}
}

func TestTheSchemaIsHiddenWithoutIntrospection(t *testing.T) {
	t.Parallel()
	g, err := limit.New(pets(t), limit.Defaults(), false)
	if err != nil {
		t.Fatal(err)
	}
	for document, refused := range map[string]bool{
		"{ __typename dog { __typename } }":                                false,
		"{ __schema { queryType { name } } }":                              true,
		"{ x: __type(name: \"Dog\") { name } }":                            true,
		"{ ... { ...f } } fragment f on Query { __schema { __typename } }": true,
		"query a { dog { name } } query b { __schema { __typename } }":     true,
	} {
		if _, errs := g.Admit(document); (len(errs) > 0) != refused {
			t.Errorf("%s: %v", document, errs)
		} else if refused && !strings.Contains(errs[0].Message, "introspection is switched off") {
			t.Errorf("%s: %v", document, errs)
		}
	}
}

func TestWhatDocumentsQuoteIsCut(t *testing.T) {
	t.Parallel()
	_, errs := gate(t, limit.Defaults()).Admit("{ " + strings.Repeat("é", 5000) + strings.Repeat("n", 5000) + " }")
	if len(errs) == 0 || len(errs[0].Message) > 600 {
		t.Errorf("got %d bytes", len(errs[0].Message))
	}
	_, errs = gate(t, limit.Defaults()).Admit("{ dog {" + many(200, " nam%d") + " } }")
	if len(errs) != 20 {
		t.Errorf("%d errors of 200 are told", len(errs))
	}
}
