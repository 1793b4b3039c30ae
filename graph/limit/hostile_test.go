package limit_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"

	"rehearse.dev/graph/limit"
)

// hostile are documents that take n parts and little text for each; forms that some
// rule or other could be slow with.
var hostile = []struct {
	name  string
	write func(n int) string
}{
	{"SameField", func(n int) string { return "{" + strings.Repeat(" dog { name }", n) + " }" }},
	{"SameLeaf", func(n int) string { return "{ dog {" + strings.Repeat(" name", n) + " } }" }},
	{"SameArguments", func(n int) string { return "{" + strings.Repeat(" one(where: {b: [1, 2]}) { __typename }", n) + " }" }},
	{"Aliases", func(n int) string { return "{" + many(n, " a%d: dog { name }") + " }" }},
	{"TypesInTurn", func(n int) string {
		return "{ pet {" + strings.Repeat(" ... on Dog { friend { name } } ... on Cat { friend { name } } friend { id }", n) + " } }"
	}},
	{"InlineFragments", func(n int) string { return "{" + strings.Repeat(" ... { dog { name } }", n) + " }" }},
	{"NestedInlineFragments", func(n int) string { return "{" + nested(n, " ... { dog { name }", "", " }") + " }" }},
	{"Deep", func(n int) string { return "{" + nested(n, " dog { mother {", " name", " } }") + " }" }},
	{"DeepTypes", func(n int) string {
		return "{ pet {" + nested(n, " ... on Cat { friend { name id } friend {", " name", " } }") + " } }"
	}},
	{"Spreads", func(n int) string {
		return "{ dog {" + strings.Repeat(" ...f", n) + " } } fragment f on Dog { name }"
	}},
	{"FragmentsInARow", func(n int) string {
		return "{ dog { ...f0 } }" + each(n, func(i int) string {
			return fmt.Sprintf(" fragment f%d on Dog { name ...f%d }", i, i+1)
		}) + fmt.Sprintf(" fragment f%d on Dog { name }", n)
	}},
	{"FragmentsSideBySide", func(n int) string {
		return "{ dog {" + many(n, " ...f%d") + " } }" + many(n, " fragment f%d on Dog { mother { name } }")
	}},
	{"FragmentsDoubling", func(n int) string {
		return "{ dog { ...f0 } }" + each(n, func(i int) string {
			return fmt.Sprintf(" fragment f%d on Dog { ...f%d ...f%d }", i, i+1, i+1)
		}) + fmt.Sprintf(" fragment f%d on Dog { name }", n)
	}},
	{"FragmentsInACircle", func(n int) string {
		return "{ dog { ...f0 } }" + each(n, func(i int) string {
			return fmt.Sprintf(" fragment f%d on Dog { name ...f%d ...f0 }", i, (i+1)%n)
		})
	}},
	{"FragmentsUnused", func(n int) string { return "{ dog { name } }" + many(n, " fragment f%d on Dog { name }") }},
	{"Operations", func(n int) string {
		return many(n, " query q%d { dog { ...f } }") + " fragment f on Dog {" + strings.Repeat(" name", n) + " }"
	}},
	{"Variables", func(n int) string {
		return "query(" + many(n, " $v%d: ID!") + ") { some(ids: [" + many(n, " $v%d") + "]) { id } }"
	}},
	{"Directives", func(n int) string { return "{ dog { name" + strings.Repeat(" @skip(if: false)", n) + " } }" }},
	{"UnknownDirectives", func(n int) string { return "{ __typename" + strings.Repeat(" @aa", n) + " }" }},
	{"UnknownFields", func(n int) string { return "{ dog {" + many(n, " nam%d") + " } }" }},
	{"UnknownTypes", func(n int) string { return "{ dog { name } }" + many(n, " fragment f%d on Dogg { name }") }},
	{"UnknownArguments", func(n int) string { return "{ dog(" + many(n, " bigg%d: 1") + ") { name } }" }},
	{"OneLongName", func(n int) string { return "{ dog { " + strings.Repeat("n", 20*n) + " } }" }},
	{"OneLongType", func(n int) string { return "{ dog { ...f } } fragment f on " + strings.Repeat("D", 20*n) + " { name }" }},
	{"LongList", func(n int) string { return "{ some(ids: [" + strings.Repeat(" 1", n) + "]) { id } }" }},
	{"NestedLists", func(n int) string { return "{ some(ids: [" + nested(n, "[", "", "]") + "]) { id } }" }},
	{"NestedObjects", func(n int) string {
		return "{ one(where: {b: [" + nested(n, "{c: ", "{a: 1}", "}") + "]}) { __typename } }"
	}},
	{"ManyObjects", func(n int) string {
		return "{ one(where: {" + strings.Repeat(" a: 1", n) + "}) { __typename } }"
	}},
	{"Introspection", func(n int) string {
		return "{ __schema { types {" + nested(n, " fields { type {", " name", " } }") + " } } }"
	}},
	{"IntrospectionBelowItself", func(n int) string { return "{" + nested(n, ` __type(name: "Dog") { ofType {`, " name", " } }") + " }" }},
	{"LongestChain", func(n int) string {
		return "{ dog { ...f0 } }" + each(199, func(i int) string { return fmt.Sprintf(" fragment f%d on Dog { ...f%d }", i, i+1) }) +
			" fragment f199 on Dog {" + strings.Repeat(" name", n) + " }"
	}},
	{"MostOperations", func(n int) string {
		return many(50, " query q%d { dog { ...f } }") + " fragment f on Dog {" + strings.Repeat(" name", n) + " }"
	}},
	{"MostVariables", func(n int) string {
		return "query(" + many(200, " $v%d: ID!") + ") {" + each(n/200, func(int) string { return " some(ids: [" + many(200, " $v%d") + "]) { id }" }) + " }"
	}},
	{"Strings", func(n int) string {
		return "{ one(where: {a: " + strings.Repeat("\"x\" ", n) + "}) { __typename } }"
	}},
	{"Comments", func(n int) string { return strings.Repeat("# x\n", n) + "{ dog { name } }" }},
}

