package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/task"
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

// overtaken is a runner before whose first advance another server makes it.
type overtaken struct {
	task.Runs
	other interface {
		Advance(ctx context.Context, taskID int) error
	}
}

func (o overtaken) Begin(ctx context.Context, made *ent.Task, mock *ent.TaskMock, language string) error {
	if err := o.other.Advance(ctx, made.ID); err != nil {
		return err
	}
	return o.Runs.Begin(ctx, made, mock, language)
}

func TestATaskThatAnotherServerBeganIsReadAgain(t *testing.T) {
	t.Parallel()
	for name, mocked := range map[string][]string{"ended": {"a", "b"}, "waits": {"b"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a, b := w.runner("a"), w.runner("b")
			tasks := w.tasks(a)
			tasks.Runs = overtaken{a, b}
			made, err := tasks.CreateMock(t.Context(), w.caller, task.CreateParams{
				TemplateID: w.template(newTree("s a b e").node("a", "pause_node", "legacy", nil).json()),
				Name:       "debug", Creator: "kim", Start: true, Mock: task.MockParams{Nodes: mocked},
			})
			w.must(err)
			want := map[string]enttask.State{"ended": enttask.StateFINISHED, "waits": enttask.StateRUNNING}[name]
			w.state(made.TaskID, want)
			if all := w.nodes(made.TaskID, "a"); len(all) != 1 {
				t.Errorf("a ran %d times", len(all))
			}
			w.events(made.TaskID)
		})
	}
}
