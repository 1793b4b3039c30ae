package enginetest_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/enginetest"
	"rehearse.dev/internal/flow"
)

// chain is a line of display nodes, with one variable in each when asked for, as
// the reference was measured (engine §14).
func chain(nodes int, variable bool) *Tree {
	t := New().Constant("k", "value")
	last := "s"
	for i := range nodes {
		id := fmt.Sprintf("a%d", i)
		message := "hello"
		if variable {
			message = "hello ${k}"
		}
		t.Line(last+" "+id).Activity(id, "bk_display@v1.0", "bk_display_message", message)
		last = id
	}
	return t.Line(last + " e")
}

// fan is a parallel gateway with that many branches of one display node each.
func fan(branches int) *Tree {
	t := New().Constant("k", "value").Line("s g").Parallel("g").Converge("c").Line("c e")
	for i := range branches {
		id := fmt.Sprintf("a%d", i)
		t.Line("g "+id+" c").Activity(id, "bk_display@v1.0", "bk_display_message", "hello ${k}")
	}
	return t
}

func benchmarkRun(b *testing.B, tree *Tree) {
	plan := compile(b, tree)
	nodes := len(plan.Keys())
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		state := engine.NewState(plan, engine.Init{})
		state, _, err := engine.Step(plan, state, engine.Event{Kind: engine.EventStart})
		if err != nil || state.Rows["p"].State != engine.Finished {
			b.Fatal(err, state.Rows["p"].State)
		}
	}
	b.ReportMetric(float64(nodes)*float64(b.N)/b.Elapsed().Seconds(), "nodes/s")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkRun(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("chain=%d/plain", n), func(b *testing.B) { benchmarkRun(b, chain(n, false)) })
		b.Run(fmt.Sprintf("chain=%d/variable", n), func(b *testing.B) { benchmarkRun(b, chain(n, true)) })
	}
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("fan=%d/variable", n), func(b *testing.B) { benchmarkRun(b, fan(n)) })
	}
}

// BenchmarkStep measures one callback on a state with many finished nodes: it must
// not depend on their number.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("finished=%d", n), func(b *testing.B) {
			tree := chain(n, false)
			tree.flows[len(tree.flows)-1].to = "w"
			tree.Line("w e").Activity("w", "test_multi_callback")
			plan := compile(b, tree)
			state := engine.NewState(plan, engine.Init{})
			if _, _, err := engine.Step(plan, state, engine.Event{Kind: engine.EventStart}); err != nil {
				b.Fatal(err)
			}
			callback := engine.Event{Kind: engine.EventOperation, Operation: &engine.Operation{
				Op: engine.OpCallback, Node: "w", Data: engine.Value{Any: int64(1)},
			}}
			row := state.Rows["w"]
			b.ReportAllocs()
			for b.Loop() {
				row.Outputs.Set("got", nil) // or the list of callbacks grows for ever
				if _, _, err := engine.Step(plan, state, callback); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCompile measures what happens once per tree.
func BenchmarkCompile(b *testing.B) {
	p, err := flow.Parse(chain(100, true).JSON())
	if err != nil {
		b.Fatal(err)
	}
	catalog := enginetest.Registry()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := engine.Compile(p, engine.Options{Plugins: catalog}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkState measures the stored form of a finished run.
func BenchmarkState(b *testing.B) {
	plan := compile(b, chain(100, true))
	state := engine.NewState(plan, engine.Init{})
	if _, _, err := engine.Step(plan, state, engine.Event{Kind: engine.EventStart}); err != nil {
		b.Fatal(err)
	}
	raw, err := json.Marshal(state)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(state); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(raw))/102, "bytes/node")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(raw, new(engine.State)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
