package run_test

import (
	"context"
	"math"
	"testing"
	"time"

	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
)

// Each case waits for a timer that an earlier process has set.
func TestTimersSurviveTheProcess(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		tree *tree
		mock task.MockParams
		// after is when the timer goes off, before what stands until then.
		after        time.Duration
		before, then enttask.State
		check        func(w *world, id int)
	}{
		"sleep_timer": {
			tree:  newTree("s a e").node("a", "sleep_timer", "legacy", map[string]any{"bk_timing": "3600"}),
			after: time.Hour, before: enttask.StateRUNNING, then: enttask.StateFINISHED,
		},
		"auto retry": {
			tree:  newTree("s a e").http("a", map[string]any{"auto_retry": map[string]any{"enable": true, "interval": 10, "times": 1}}),
			mock:  task.MockParams{Nodes: []string{"a"}, Failures: []byte(`{"a": "as asked"}`)},
			after: 10 * time.Second, before: enttask.StateFAILED, then: enttask.StateFAILED,
			check: func(w *world, id int) {
				w.until("the second execution", func() bool { return len(w.nodes(id, "a")) == 2 })
				if n := w.node(id, "a"); n.Retry != 1 || n.Error != "as asked" {
					w.t.Errorf("a: %+v", n)
				}
			},
		},
		"timeout": {
			tree: newTree("s a e").node("a", "pause_node", "legacy", nil, map[string]any{
				"timeout_config": map[string]any{"enable": true, "seconds": 60, "action": "forced_fail"},
			}),
			after: time.Minute, before: enttask.StateRUNNING, then: enttask.StateFAILED,
			check: func(w *world, id int) {
				if n := w.node(id, "a"); n.Rule != string(engine.RuleTimeout) {
					w.t.Errorf("a: %+v", n)
				}
			},
		},
		"timeout and skip": {
			tree: newTree("s a e").node("a", "pause_node", "legacy", nil, map[string]any{
				"timeout_config": map[string]any{"enable": true, "seconds": 60, "action": "forced_fail_and_skip"},
			}),
			after: time.Minute, before: enttask.StateRUNNING, then: enttask.StateFINISHED,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			first := w.runner("first")
			id := w.create(first, c.tree.json(), c.mock)
			w.start(first, id)
			w.state(id, c.before)
			first.Stop(t.Context())
			w.pass(c.after - time.Second)
			w.must(w.runner("early").Advance(t.Context(), id))
			w.state(id, c.before)
			w.pass(time.Second)
			w.must(w.runner("next").Start(t.Context()))
			w.until("the timer", func() bool { return w.task(id).State == c.then })
			if c.check != nil {
				c.check(w, id)
			}
			w.events(id)
		})
	}
}

// A process that has an older state in memory must find out what another one has set.
func TestATimerOfAnotherProcessGoesOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.runner("a"), w.runner("b")
	doc := newTree("s p a e").node("p", "pause_node", "legacy", nil).node("a", "sleep_timer", "legacy", map[string]any{"bk_timing": "60"})
	id := w.begin(a, doc.json())
	w.operate(b, id, callback("p")) // b waits for the timer now, a still for the callback
	b.Stop(t.Context())
	w.pass(time.Minute)
	w.must(a.Advance(t.Context(), id))
	w.state(id, enttask.StateFINISHED)
}

func TestATimeLimitOfAnySizeIsNotOverAtOnce(t *testing.T) {
	t.Parallel()
	for _, seconds := range []any{10_000_000_000, math.MaxInt64/1_000_000_000 + 1, 1<<53 - 1, "9223372036854775807"} {
		w := newWorld(t)
		r := w.runner("a")
		id := w.begin(r, newTree("s a e").node("a", "pause_node", "legacy", nil, map[string]any{
			"timeout_config": map[string]any{"enable": true, "seconds": seconds, "action": "forced_fail"},
		}).json())
		w.must(w.runner("b").Start(t.Context()))
		w.pass(24 * time.Hour)
		w.must(r.Advance(t.Context(), id))
		if n := w.node(id, "a"); n.State != "RUNNING" {
			t.Errorf("%v seconds: %+v", seconds, n)
		}
	}
}

func TestTimersOfATaskThatEndedAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	id := w.begin(r, newTree("s a e").node("a", "pause_node", "legacy", nil, map[string]any{
		"timeout_config": map[string]any{"enable": true, "seconds": 60, "action": "forced_fail"},
	}).json())
	w.operate(r, id, callback("a"))
	row, err := w.store.Read.TaskRun.Query().Where(ofTask(id)).Only(t.Context())
	w.must(err)
	if row.WakeAt != nil {
		t.Errorf("it is to be woken at %v", row.WakeAt)
	}
}

func TestStopWaitsForCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opened := make(gate)
	w.calls.set(opened.answer)
	r := w.runner("a")
	w.must(r.Start(t.Context()))
	id := w.begin(r, newTree("s a b e").http("a").http("b").json())
	w.until("the call", func() bool { return w.calls.count() == 1 })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Stop(t.Context())
	}()
	w.until("the stop", r.HasStopped)
	close(opened)
	<-ended
	// The outcome is stored, and what follows from it waits for the next process.
	if c := w.called(id); len(c) != 2 || c[0].Status != taskcall.StatusDONE || c[1].Status != taskcall.StatusREADY {
		t.Errorf("calls %+v", c)
	}
	if n := w.calls.count(); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestStopGivesUpInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calls.set(func(ctx context.Context, _ realcall.Call) engine.Answer {
		<-ctx.Done()
		return engine.Success()
	})
	r := w.runner("a")
	w.must(r.Start(t.Context()))
	id := w.begin(r, newTree("s a e").http("a").json())
	w.until("the call", func() bool { return w.calls.count() == 1 })
	limited, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	r.Stop(limited)
	if limited.Err() == nil {
		t.Error("it did not wait")
	}
	// Nobody knows whether it took effect: the next process says so when the lease is over.
	if c := w.called(id)[0]; c.Status != taskcall.StatusSENT {
		t.Errorf("the call is %s", c.Status)
	}
	w.pass(9 * time.Second)
	w.must(w.runner("b").SweepCalls(t.Context()))
	if n := w.node(id, "a"); n.Rule != string(engine.RuleUnknownOutcome) {
		t.Errorf("a: %+v", n)
	}
}

func callback(node string) run.Operation {
	return run.Operation{Node: node, Kind: "CALLBACK"}
}
