package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
)

// A task that is started at once goes on from what was written, without reading it.
func TestATaskThatIsStartedAtOnceIsNotReadAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	tasks := w.tasks(r)
	params := task.CreateParams{
		TemplateID: w.template(newTree("s a b e").json()), Name: "debug", Creator: "kim", Start: true,
		Mock: task.MockParams{Nodes: []string{"a", "b"}},
	}
	for range 2 { // the first one stores the topology of the tree
		ctx, counter := store.WithCounter(t.Context())
		made, err := tasks.CreateMock(ctx, w.caller, params)
		w.must(err)
		w.state(made.TaskID, enttask.StateFINISHED)
		if got := w.operations(made.TaskID); !slices.Equal(got, []string{"CREATE", "START"}) {
			t.Errorf("operations %v", got)
		}
		w.events(made.TaskID)
		for _, text := range counter.Texts() {
			for _, table := range []string{"task_runs", "task_mocks", "tasks"} {
				if strings.HasPrefix(text, "SELECT") && (strings.Contains(text, `FROM "`+table+`"`) || strings.Contains(text, "FROM `"+table+"`")) {
					t.Errorf("it reads %s: %s", table, text)
				}
			}
		}
	}
}

// overtaken is a runner that lets something happen between the commit of a task and its
// own going on.
type overtaken struct {
	task.Runs
	between func(taskID int)
}

type late struct {
	task.Begun
	between func()
}

func (o overtaken) Begin(ctx context.Context, row *ent.Task, mock *ent.TaskMock, language string) (task.Begun, error) {
	b, err := o.Runs.Begin(ctx, row, mock, language)
	return late{b, func() { o.between(row.ID) }}, err
}

func (l late) Go(ctx context.Context) {
	l.between()
	l.Begun.Go(ctx)
}

// Another server may take a task further before the one that has made it goes on.
func TestATaskMayBeOvertakenWhenItIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.runner("a"), w.runner("b")
	tasks := w.tasks(a)
	tasks.Runs = overtaken{a, func(id int) {
		w.state(id, enttask.StateRUNNING)
		w.operate(b, id, run.Operation{Kind: taskoperation.KindCALLBACK, Node: "a"})
	}}
	made, err := tasks.CreateMock(t.Context(), w.caller, task.CreateParams{
		TemplateID: w.template(newTree("s a b e").node("a", "pause_node", "legacy", nil).node("b", "pause_node", "legacy", nil).json()),
		Name:       "debug", Creator: "kim", Start: true,
	})
	w.must(err)
	w.operate(a, made.TaskID, run.Operation{Kind: taskoperation.KindCALLBACK, Node: "b"})
	w.state(made.TaskID, enttask.StateFINISHED)
	for _, node := range []string{"a", "b"} {
		if all := w.nodes(made.TaskID, node); len(all) != 1 {
			t.Errorf("%s ran %d times", node, len(all))
		}
	}
	w.events(made.TaskID)
}

// A task that cannot be stored leaves nothing behind.
func TestATaskThatIsNotStoredDoesNotBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.runner("a")
	tasks := w.tasks(r)
	templateID := w.template(newTree("s a e").http("a").json())
	tasks.Runs = overtaken{r, func(int) { t.Error("it went on") }}
	tasks.NewInstanceID = func() string { return strings.Repeat("x", 32) }
	params := task.CreateParams{TemplateID: templateID, Name: "debug", Creator: "kim"}
	_, err := tasks.CreateMock(t.Context(), w.caller, params)
	w.must(err)
	params.Start = true
	if _, err := tasks.CreateMock(t.Context(), w.caller, params); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("two tasks of one instance id: %v", err)
	}
	runs, err := w.store.Read.TaskRun.Query().Count(t.Context())
	w.must(err)
	if runs != 0 || w.calls.count() != 0 {
		t.Errorf("%d runs, %d calls", runs, w.calls.count())
	}
}
