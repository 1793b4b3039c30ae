package graph

import (
	"fmt"
	"strings"
	"testing"
)

// Fragments that spread the next one twice have 2^64 ways through them; each counts
// once. Without that the test does not end.
func TestFragmentsAreSpreadOnce(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	for name, c := range map[string]struct{ typ, before, leaf, after string }{
		"OnTheRoot":  {"Query", "{", `tasks(first: 1) { totalCount }`, "}"},
		"OnAList":    {"TaskConnection", "{ tasks(first: 1) {", "totalCount", "} }"},
		"Introspect": {"__Type", `{ tasks(first: 1) { totalCount } __type(name: "Task") {`, "name", "} }"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := e.run(t, doubling(64, c.typ, c.before, "%s %s", c.leaf, c.after), nil, true)
			if !strings.Contains(string(got), `"tasks":{"totalCount":12}`) {
				t.Errorf("got %s", got)
			}
		})
	}
}

// The kinds of introspection nest without end, so that even fields of different
// aliases double; only what a value has is executed.
func TestIntrospectionIsNotCompiled(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	document := doubling(64, "__Type", `{ __type(name: "Task") {`, "a: ofType { %s } b: ofType { %s }", "name", "} }")
	got, _ := e.run(t, document, nil, true)
	if want := `{"data":{"__type":{"a":null,"b":null}}}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// doubling writes a document with n fragments on a type, each with the next one twice.
func doubling(n int, typ, before, step, leaf, after string) string {
	var b strings.Builder
	b.WriteString(before + " ...f0 " + after)
	for i := range n {
		next := fmt.Sprintf("...f%d", i+1)
		fmt.Fprintf(&b, "\nfragment f%d on %s { "+step+" }", i, typ, next, next)
	}
	fmt.Fprintf(&b, "\nfragment f%d on %s { %s }", n, typ, leaf)
	return b.String()
}
