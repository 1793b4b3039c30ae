package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/plugin"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/template"
)

// chain is a tree of n nodes in a row, and their ids.
func chain(n int) (doc []byte, ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("n%d", i))
	}
	return newTree("s " + strings.Join(ids, " ") + " e").json(), ids
}

// turns counts the write transactions of a store.
type turns struct {
	mu sync.Mutex
	n  int
}

func (*turns) Statement(context.Context, string) func(error) { return nil }

func (o *turns) Waited(context.Context, time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.n++
}

func (o *turns) take() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.n
	o.n = 0
	return n
}

// The tree info of a tree is stored once, at the first start of a task with it.
func TestAMockedRunIsAHandfulOfTransactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	doc, ids := chain(10)
	templateID := w.template(doc)
	for range 40 { // the next ids are taken by now, some dozens at once
		_, err := w.store.NewID(t.Context(), enttask.Table)
		w.must(err)
	}
	seen := &turns{}
	w.store.Observe(seen)
	for round := range 2 {
		for _, start := range []bool{true, false} {
			most := 2
			if start && round > 0 {
				most = 1
			}
			made, err := w.tasks(r).CreateMock(t.Context(), w.caller, task.CreateParams{
				TemplateID: templateID, Name: "debug", Creator: "kim", Mock: task.MockParams{Nodes: ids}, Start: start,
			})
			w.must(err)
			if !start {
				w.start(r, made.TaskID)
			}
			if n := seen.take(); n > most {
				t.Errorf("round %d, start %v: %d transactions, want at most %d", round, start, n, most)
			}
			w.state(made.TaskID, enttask.StateFINISHED)
			if row := w.task(made.TaskID); row.StartTime == nil || row.FinishTime == nil || row.Executor != "kim" || row.TreeInfoID == nil {
				t.Errorf("start %v: the task is %+v", start, row)
			}
			if got := w.operations(made.TaskID); !slices.Equal(got, []string{"CREATE", "START"}) {
				t.Errorf("start %v: operations %v", start, got)
			}
			events := w.events(made.TaskID)
			if first, last := events[0], events[len(events)-1]; first.Operation != "START" || last.From != "CREATED" || last.State != "FINISHED" {
				t.Errorf("start %v: the first event is %+v, the last %+v", start, first, last)
			}
			for _, id := range append(ids, "s", "e") {
				if all := w.nodes(made.TaskID, id); len(all) != 1 || all[0].State != "FINISHED" {
					t.Errorf("start %v: %s has %+v", start, id, all)
				}
			}
		}
	}
}

func TestTheStatementsOfAStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	doc, ids := chain(10)
	w.begin(r, doc, ids...)
	second := w.create(r, doc, task.MockParams{Nodes: ids})
	ctx, counter := store.WithCounter(t.Context())
	_, err := r.StartTask(ctx, w.caller, strconv.Itoa(second), "")
	w.must(err)
	// Of the known tree: the task, the setting and the mock data are read; the task,
	// the run, its nodes, its events and the operation are written.
	if n := counter.Statements(); n > 9 {
		t.Errorf("%d statements:\n%s", n, strings.Join(counter.Texts(), "\n"))
	}
}

func TestOfManyStartsOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	runners := []*run.Runner{w.runner("a"), w.runner("b")}
	id := w.create(runners[0], newTree("s a e").node("a", "pause_node", "legacy", nil).json(), task.MockParams{})
	outcomes := make([]error, 20)
	together(len(outcomes), func(i int) {
		_, outcomes[i] = runners[i%2].StartTask(t.Context(), w.caller, strconv.Itoa(id), "")
	})
	won := 0
	for _, err := range outcomes {
		switch codes := problems(err); {
		case err == nil:
			won++
		case !slices.Equal(codes, []string{"WRONG_STATE"}):
			t.Errorf("a loser is told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d starts won", won)
	}
	w.state(id, enttask.StateRUNNING)
	if got := w.operations(id); !slices.Equal(got, []string{"CREATE", "START"}) {
		t.Errorf("operations %v", got)
	}
	w.events(id)
}

func TestOfManyOperationsOneWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	runners := []*run.Runner{w.runner("a"), w.runner("b")}
	id := w.begin(runners[0], newTree("s a b e").node("a", "pause_node", "legacy", nil).json(), "b")
	outcomes := make([]error, 10)
	together(len(outcomes), func(i int) {
		_, outcomes[i] = runners[i%2].Operate(t.Context(), w.caller, run.Operation{
			TaskID: strconv.Itoa(id), Node: "a", Kind: taskoperation.KindCALLBACK,
		})
	})
	won := 0
	for _, err := range outcomes {
		switch codes := problems(err); {
		case err == nil:
			won++
		case !slices.Equal(codes, []string{"WRONG_STATE"}):
			t.Errorf("a loser is told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d callbacks were taken", won)
	}
	w.state(id, enttask.StateFINISHED)
	if got := w.operations(id); !slices.Equal(got, []string{"CREATE", "START", "CALLBACK"}) {
		t.Errorf("operations %v", got)
	}
	w.events(id)
}

// Both runners have the run in memory; the one that is behind must not undo what the
// other has done.
func TestAStateThatIsBehindIsReadAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.runner("a"), w.runner("b")
	pause := func(tr *tree, ids ...string) *tree {
		for _, id := range ids {
			tr.node(id, "pause_node", "legacy", nil)
		}
		return tr
	}
	id := w.begin(a, pause(newTree("s a b c d e"), "a", "b", "c", "d").json())
	w.must(b.Advance(t.Context(), id)) // reads the run into b's memory
	for i, node := range []string{"a", "b", "c", "d"} {
		r := []*run.Runner{b, a}[i%2]
		if _, err := r.Operate(t.Context(), w.caller, run.Operation{TaskID: strconv.Itoa(id), Node: node, Kind: taskoperation.KindCALLBACK}); err != nil {
			t.Fatalf("%s: %v", node, err)
		}
	}
	w.state(id, enttask.StateFINISHED)
	for _, node := range []string{"a", "b", "c", "d"} {
		if all := w.nodes(id, node); len(all) != 1 || all[0].State != "FINISHED" {
			t.Errorf("%s has %+v", node, all)
		}
	}
	w.events(id)
}

// A large loop is done in several advances, each of them one transaction.
func TestARunThatIsTooLongForOneStepGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	const passes, nodes = 90, 285 // more than engine.DefaultStepLimit
	ids := make([]string, nodes)
	for i := range ids {
		ids[i] = fmt.Sprintf("n%d", i)
	}
	looped := map[string]any{"loop_config": map[string]any{"enable": true, "loop_times": passes}}
	doc := newTree("s " + strings.Join(ids, " ") + " e")
	for _, id := range ids {
		doc.node(id, "bk_display", "v1.0", nil, looped)
	}
	id := w.begin(r, doc.json(), ids...)
	w.state(id, enttask.StateRUNNING)
	w.must(r.Start(t.Context()))
	w.until("the rest of the work", func() bool { return w.task(id).State != enttask.StateRUNNING })
	w.state(id, enttask.StateFINISHED)
	for _, node := range ids[nodes-10:] {
		if all := w.nodes(id, node); len(all) != passes || all[passes-1].InnerLoop != passes {
			t.Fatalf("%s: %d executions", node, len(all))
		}
	}
	w.events(id)
}