// nested repeats a pair of brackets n times, not deeper than the parser goes.
func nested(n int, open, middle, shut string) string {
	const deepest = 400
	return each(n/deepest, func(int) string {
		return strings.Repeat(open, deepest) + middle + strings.Repeat(shut, deepest)
	}) + strings.Repeat(open, n%deepest) + middle + strings.Repeat(shut, n%deepest)
}

func each(n int, write func(int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(write(i))
	}
	return b.String()
}

func many(n int, format string) string {
	return each(n, func(i int) string { return fmt.Sprintf(format, i) })
}

// fit is the largest document of a form that has that many tokens at most, and
// that many bytes.
func fit(write func(int) string, tokens, bytes int) string {
	fits := func(text string) bool {
		lex := lexer.New(&ast.Source{Input: text})
		for range tokens + 1 {
			if token, err := lex.ReadToken(); err != nil || token.Kind == lexer.EOF {
				return len(text) <= bytes
			}
		}
		return false
	}
	low, high := 1, min(14_000, bytes)
	for low < high {
		middle := (low + high + 1) / 2
		if fits(write(middle)) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return write(low)
}

// loose are limits that let a hostile document through to validation.
func loose() limit.Limits {
	const much = 1 << 30
	l := limit.Defaults()
	l.Depth, l.Fields, l.Roots, l.Aliases, l.Directives, l.Items = much, much, much, much, much, much
	return l
}

// The most that a document can take at the default limits. It is 20 ms on an idle
// machine; docs/limits.md has what was measured.
func TestTheLargestDocumentsAreJudgedInTime(t *testing.T) {
	l := limit.Defaults()
	for _, form := range hostile {
		t.Run(form.name, func(t *testing.T) {
			text := fit(form.write, l.Tokens, l.Bytes)
			for name, limits := range map[string]limit.Limits{"Default": l, "Loose": loose()} {
				g := gate(t, limits)
				took := fastest(func() { g.Admit(text) })
				t.Logf("%s: %d bytes in %v", name, len(text), took)
				if took > 500*time.Millisecond {
					t.Errorf("%s: %d bytes took %v", name, len(text), took)
				}
			}
		})
	}
}

// Four times the document takes about four times as long; a quadratic check takes
// sixteen times.
func TestTheTimeGrowsWithTheDocumentInTime(t *testing.T) {
	g := gate(t, loose())
	for _, form := range hostile {
		t.Run(form.name, func(t *testing.T) {
			small, large := fit(form.write, 2_500, 64<<10), fit(form.write, 10_000, 256<<10)
			one, four, ratio := time.Hour, time.Hour, 0.0
			for end := time.Now().Add(10 * time.Second); time.Now().Before(end); { // a noisy machine gets more chances
				one, four = min(one, fastest(func() { g.Admit(small) })), min(four, fastest(func() { g.Admit(large) }))
				ratio = float64(four) / float64(max(one, 100*time.Microsecond))
				if ratio < 10 {
					t.Logf("%.1f times, %v", ratio, four)
					return
				}
			}
			t.Errorf("a document of %d bytes takes %.1f times as long as one of %d", len(large), ratio, len(small))
		})
	}
}

// fastest is the least processor time of a few runs, which other work on the machine
// changes least: a document that takes longer than a slice of time is put aside for others.
func fastest(run func()) time.Duration {
	shortest := time.Hour
	for range 3 {
		start := processor()
		run()
		shortest = min(shortest, processor()-start)
	}
	return shortest
}

// processor is the time that this process has had.
func processor() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // it knows no error for ourselves
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func BenchmarkAdmit(b *testing.B) {
	l := limit.Defaults()
	for _, form := range hostile {
		text := fit(form.write, l.Tokens, l.Bytes)
		for name, limits := range map[string]limit.Limits{"Default": l, "Loose": loose()} {
			g := gate(b, limits)
			b.Run(form.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					g.Admit(text)
				}
			})
		}
	}
}
