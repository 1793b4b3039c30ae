package run_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
)

func TestRetriesAreExecutionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	id := w.create(r, newTree("s a e").json(), task.MockParams{Nodes: []string{"a"}, Failures: []byte(`{"a": "as asked"}`)})
	w.start(r, id)
	for i := range 3 {
		w.state(id, enttask.StateFAILED)
		inputs := json.RawMessage(fmt.Sprintf(`{"bk_display_message": "retry %d"}`, i+1))
		w.operate(r, id, run.Operation{Node: "a", Kind: taskoperation.KindRETRY, Inputs: inputs})
	}
	w.operate(r, id, run.Operation{Node: "a", Kind: taskoperation.KindSKIP})
	w.state(id, enttask.StateFINISHED)
	all := w.nodes(id, "a")
	if len(all) != 5 { // the skip ends the last failure and is an execution as well
		t.Fatalf("%d executions: %+v", len(all), all)
	}
	for i, e := range all[:4] {
		if e.State != "FAILED" || e.Retry != i || e.Error != "as asked" || e.Started.IsZero() || e.Finished.IsZero() {
			t.Errorf("execution %d: %+v", i+1, e)
		}
		want := any(fmt.Sprintf("retry %d", i))
		if i == 0 {
			want = nil
		}
		if got, _ := e.Inputs.Get("bk_display_message"); got != want {
			t.Errorf("execution %d got %v, want %v", i+1, got, want)
		}
	}
	if last := all[4]; last.State != "FINISHED" || !last.IsSkipped {
		t.Errorf("the last one: %+v", last)
	}
	attempts := 0
	for _, e := range w.events(id) {
		if e.Kind == event.KindAttempt {
			attempts++
		}
	}
	if attempts != 4 {
		t.Errorf("%d events of executions that are over", attempts)
	}
}

// A node that is entered again, by a flow that leads back and by a loop of its own.
func TestLoopsAreExecutionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	doc := newTree("s a b g e", "g a").gateway("g", "ExclusiveGateway", map[string]string{"a": "${turn} < 3", "e": "${turn} >= 3"}).
		node("b", "bk_display", "v1.0", nil, map[string]any{"loop_config": map[string]any{"enable": true, "loop_times": 2}}).
		bind("turn", "a", "_loop")
	id := w.begin(r, doc.json(), "a", "b")
	w.state(id, enttask.StateFINISHED)
	for node, want := range map[string][]string{
		"a": {"1.1", "2.2", "3.3"}, "g": {"1.1", "2.2", "3.3"}, "e": {"1.1"},
		"b": {"1.1", "2.2", "3.3", "4.4"}, // once more at first; later its count of passes is full (engine §6.3)
	} {
		var got []string
		for _, e := range w.nodes(id, node) {
			if e.State != "FINISHED" {
				t.Errorf("%s: %+v", node, e)
			}
			got = append(got, fmt.Sprintf("%d.%d", e.Loop, e.InnerLoop))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s was executed %v, want %v", node, got, want)
		}
	}
	w.events(id)
}

// The same of a tree in which several advances meet one node.
func TestARetryInABranchLeavesTheOtherAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	doc := newTree("s g a c e", "g b c").gateway("g", "ParallelGateway", nil).gateway("c", "ConvergeGateway", nil).
		node("b", "pause_node", "legacy", nil)
	id := w.create(r, doc.json(), task.MockParams{Nodes: []string{"a"}, Failures: []byte(`{"a": "as asked"}`)})
	w.start(r, id)
	w.operate(r, id, run.Operation{Node: "a", Kind: taskoperation.KindRETRY})
	w.operate(r, id, callback("b"))
	w.state(id, enttask.StateFAILED)
	w.operate(w.runner("b"), id, run.Operation{Node: "a", Kind: taskoperation.KindSKIP}) // reads it from the tables
	w.state(id, enttask.StateFINISHED)
	if a, b, c := w.nodes(id, "a"), w.nodes(id, "b"), w.nodes(id, "c"); len(a) != 3 || len(b) != 1 || len(c) != 1 {
		t.Errorf("%d, %d and %d executions", len(a), len(b), len(c))
	}
	w.events(id)
}
