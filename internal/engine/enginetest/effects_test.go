package enginetest_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/fault"
)

// world runs a tree step by step and keeps what each step asked for.
type world struct {
	t      *testing.T
	plan   *engine.Plan
	state  *engine.State
	result engine.Result
	now    time.Time
}

func newWorld(t *testing.T, tree *Tree) *world {
	t.Helper()
	plan := compile(t, tree)
	return &world{t: t, plan: plan, state: engine.NewState(plan, engine.Init{}), now: time.Unix(1_700_000_000, 0).UTC()}
}

func (w *world) send(event engine.Event) error {
	event.At = w.now
	var err error
	w.state, w.result, err = engine.Step(w.plan, w.state, event)
	return err
}

func (w *world) must(event engine.Event) {
	w.t.Helper()
	if err := w.send(event); err != nil {
		w.t.Fatal(err)
	}
}

// call returns the one real call that the last step asked for.
func (w *world) call() *engine.CallPlugin {
	w.t.Helper()
	var found *engine.CallPlugin
	for _, e := range w.result.Effects {
		if e.Call != nil {
			if found != nil {
				w.t.Fatal("two calls at once")
			}
			found = e.Call
		}
	}
	if found == nil {
		w.t.Fatal("no call")
	}
	return found
}

func (w *world) answer(call *engine.CallPlugin, answer engine.Answer, outputs ...any) {
	w.t.Helper()
	w.must(engine.Event{Kind: engine.EventOutcome, Outcome: &engine.Outcome{
		Node: call.Node, Version: call.Version, Call: call.Number, Answer: answer,
		Outputs: engine.Fields{Dict: expr.DictOf(outputs...)},
	}})
}

func (w *world) callback(node string, data any) error {
	return w.send(engine.Event{Kind: engine.EventOperation, Operation: &engine.Operation{
		Op: engine.OpCallback, Node: node, Data: engine.Value{Any: data},
	}})
}

func (w *world) is(node string, want engine.NodeState) {
	w.t.Helper()
	if row := w.state.Rows[node]; row == nil || row.State != want {
		w.t.Fatalf("%s: %+v, want %s", node, row, want)
	}
}

var start = engine.Event{Kind: engine.EventStart}

func TestRealPluginIsCalledThroughEffects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a b e").Constant("k", "K").Activity("a", "uniform_api@v1.0.0", "url", "/${k}").
		Bind("o", "a.data").Echo("b", "y", "${o}"))
	w.must(start)
	call := w.call()
	if url, _ := call.Inputs.Get("url"); url != "/K" || call.Plugin != "uniform_api" || call.Schedule {
		t.Errorf("call %+v", call)
	}
	w.is("a", engine.Running)
	w.answer(call, engine.Success(), "data", int64(5))
	w.is("p", engine.Finished)
	if y, _ := w.state.Rows["b"].Inputs.Get("y"); y != int64(5) {
		t.Errorf("b.y = %v", y)
	}
	w.answer(call, engine.Answer{}, "data", int64(6))
	if len(w.result.Log) != 0 {
		t.Errorf("an outcome that came twice was taken: %+v", w.result.Log)
	}
}

func TestRealPollAsksForTimeBetweenItsCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e").Activity("a", "uniform_api@v2.0.0"))
	w.must(start)
	w.answer(w.call(), engine.Answer{OK: true}, "job", "J")
	first := w.call()
	if job, _ := first.Outputs.Get("job"); !first.Schedule || job != "J" {
		t.Errorf("the first poll follows at once, with the outputs so far: %+v", first)
	}
	w.answer(first, engine.Waiting(3*time.Second), "job", "J")
	wake := w.result.Effects[0].Wake
	if wake == nil || !wake.At.Equal(w.now.Add(3*time.Second)) {
		t.Fatalf("effects %+v", w.result.Effects)
	}
	w.must(engine.Event{Kind: engine.EventWake, Wake: wake})
	w.answer(w.call(), engine.Success(), "job", "J", "data", "D")
	w.is("p", engine.Finished)
	w.must(engine.Event{Kind: engine.EventWake, Wake: wake})
	if len(w.result.Effects)+len(w.result.Log) != 0 {
		t.Error("a late wake-up did something")
	}
}

func TestExecuteOfAPollingPluginMayEndTheNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a b e").Activity("a", "uniform_api@v2.0.0").Bind("o", "a.data").Echo("b", "y", "${o}"))
	w.must(start)
	w.answer(w.call(), engine.Success(), "data", "D")
	w.is("p", engine.Finished)
	if y, _ := w.state.Rows["b"].Inputs.Get("y"); y != "D" {
		t.Errorf("b.y = %v", y)
	}
}

func TestExecuteMayPutTheFirstPollOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e").Activity("a", "uniform_api@v2.0.0"))
	w.must(start)
	w.answer(w.call(), engine.Waiting(10*time.Second), "job", "J")
	if len(w.result.Effects) != 1 || w.result.Effects[0].Wake == nil || !w.result.Effects[0].Wake.At.Equal(w.now.Add(10*time.Second)) {
		t.Fatalf("effects %+v", w.result.Effects)
	}
	w.must(engine.Event{Kind: engine.EventWake, Wake: w.result.Effects[0].Wake})
	poll := w.call()
	if job, _ := poll.Outputs.Get("job"); !poll.Schedule || poll.Polls != 0 || job != "J" {
		t.Errorf("poll %+v", poll)
	}
	w.answer(poll, engine.Success())
	w.is("p", engine.Finished)
}

