package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task/run"
)

func (w *world) operate(r *run.Runner, id int, o run.Operation) {
	w.t.Helper()
	o.TaskID = strconv.Itoa(id)
	_, err := r.Operate(w.t.Context(), w.caller, o)
	w.must(err)
}

// shownCalls are the calls among the events.
func (w *world) shownCalls(id int) (list []*event.Call) {
	w.t.Helper()
	events := w.events(id)
	for i := range events {
		if events[i].Kind == event.KindCall {
			list = append(list, events[i].Call)
		}
	}
	return list
}

// TestACallThatCannotBePreparedIsTriedAgain: a database that is away for a moment fails
// no node.
func TestACallThatCannotBePreparedIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	away := errors.New("the database is away")
	w.calls.prepare(away)
	r := w.runner("a")
	id := w.begin(r, newTree("s a e").http("a").json())
	w.until("a try", func() bool { return w.calls.prepare(away) > 0 && r.InFlight() == 0 })
	if calls := w.called(id); len(calls) != 1 || calls[0].Status != taskcall.StatusREADY || w.calls.count() != 0 {
		t.Errorf("%d were sent of %+v", w.calls.count(), calls)
	}
	w.calls.prepare(nil)
	w.must(r.SweepCalls(t.Context()))
	w.until("the end", func() bool { return w.task(id).State == enttask.StateFINISHED })
	if n := w.calls.count(); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestACallIsMadeAndItsOutcomeGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	id := w.begin(r, newTree("s a b e").http("a").bind("x", "a", "data").json(), "b")
	w.until("the end", func() bool { return w.task(id).State == enttask.StateFINISHED })
	calls := w.called(id)
	if len(calls) != 1 || calls[0].Status != taskcall.StatusDONE || calls[0].NodeID != "a" || calls[0].Attempt != 1 || len(calls[0].Effect) > 0 || calls[0].CredentialName != "N" {
		t.Errorf("calls %+v", calls)
	}
	if shown := w.shownCalls(id); len(shown) != 1 || shown[0].Outcome != "DONE" || shown[0].Status != 200 {
		t.Errorf("shown %+v", shown)
	}
	if got := w.calls.made[0].Task; got.ID != id || got.SpaceID != w.space || got.Operator != "kim" {
		t.Errorf("the call is told of %+v", got)
	}
	run, err := w.store.Read.TaskRun.Query().Where(ofTask(id)).Only(t.Context())
	w.must(err)
	if run.RealCalls != 1 || run.WakeAt != nil {
		t.Errorf("run %+v", run)
	}
}

func TestACallIsSentOnceHoweverOftenItIsTried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opened := make(gate)
	w.calls.set(opened.answer)
	runners := []*run.Runner{w.runner("a"), w.runner("b"), w.runner("c")}
	id := w.begin(runners[0], newTree("s a e").http("a").json())
	number := w.called(id)[0].Number
	together(30, func(i int) {
		runners[i%3].Send(id, number)
		_ = runners[i%3].SweepCalls(t.Context())
	})
	w.until("the call", func() bool { return w.calls.count() > 0 })
	close(opened)
	w.until("the end", func() bool { return w.task(id).State == enttask.StateFINISHED })
	for _, r := range runners {
		r.Send(id, number)
		w.until("nothing is under way", func() bool { return r.InFlight() == 0 })
	}
	if n := w.calls.count(); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

// lose begins a task whose call is under way, and lets its sender go silent. What it
// returns brings the sender's outcome after all.
func (w *world) lose(doc []byte, mocked ...string) (r *run.Runner, id int, late func()) {
	w.t.Helper()
	opened := make(gate)
	w.calls.set(opened.answer)
	gone := w.runner("gone")
	id = w.begin(gone, doc, mocked...)
	w.until("the call", func() bool { return w.calls.count() == 1 })
	w.calls.set(nil)
	w.pass(7 * time.Second)
	r = w.runner("next")
	w.must(r.SweepCalls(w.t.Context()))
	if got := w.called(id)[0].Status; got != taskcall.StatusSENT {
		w.t.Fatalf("the call is %s before its lease is over", got)
	}
	w.pass(2 * time.Second)
	w.must(r.SweepCalls(w.t.Context()))
	return r, id, func() {
		close(opened)
		w.until("the late outcome", func() bool { return gone.InFlight() == 0 })
	}
}

