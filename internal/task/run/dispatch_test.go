package run_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task/run"
)

// meddler makes jobs of wake-ups as a test wants them.
type meddler struct {
	*dispatch.Dispatcher
	meddle func(wake func(taskID int, at time.Time) error, taskID int, at time.Time) error
}

// Wake hands the wake-up to the meddling.
func (m *meddler) Wake(ctx context.Context, tx *ent.Tx, taskID int, at *time.Time) error {
	return m.meddle(func(taskID int, at time.Time) error { return m.Dispatcher.Wake(ctx, tx, taskID, &at) }, taskID, *at)
}

// TestWhateverBecomesOfJobsTasksEnd: one server starts tasks and does nothing else, two
// share what comes then. Jobs come twice, late, not at all, or for no reason: each task
// ends, and each call is made once.
func TestWhateverBecomesOfJobsTasksEnd(t *testing.T) {
	t.Parallel()
	if !storetest.OnPostgres() {
		t.Skipf("a dispatcher needs PostgreSQL, and %s is not set", storetest.Variable)
	}
	const tasks = 12
	type wake = func(taskID int, at time.Time) error
	for name, c := range map[string]struct {
		meddle func(wake wake, id int, at time.Time) error
		least  int64 // how often the dispatchers must have woken a task
	}{
		"AsAsked": {func(wake wake, id int, at time.Time) error { return wake(id, at) }, tasks},
		"Duplicated": {func(wake wake, id int, at time.Time) error {
			for range 3 {
				if err := wake(id, at); err != nil {
					return err
				}
			}
			return nil
		}, 3 * tasks},
		"Late": {func(wake wake, id int, at time.Time) error { return wake(id, at.Add(8*time.Second)) }, 0},
		"Lost": {func(wake, int, time.Time) error { return nil }, 0},
		"Stray": {func(wake wake, id int, at time.Time) error {
			for _, other := range []struct {
				id int
				at time.Time
			}{{id, at.Add(-time.Second)}, {id, at.Add(500 * time.Millisecond)}, {id + 1, at}, {1 << 40, at}, {-id, at}, {id, at}} {
				if err := wake(other.id, other.at); err != nil {
					return err
				}
			}
			return nil
		}, 6 * tasks},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var woken atomic.Int64
			w.server("b", &woken, c.meddle)
			w.server("c", &woken, c.meddle)
			starter := w.dispatching("a", c.meddle)
			tree := newTree("s wait call again last e").http("call").http("last")
			for _, node := range []string{"wait", "again"} {
				tree.node(node, "sleep_timer", "legacy", map[string]any{"bk_timing": "2"})
			}
			ids := make([]int, tasks)
			for i := range ids {
				ids[i] = w.begin(starter.Runner, tree.json())
			}
			for _, id := range ids {
				w.until(fmt.Sprintf("task %d ends", id), func() bool { return w.task(id).State == enttask.StateFINISHED })
				w.events(id)
				for _, node := range []string{"wait", "call", "again", "last"} {
					if all := w.nodes(id, node); len(all) != 1 {
						t.Errorf("task %d: %d executions of %s", id, len(all), node)
					}
				}
			}
			w.once(2 * tasks)
			w.until("the dispatchers have woken enough", func() bool { return woken.Load() >= c.least })
			w.once(2 * tasks) // also when jobs come after the end
		})
	}
}

// once expects so many calls, none of them twice.
func (w *world) once(want int) {
	w.t.Helper()
	w.calls.mu.Lock()
	defer w.calls.mu.Unlock()
	seen := map[string]bool{}
	for _, c := range w.calls.made {
		key := fmt.Sprint(c.Task.ID, " ", c.Effect.Node, " ", c.Effect.Number)
		if seen[key] {
			w.t.Error("made twice:", key)
		}
		seen[key] = true
	}
	if len(w.calls.made) != want {
		w.t.Errorf("%d calls, want %d", len(w.calls.made), want)
	}
}

// dispatched is a runner with its dispatcher, on connections of its own.
type dispatched struct {
	*run.Runner
	dispatcher *dispatch.Dispatcher
}

func (w *world) dispatching(owner string, meddle func(func(int, time.Time) error, int, time.Time) error) *dispatched {
	w.t.Helper()
	s := storetest.Again(w.t, w.store)
	d, err := dispatch.New(s.Pool(), slog.New(slog.DiscardHandler), dispatch.Options{ID: owner})
	w.must(err)
	r := w.runner(owner, func(deps *run.Deps) {
		deps.Store, deps.Dispatcher = s, &meddler{d, meddle}
		deps.Now = func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
	})
	return &dispatched{r, d}
}

// server is a runner and a dispatcher that both work.
func (w *world) server(owner string, woken *atomic.Int64, meddle func(func(int, time.Time) error, int, time.Time) error) {
	w.t.Helper()
	s := w.dispatching(owner, meddle)
	w.must(s.Start(w.t.Context()))
	w.must(s.dispatcher.Start(w.t.Context(), func(ctx context.Context, taskID int) (*time.Time, error) {
		woken.Add(1)
		return s.Wake(ctx, taskID)
	}))
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.dispatcher.Stop(ctx); err != nil {
			w.t.Error(err)
		}
	})
}