func TestExecuteChoosesBetweenPollsAndACallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e").Activity("a", "uniform_api@v2.0.0"))
	w.must(start)
	w.answer(w.call(), engine.Answer{OK: true, Schedule: engine.Callback}, "job", "J")
	if len(w.result.Effects) != 0 {
		t.Fatalf("a node that waits for a callback asks for nothing: %+v", w.result.Effects)
	}
	if err := w.callback("a", "data"); err != nil {
		t.Fatal(err)
	}
	call := w.call()
	if !call.Schedule || !call.HasCallback || call.Callback.Any != "data" {
		t.Errorf("call %+v", call)
	}
	w.answer(call, engine.Success())
	w.is("p", engine.Finished)
}

func TestCallbackThatOvertakesTheOutcomeIsNotLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e").Activity("a", "uniform_api@v2.0.0"))
	w.must(start)
	call := w.call()
	if err := w.callback("a", "early"); err != nil {
		t.Fatal(err)
	}
	w.answer(call, engine.Answer{OK: true, Schedule: engine.Callback}, "sn", "1")
	second := w.call()
	if second.Callback.Any != "early" || !second.HasCallback {
		t.Errorf("call %+v", second)
	}
	w.answer(second, engine.Success())
	w.is("p", engine.Finished)
}

func TestMockedRealPluginIsNeverCalled(t *testing.T) {
	t.Parallel()
	tree := New().Line("s a b e").Activity("a", "uniform_api@v2.0.0").Activity("b", "remote_plugin@1.0.0")
	plan := compile(t, tree)
	state := engine.NewState(plan, engine.Init{Mock: engine.Mock{Nodes: []string{"a", "b"}}})
	_, result, err := engine.Step(plan, state, start)
	if err != nil || len(result.Effects) != 0 || state.Rows["p"].State != engine.Finished {
		t.Errorf("%v, %+v, %s", err, result.Effects, state.Rows["p"].State)
	}
}

func TestForcedFailureDropsTheOutcomeOnItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e").Activity("a", "uniform_api@v1.0.0"))
	w.must(start)
	call := w.call()
	w.must(engine.Event{Kind: engine.EventOperation, Operation: &engine.Operation{Op: engine.OpForcedFail, Node: "a", Operator: "kim"}})
	w.answer(call, engine.Success())
	w.is("a", engine.Failed)
	if why := w.state.Rows["a"].Why; why.Rule != engine.RuleForced || why.Message != "forced fail by kim" {
		t.Errorf("why %+v", why)
	}
}

func TestChangedRowsAreNamedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a b e").Activity("b", "test_multi_callback"))
	w.must(start)
	if got := w.result.Changed; !slices.Equal(got, []string{"p", "s", "a", "b"}) {
		t.Errorf("start changed %v", got)
	}
	if err := w.callback("b", "x"); err != nil {
		t.Fatal(err)
	}
	if got := w.result.Changed; !slices.Equal(got, []string{"b"}) {
		t.Errorf("the callback changed %v", got)
	}
}

func TestRefusalsAreTyped(t *testing.T) {
	t.Parallel()
	cases := []struct {
		op     engine.Operation
		reason engine.Reason
		code   fault.Code
	}{
		{engine.Operation{Op: "dance"}, engine.ReasonUnknown, fault.CodeInvalid},
		{engine.Operation{Op: engine.OpSkip, Node: "nobody"}, engine.ReasonNotFound, fault.CodeNotFound},
		{engine.Operation{Op: engine.OpSkip, Node: "e"}, engine.ReasonKind, fault.CodePrecondition},
		{engine.Operation{Op: engine.OpSkip, Node: "a"}, engine.ReasonState, fault.CodePrecondition},
		{engine.Operation{Op: engine.OpResume}, engine.ReasonState, fault.CodePrecondition},
		{engine.Operation{Op: engine.OpCallback, Node: "b", Version: "v0"}, engine.ReasonInput, fault.CodeInvalid},
		{engine.Operation{Op: engine.OpRetry, Node: "b"}, engine.ReasonSetting, fault.CodePrecondition},
	}
	for _, c := range cases {
		w := newWorld(t, New().Line("s a b e").Activity("b", "test_callback").Set("b", "retryable", false))
		w.must(start)
		err := w.send(engine.Event{Kind: engine.EventOperation, Operation: &c.op})
		var refused *engine.RefusedError
		if !errors.As(err, &refused) || refused.Reason != c.reason || fault.CodeOf(err) != c.code {
			t.Errorf("%+v: %v", c.op, err)
		}
	}
}

func TestMalformedEventsAreErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, New().Line("s a e"))
	for _, event := range []engine.Event{{}, {Kind: engine.EventWake}, {Kind: engine.EventOperation}, {Kind: "other"}} {
		if err := w.send(event); !errors.Is(err, engine.ErrEvent) {
			t.Errorf("%+v: %v", event, err)
		}
	}
	w.must(start)
	if err := w.send(start); fault.CodeOf(err) != fault.CodePrecondition {
		t.Errorf("a second start: %v", err)
	}
}