// A person decides: neither error_ignorable nor auto_retry do.
func TestTheOutcomeOfALostCallIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc := newTree("s a b e").http("a", map[string]any{
		"error_ignorable": true, "auto_retry": map[string]any{"enable": true, "interval": 1, "times": 3},
	}).json()
	r, id, late := w.lose(doc, "b")
	w.state(id, enttask.StateFAILED)
	if n := w.node(id, "a"); n.State != "FAILED" || n.Rule != string(engine.RuleUnknownOutcome) || n.IsErrorIgnored {
		t.Errorf("a: %+v", n)
	}
	if c := w.called(id)[0]; c.Status != taskcall.StatusUNKNOWN || len(c.Effect) > 0 {
		t.Errorf("the call: %+v", c)
	}
	shown := w.shownCalls(id)
	if len(shown) != 1 || shown[0].Outcome != "UNKNOWN" || shown[0].Error == "" {
		t.Errorf("shown %+v", shown)
	}
	before := len(w.events(id))
	late() // it is too late
	w.pass(time.Minute)
	w.must(r.Advance(t.Context(), id))
	w.must(r.SweepCalls(t.Context()))
	if n := w.node(id, "a"); n.State != "FAILED" || len(w.events(id)) != before || w.calls.count() != 1 {
		t.Errorf("afterwards: %+v, %d events, %d calls", n, len(w.events(id))-before, w.calls.count())
	}
	w.operate(r, id, run.Operation{Node: "a", Kind: taskoperation.KindRETRY})
	w.until("the end", func() bool { return w.task(id).State == enttask.StateFINISHED })
	if all := w.nodes(id, "a"); len(all) != 2 || all[0].Rule != string(engine.RuleUnknownOutcome) || all[1].Error != "" || w.calls.count() != 2 {
		t.Errorf("after the retry: %+v, %d calls", all, w.calls.count())
	}
	if calls := w.called(id); len(calls) != 2 || calls[1].Attempt != 2 || calls[1].Status != taskcall.StatusDONE {
		t.Errorf("calls %+v", calls)
	}
}

func TestALostCallIsSkippedWithWhatItBrought(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc := newTree("s a b e").http("a").bind("x", "a", "data").node("b", "bk_display", "v1.0", map[string]any{"bk_display_message": "got ${x}"}).json()
	r, id, late := w.lose(doc)
	defer late()
	w.operate(r, id, run.Operation{Node: "a", Kind: taskoperation.KindSKIP, Outputs: json.RawMessage(`{"data": "by hand"}`)})
	w.state(id, enttask.StateFINISHED)
	if v, _ := w.node(id, "b").Inputs.Get("bk_display_message"); v != "got by hand" {
		t.Errorf("b got %v", v)
	}
	if n := w.node(id, "a"); !n.IsSkipped {
		t.Errorf("a: %+v", n)
	}
}