// Nothing of an advance is left when its transaction fails, and it works later.
func TestAnAdvanceThatCannotBeSavedLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"task_events", "node_runs", "task_operations", "task_runs", "tree_infos"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.runner("a")
			id := w.create(r, newTree("s a b e").node("a", "pause_node", "legacy", nil).json(), task.MockParams{})
			mend := storetest.Break(t, w.store, table, "INSERT")
			_, err := r.StartTask(t.Context(), w.caller, strconv.Itoa(id), "")
			if err == nil || len(problems(err)) > 0 {
				t.Fatalf("start: %v", err)
			}
			w.state(id, enttask.StateCREATED)
			if n := len(w.nodes(id, "a")) + len(w.events(id)) + len(w.operations(id)); n != 1 {
				t.Errorf("%d rows are left", n-1)
			}
			mend()
			w.start(r, id)
			callback := run.Operation{TaskID: strconv.Itoa(id), Node: "a", Kind: taskoperation.KindCALLBACK}
			mend = storetest.Break(t, w.store, "task_runs", "UPDATE")
			if _, err := r.Operate(t.Context(), w.caller, callback); err == nil || len(problems(err)) > 0 {
				t.Fatalf("callback: %v", err)
			}
			if n := w.node(id, "a"); n.State != "RUNNING" {
				t.Errorf("a is %s", n.State)
			}
			mend()
			_, err = r.Operate(t.Context(), w.caller, callback)
			w.must(err)
			w.state(id, enttask.StateFINISHED)
			w.events(id)
		})
	}
}

// A task that is created as started is there with all that it did at once, or not at all.
func TestATaskAndItsStartAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mend := storetest.Break(t, w.store, "task_events", "INSERT")
	doc, ids := chain(3)
	params := task.CreateParams{
		TemplateID: w.template(doc), Name: "debug", Creator: "kim", Mock: task.MockParams{Nodes: ids}, Start: true,
	}
	tasks := w.tasks(w.runner("a"))
	if _, err := tasks.CreateMock(t.Context(), w.caller, params); err == nil || errors.Is(err, context.Canceled) {
		t.Fatalf("created: %v", err)
	}
	n, err := w.store.Read.Task.Query().Count(t.Context())
	w.must(err)
	if n != 0 {
		t.Errorf("%d tasks", n)
	}
	mend()
	made, err := tasks.CreateMock(t.Context(), w.caller, params)
	w.must(err)
	w.state(made.TaskID, enttask.StateFINISHED)
}

// Earlier releases made a task as started, and took it on with a second transaction.
func TestATaskThatWasOnlyOpenedIsTakenOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc, ids := chain(3)
	id := w.create(w.runner("a"), doc, task.MockParams{Nodes: ids})
	w.must(w.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		err := tx.Task.UpdateOneID(id).SetState(enttask.StateRUNNING).SetExecutor("kim").SetStartTime(w.now()).Exec(ctx)
		return errors.Join(err, tx.TaskRun.Create().SetTaskID(id).SetWakeAt(w.now()).Exec(ctx))
	}))
	w.must(w.runner("b").Start(t.Context()))
	w.until("the run", func() bool { return w.task(id).State == enttask.StateFINISHED })
	w.events(id)
}

// TestAnOutageIsNoProblemOfTheTree: a tree that could not be read is not one that cannot
// run. Both are faults; only one of them is about what the caller sent.
func TestAnOutageIsNoProblemOfTheTree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	doc, ids := chain(2)
	id := w.create(w.runner("a"), doc, task.MockParams{Nodes: ids})
	row := w.task(id)
	away := fault.Newf(fault.CodeExhausted, "the database cannot be reached; try again")
	w.store.Read.Snapshot.Intercept(ent.InterceptFunc(func(ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(context.Context, ent.Query) (ent.Value, error) { return nil, away })
	}))
	r := w.runner("b", func(d *run.Deps) { // it has read nothing yet
		d.Trees = template.NewTrees(template.DefaultTreeBytes, engine.CheckVariables)
		d.Plans = run.NewPlans(d.Trees, plugin.Builtin())
	})
	if _, problems, err := r.Check(t.Context(), w.space, row.ExecutionSnapshotID, nil); !errors.Is(err, away) || problems != nil {
		t.Errorf("check: %v, %v", problems, err)
	}
	if _, err := r.StartTask(t.Context(), w.caller, strconv.Itoa(id), ""); !errors.Is(err, away) {
		t.Errorf("start: %v", err)
	}
	w.state(id, enttask.StateCREATED)
}
