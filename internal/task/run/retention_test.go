package run_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"rehearse.dev/ent/noderun"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskevent"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task/run"
)

// runData counts the rows of a task that retention sweeps.
func (w *world) runData(id int) int {
	w.t.Helper()
	ctx, db := w.t.Context(), w.store.Read
	total := 0
	for _, count := range []func() (int, error){
		func() (int, error) { return db.NodeRun.Query().Where(noderun.TaskID(id)).Count(ctx) },
		func() (int, error) { return db.TaskEvent.Query().Where(taskevent.TaskID(id)).Count(ctx) },
		func() (int, error) { return db.TaskCall.Query().Where(taskcall.TaskID(id)).Count(ctx) },
		func() (int, error) { return db.TaskRun.Query().Where(ofTask(id)).Count(ctx) },
	} {
		n, err := count()
		w.must(err)
		total += n
	}
	return total
}

func (w *world) sweep(r *run.Runner, before time.Time) int {
	w.t.Helper()
	n, err := r.Sweep(w.t.Context(), before)
	w.must(err)
	return n
}

func TestOldRunDataAreSweptAndTheTaskStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	doc, ids := chain(3)
	called := w.begin(r, newTree("s a e").http("a").json())
	w.until("the end", func() bool { return w.task(called).State == enttask.StateFINISHED })
	paused := newTree("s a e").node("a", "pause_node", "legacy", nil).json()
	revoked, waiting := w.begin(r, paused), w.begin(r, paused)
	w.operate(r, revoked, run.Operation{Kind: taskoperation.KindREVOKE})
	finished := w.begin(r, doc, ids...)
	w.pass(time.Hour)
	young := w.begin(r, doc, ids...)
	if n := w.sweep(r, w.now().Add(-30*time.Minute)); n != 3 {
		t.Errorf("%d tasks were swept", n)
	}
	for _, id := range []int{called, revoked, finished} {
		row := w.task(id)
		if n := w.runData(id); n != 0 || row.State != enttask.StateEXPIRED || row.FinishTime == nil || row.WasRevoked != (id == revoked) {
			t.Errorf("%d rows, task %+v", n, row)
		}
		if _, err := row.QueryMock().Only(t.Context()); err != nil {
			t.Errorf("mock data: %v", err)
		}
		if got := w.operations(id); !slices.Equal(got[:2], []string{"CREATE", "START"}) {
			t.Errorf("operations %v", got)
		}
	}
	w.state(young, enttask.StateFINISHED)
	w.state(waiting, enttask.StateRUNNING)
	if w.runData(young) == 0 || w.runData(waiting) == 0 {
		t.Error("a task that is young, or runs, has lost its data")
	}
	if n := w.sweep(r, w.now().Add(-30*time.Minute)); n != 0 {
		t.Errorf("%d tasks were swept again", n)
	}
}

func TestASweptTaskCannotBeOperated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, other := w.runner("a"), w.runner("b")
	id := w.begin(r, newTree("s a b e").node("a", "sleep_timer", "legacy", map[string]any{"bk_timing": "7200"}).json())
	w.operate(r, id, run.Operation{Kind: taskoperation.KindREVOKE})
	w.must(other.Advance(t.Context(), id)) // it has the run in memory, with its timer
	w.pass(time.Hour)
	w.sweep(r, w.now())
	w.pass(2 * time.Hour)
	w.must(other.Start(t.Context())) // the timer of a run that is gone
	for _, kind := range []taskoperation.Kind{taskoperation.KindRESUME, taskoperation.KindREVOKE, taskoperation.KindRETRY} {
		_, err := other.Operate(t.Context(), w.caller, run.Operation{TaskID: strconv.Itoa(id), Node: "a", Kind: kind})
		if got := problems(err); !slices.Equal(got, []string{"WRONG_STATE"}) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := r.StartTask(t.Context(), w.caller, strconv.Itoa(id), ""); !slices.Equal(problems(err), []string{"WRONG_STATE"}) {
		t.Errorf("start: %v", err)
	}
	w.state(id, enttask.StateEXPIRED)
	if n := w.runData(id); n != 0 {
		t.Errorf("%d rows came back", n)
	}
}

func TestATaskWithAnOpenCallIsLeftForLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opened := make(gate)
	w.calls.set(opened.answer)
	r := w.runner("a")
	id := w.begin(r, newTree("s a e").http("a").json())
	w.until("the call", func() bool { return w.calls.count() == 1 })
	w.operate(r, id, run.Operation{Kind: taskoperation.KindREVOKE})
	w.pass(time.Hour)
	if n := w.sweep(r, w.now()); n != 0 {
		t.Errorf("%d tasks were swept", n)
	}
	w.state(id, enttask.StateREVOKED)
	close(opened)
	w.until("the outcome", func() bool { return w.called(id)[0].Status == taskcall.StatusDONE })
	if n := w.sweep(r, w.now()); n != 1 || w.runData(id) != 0 {
		t.Errorf("%d tasks were swept, %d rows are left", n, w.runData(id))
	}
}

// What is too much for one transaction goes in several, and what an interrupted sweep
// has left goes with the next one.
func TestALargeTaskIsSweptInSlices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	const nodes = run.ExpireRows/50 + 10
	looped := map[string]any{"loop_config": map[string]any{"enable": true, "loop_times": 60}}
	_, ids := chain(nodes)
	line := "s"
	for _, id := range ids {
		line += " " + id
	}
	doc := newTree(line + " e")
	for _, id := range ids {
		doc.node(id, "bk_display", "v1.0", nil, looped)
	}
	id := w.begin(r, doc.json(), ids...)
	w.state(id, enttask.StateFINISHED)
	before := w.runData(id)
	w.pass(time.Hour)
	mend := storetest.Break(t, w.store, "task_runs", "DELETE")
	if _, err := r.Sweep(t.Context(), w.now()); err == nil || before < run.ExpireRows {
		t.Fatalf("of %d rows: %v", before, err)
	}
	w.state(id, enttask.StateEXPIRED)
	if n := w.runData(id); n == 0 || n >= before {
		t.Errorf("%d of %d rows are left", n, before)
	}
	mend()
	w.sweep(w.runner("b"), w.now())
	if n := w.runData(id); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

func TestTheRunnerSweepsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc, ids := chain(2)
	r := w.runner("a")
	var old []int
	for range 60 { // more than a transaction takes
		old = append(old, w.create(r, doc, mocked(ids)))
	}
	for _, id := range old {
		w.start(r, id)
	}
	w.pass(48 * time.Hour)
	young := w.begin(r, doc, ids...)
	w.must(w.runner("b", func(d *run.Deps) { d.Retain = 24 * time.Hour }).Start(t.Context()))
	w.until("the sweep", func() bool {
		n, err := w.store.Read.Task.Query().Where(enttask.StateEQ(enttask.StateEXPIRED)).Count(t.Context())
		w.must(err)
		return n == len(old)
	})
	w.state(young, enttask.StateFINISHED)
}