// A poll only asks, so that nobody has to decide.
func TestALostPollIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calls.repeatable = true
	opened := make(gate)
	w.calls.set(func(ctx context.Context, c realcall.Call) engine.Answer {
		switch {
		case !c.Effect.Schedule:
			return engine.Answer{OK: true, Schedule: engine.Poll, After: time.Second}
		case c.Effect.Polls == 0:
			return opened.answer(ctx, c)
		}
		return engine.Success()
	})
	gone := w.runner("gone")
	uniform := newTree("s a e").node("a", "uniform_api", "v2.0.0", map[string]any{"uniform_api_plugin_url": "http://host/", "uniform_api_plugin_method": "GET"})
	id := w.begin(gone, uniform.json())
	w.until("the first answer", func() bool { return w.called(id)[0].Status == taskcall.StatusDONE })
	w.pass(2 * time.Second)
	w.must(gone.Advance(t.Context(), id))
	w.until("the poll", func() bool { return w.calls.count() == 2 })
	w.pass(9 * time.Second)
	r := w.runner("next")
	w.must(r.SweepCalls(t.Context()))
	w.state(id, enttask.StateRUNNING)
	if c := w.called(id)[1]; c.Status != taskcall.StatusUNKNOWN {
		t.Errorf("the poll is %s", c.Status)
	}
	w.pass(9 * time.Second)
	w.must(r.Advance(t.Context(), id))
	w.until("the end", func() bool { return w.task(id).State == enttask.StateFINISHED })
	close(opened)
	w.until("the late outcome", func() bool { return gone.InFlight() == 0 })
	if n := w.calls.count(); n != 3 {
		t.Errorf("%d calls", n)
	}
	w.state(id, enttask.StateFINISHED)
	w.events(id)
}

// Its process has stopped before it could send anything.
func TestACallOfAFailedNodeIsDroppedUnsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opened := make(gate)
	w.calls.set(opened.answer)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	stopped := w.runner("stopped")
	stopped.Stop(ended) // it sends nothing
	id := w.begin(stopped, newTree("s a e").http("a").json())
	if c := w.called(id); len(c) != 1 || c[0].Status != taskcall.StatusREADY {
		t.Fatalf("calls %+v", c)
	}
	r := w.runner("a")
	w.operate(r, id, run.Operation{Node: "a", Kind: taskoperation.KindFORCE_FAIL, Reason: "no use"})
	if c := w.called(id)[0]; c.Status != taskcall.StatusDROPPED || len(c.Effect) > 0 {
		t.Errorf("the call is %+v", c)
	}
	w.must(r.SweepCalls(t.Context()))
	r.Send(id, w.called(id)[0].Number)
	w.until("nothing is under way", func() bool { return r.InFlight() == 0 })
	if n := w.calls.count(); n != 0 {
		t.Errorf("sent %d times", n)
	}
	if n := w.node(id, "a"); n.State != "FAILED" || n.Error != "no use" || n.Rule != string(engine.RuleForced) {
		t.Errorf("a: %+v", n)
	}
}

// The next process sends what was asked for and never sent.
func TestACallThatWaitsIsSentByTheNextProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	stopped := w.runner("stopped")
	stopped.Stop(ended)
	id := w.begin(stopped, newTree("s g a c e", "g b c").gateway("g", "ParallelGateway", nil).gateway("c", "ConvergeGateway", nil).http("a").http("b").json())
	w.must(w.runner("next").Start(t.Context()))
	w.until("the end", func() bool { return w.task(id).State == enttask.StateFINISHED })
	var nodes []string
	for _, c := range w.called(id) {
		nodes = append(nodes, c.NodeID+" "+string(c.Status))
	}
	slices.Sort(nodes)
	if !slices.Equal(nodes, []string{"a DONE", "b DONE"}) || w.calls.count() != 2 {
		t.Errorf("%v, %d sent", nodes, w.calls.count())
	}
	w.events(id)
}

func TestAnOutcomeIsStoredWhenTheDatabaseWorksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opened := make(gate)
	w.calls.set(opened.answer)
	r := w.runner("a")
	id := w.begin(r, newTree("s a e").http("a").json())
	w.until("the call", func() bool { return w.calls.count() == 1 })
	mend := storetest.Break(t, w.store, "task_events", "INSERT")
	close(opened)
	w.until("the outcome is tried", func() bool { return r.InFlight() == 1 })
	w.state(id, enttask.StateRUNNING)
	mend()
	w.until("the end", func() bool { return w.task(id).State == enttask.StateFINISHED })
	if n := w.calls.count(); n != 1 {
		t.Errorf("sent %d times", n)
	}
	w.events(id)
}
