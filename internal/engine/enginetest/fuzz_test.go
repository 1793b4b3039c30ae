package enginetest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// FuzzStep throws random events at random trees: Step never panics, every change
// of state is legal, a refusal changes nothing, and the state survives JSON.
func FuzzStep(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed, uint8(20))
	}
	f.Fuzz(func(t *testing.T, seed uint64, events uint8) {
		r := rand.New(rand.NewPCG(seed, 1))
		tree, nodes := randomTree(r, false)
		plan, problems := tryCompile(t, tree, r.IntN(3)*5)
		if problems != nil {
			return // the reference refuses some ways of nesting loops, and so do we
		}
		s := &storm{t: t, rand: r, plan: plan, nodes: nodes, now: time.Unix(1_700_000_000, 0).UTC()}
		s.state = engine.NewState(s.plan, engine.Init{Seed: seed, RerunLimit: 5, Mock: s.mock()})
		if r.IntN(4) > 0 {
			s.send(engine.Event{Kind: engine.EventStart})
		}
		for range events {
			s.send(s.event())
		}
	})
}

// storm drives one run with random events.
type storm struct {
	t     *testing.T
	rand  *rand.Rand
	plan  *engine.Plan
	state *engine.State
	nodes []string
	now   time.Time
	wakes []engine.Wake
	calls []engine.CallPlugin
}

func (s *storm) pick() string { return s.nodes[s.rand.IntN(len(s.nodes))] }

func (s *storm) mock() engine.Mock {
	var m engine.Mock
	for range s.rand.IntN(4) {
		m.Nodes = append(m.Nodes, s.pick())
		m.FailNodes = append(m.FailNodes, s.pick())
	}
	m.Outputs = map[string]engine.Value{s.pick(): {Any: expr.DictOf("x", int64(1))}, s.pick(): {Any: int64(3)}}
	return m
}

var operations = []engine.Op{
	engine.OpPause, engine.OpResume, engine.OpRevoke, engine.OpPauseNode, engine.OpResumeNode, engine.OpRetry,
	engine.OpRetrySubprocess, engine.OpSkip, engine.OpSkipExclusive, engine.OpSkipConditional, engine.OpForcedFail,
	engine.OpCallback, engine.OpMock, "nonsense",
}

func (s *storm) event() engine.Event {
	s.now = s.now.Add(time.Duration(s.rand.IntN(4)) * time.Second)
	switch n := s.rand.IntN(10); {
	case n < 3 && len(s.wakes) > 0:
		wake := s.wakes[s.rand.IntN(len(s.wakes))]
		return engine.Event{Kind: engine.EventWake, Wake: &wake}
	case n < 5 && len(s.calls) > 0:
		call := s.calls[s.rand.IntN(len(s.calls))]
		answer := []engine.Answer{engine.Success(), engine.Waiting(time.Second), {}, engine.Raisef("lost")}[s.rand.IntN(4)]
		return engine.Event{Kind: engine.EventOutcome, Outcome: &engine.Outcome{
			Node: call.Node, Version: call.Version, Call: call.Number, Answer: answer, Outputs: call.Outputs,
		}}
	case n == 9:
		return engine.Event{Kind: engine.EventStart}
	}
	mock := s.mock()
	op := engine.Operation{
		Op: operations[s.rand.IntN(len(operations))], Node: s.pick(), Loop: s.rand.IntN(6) == 0,
		Flow: "x__y", Mock: &mock, Data: engine.Value{Any: expr.DictOf("ok", s.rand.IntN(2) == 0, "done", s.rand.IntN(2) == 0)},
	}
	if key := s.failed(); key != "" && s.rand.IntN(3) > 0 {
		op.Node = key
	}
	if s.rand.IntN(4) == 0 {
		op.Inputs = engine.Fields{Dict: expr.DictOf("x", "${k}")}
	}
	return engine.Event{Kind: engine.EventOperation, Operation: &op}
}

// failed returns a node that failed, so that decisions meet one often.
func (s *storm) failed() string {
	for _, key := range s.nodes {
		if row := s.state.Rows[key]; row != nil && row.State == engine.Failed {
			return key
		}
	}
	return ""
}

func (s *storm) send(event engine.Event) {
	s.t.Helper()
	event.At = s.now
	before := s.reload()
	state, result, err := engine.Step(s.plan, s.state, event)
	s.state = state
	if err != nil {
		var refused *engine.RefusedError
		if !errors.As(err, &refused) {
			s.t.Fatalf("%+v: %v", event, err)
		}
		if after := encode(s.t, s.state); !bytes.Equal(before, after) {
			s.t.Fatalf("a refused %+v changed the state:\n%s\n%s", event.Operation, before, after)
		}
		return
	}
	for i := range result.Log {
		if r := &result.Log[i]; r.Kind == engine.RecordState && !engine.Legal(r.From, r.State) {
			s.t.Fatalf("%+v: illegal move of %s from %q to %q", event, r.Node, r.From, r.State)
		}
	}
	for _, effect := range result.Effects {
		switch {
		case effect.Wake != nil:
			s.wakes = append(s.wakes, *effect.Wake)
		case effect.Call != nil:
			s.calls = append(s.calls, *effect.Call)
		}
	}
}

// reload brings the state through JSON and returns its text.
func (s *storm) reload() []byte {
	s.t.Helper()
	before := encode(s.t, s.state)
	state := new(engine.State)
	if err := json.Unmarshal(before, state); err != nil {
		s.t.Fatal(err)
	}
	if after := encode(s.t, state); !bytes.Equal(before, after) {
		s.t.Fatalf("the state changed on its way through JSON:\n%s\n%s", before, after)
	}
	s.state = state
	return before
}

func encode(t *testing.T, state *engine.State) []byte {
	t.Helper()
	raw, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestIndependentBranchesEndAlikeInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		tree, _ := randomTree(rand.New(rand.NewPCG(seed, 2)), true)
		want := finalStates(t, tree)
		tree.reverse()
		if got := finalStates(t, tree); got != want {
			t.Errorf("seed %d: the order of branches matters:\n%s\n%s", seed, want, got)
		}
	}
}

// reverse turns the order of all flows around, and with it that of branches.
func (t *Tree) reverse() {
	for i, j := 0, len(t.flows)-1; i < j; i, j = i+1, j-1 {
		t.flows[i], t.flows[j] = t.flows[j], t.flows[i]
	}
}

// finalStates runs a tree and prints its rows without what numbers them.
func finalStates(t *testing.T, tree *Tree) string {
	t.Helper()
	run := begin(t, tree).start().rest().run
	rows := map[string]string{}
	for key, row := range run.State().Rows {
		inputs, _ := json.Marshal(row.Inputs)
		outputs, _ := json.Marshal(row.Outputs)
		rows[key] = fmt.Sprint(row.State, row.Loop, row.Retry, string(inputs), string(outputs))
	}
	raw, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
