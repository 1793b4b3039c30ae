package flow_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"rehearse.dev/internal/flow"
)

func BenchmarkParse(b *testing.B) {
	doc, err := os.ReadFile("testdata/real/loop-with-timers.json")
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, doc)
}

// BenchmarkTree10KB is the size that the speed budget of the server counts with.
func BenchmarkTree10KB(b *testing.B) {
	for _, c := range conformanceCases(b) {
		if len(c.Tree) > 10_000 && len(c.Tree) < 10_400 && c.Rejected == "" {
			benchmark(b, c.Tree)
			return
		}
	}
	b.Fatal("no tree of that size")
}

// The time for each node must stay the same from one size to the next.
func BenchmarkNodes(b *testing.B) {
	shapes := map[string]func(n int) string{"chain": chain, "blocks": blocks, "nested": nested, "loops": loops, "doubled": doubled}
	for name, shape := range shapes {
		for _, n := range []int{100, 1_000, 10_000} {
			doc := sketch(b, shape(n))
			if len(doc) > flow.MaxTreeBytes {
				b.Fatalf("%d bytes", len(doc))
			}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				benchmark(b, doc)
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/node")
			})
		}
	}
}

func benchmark(b *testing.B, doc []byte) {
	b.Helper()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := flow.Parse(doc)
		if err != nil {
			b.Fatal(err)
		}
		if problems := p.Validate(flow.Web()); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// chain is a line of n activities.
func chain(n int) string {
	var s strings.Builder
	s.WriteString("s > a0\n")
	for i := range n - 1 {
		fmt.Fprintf(&s, "a%d > a%d\n", i, i+1)
	}
	fmt.Fprintf(&s, "a%d > e\n", n-1)
	return s.String()
}

// blocks is a line of parallel blocks behind an exclusive gateway.
func blocks(n int) string {
	var s strings.Builder
	s.WriteString("s > x0\nx0 > p0 e\n")
	for i := range n / 4 {
		next := fmt.Sprintf("p%d", i+1)
		if i == n/4-1 {
			next = "e"
		}
		fmt.Fprintf(&s, "p%d > a%d0 a%d1\na%d0 > c%d\na%d1 > c%d\nc%d > %s\n", i, i, i, i, i, i, i, i, next)
	}
	return s.String()
}

// nested is one parallel block in another.
func nested(n int) string {
	var s strings.Builder
	depth := n / 3
	s.WriteString("s > p0\n")
	for i := range depth {
		inner := fmt.Sprintf("p%d", i+1)
		if i == depth-1 {
			inner = "a"
			fmt.Fprintf(&s, "a > c%d\n", i)
		}
		fmt.Fprintf(&s, "p%d > %s a%d\na%d > c%d\n", i, inner, i, i, i)
	}
	for i := depth - 1; i > 0; i-- {
		fmt.Fprintf(&s, "c%d > c%d\n", i, i-1)
	}
	s.WriteString("c0 > e\n")
	return s.String()
}

// loops is a line of activities, each of which may be done again.
func loops(n int) string {
	var s strings.Builder
	s.WriteString("s > a0\n")
	for i := range n / 2 {
		next := fmt.Sprintf("a%d", i+1)
		if i == n/2-1 {
			next = "e"
		}
		fmt.Fprintf(&s, "a%d > x%d\nx%d > a%d %s\n", i, i, i, i, next)
	}
	return s.String()
}

// doubled is a line of exclusive gateways, each with two flows to the next: two to
// the power of n ways lead through it.
func doubled(n int) string {
	var s strings.Builder
	s.WriteString("s > x0\n")
	for i := range n / 2 {
		fmt.Fprintf(&s, "x%d > x%d x%d\n", i, i+1, i+1)
	}
	fmt.Fprintf(&s, "x%d > e\n", n/2)
	return s.String()
}
