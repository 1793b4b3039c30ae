package run

import (
	"context"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/noderun"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskevent"
	"rehearse.dev/ent/taskrun"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/rowlock"
)

// Bounds of the sweep of run data, so that nobody waits long for the writer.
const (
	// expireTasks and expireRows are how many tasks, and rows of one table, a
	// transaction takes.
	expireTasks = 50
	expireRows  = 1000
	// expirePause is the time between two transactions.
	expirePause = 20 * time.Millisecond
	// expireEvery is the longest time between two sweeps.
	expireEvery = time.Hour
)

// errSwept says that there is no run to go on with.
var errSwept = fault.Precondition("the run of the task is gone")

// Conditions of SQL. The first is written as the index on finish_time has it, which
// no condition with an argument could use.
const (
	hasEnded  = "state IN ('FINISHED', 'REVOKED')"
	callsOver = "NOT EXISTS (SELECT 1 FROM task_calls AS c WHERE c.task_id = tasks.id AND c.status IN ('READY', 'SENT'))"
	isExpired = "EXISTS (SELECT 1 FROM tasks AS t WHERE t.id = task_runs.task_id AND t.state = 'EXPIRED')"
)

// Sweep takes the nodes, events and calls away from all tasks that ended before the
// given time, and marks them EXPIRED; a task whose calls are not over is left for
// later. It returns how many tasks it marked. It works in small transactions, and
// what an interrupted sweep has left, the next one takes away.
func (r *Runner) Sweep(ctx context.Context, before time.Time) (int, error) {
	for {
		ids, err := r.Store.Read.TaskRun.Query().
			Where(func(s *sql.Selector) { s.Where(sql.ExprP(isExpired)) }).
			Limit(expireTasks).Select(taskrun.FieldTaskID).Ints(ctx)
		if err != nil {
			return 0, fmt.Errorf("find the rest of the last sweep: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		if err := r.clear(ctx, ids); err != nil {
			return 0, err
		}
	}
	swept := 0
	for {
		ids, err := r.Store.Read.Task.Query().
			Where(enttask.FinishTimeLT(before), func(s *sql.Selector) { s.Where(sql.ExprP(hasEnded)).Where(sql.ExprP(callsOver)) }).
			Order(enttask.ByFinishTime()).Limit(expireTasks).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return swept, err
		}
		if err := r.expire(ctx, ids); err != nil {
			return swept, err
		}
		swept += len(ids)
	}
}

// expire marks tasks and takes their run data away.
func (r *Runner) expire(ctx context.Context, ids []int) error {
	gone := false
	err := r.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		// In the order of save: first the run, then the task.
		if _, err := tx.TaskRun.Query().Where(taskrun.TaskIDIn(ids...)).Order(taskrun.ByTaskID()).Modify(rowlock.Change).IDs(ctx); err != nil {
			return fmt.Errorf("hold the runs: %w", err)
		}
		mark := r.Store.Builder().Update(enttask.Table).
			Set(enttask.FieldWasRevoked, sql.Expr("state = 'REVOKED'")).Set(enttask.FieldState, enttask.StateEXPIRED).
			Where(sql.And(sql.InInts(enttask.FieldID, ids...), sql.ExprP(hasEnded), sql.ExprP(callsOver)))
		query, args := mark.Query()
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("mark tasks as expired: %w", err)
		}
		// A task that has got a call since it was found is not marked, and keeps its data.
		var err error
		ids, err = tx.Task.Query().Where(enttask.IDIn(ids...), enttask.StateEQ(enttask.StateEXPIRED)).IDs(ctx)
		if err != nil || len(ids) == 0 {
			gone = err == nil
			return err
		}
		// Whoever has a run in memory reads it again and finds it over.
		if err := tx.TaskRun.Update().Where(taskrun.TaskIDIn(ids...)).AddFence(stride()).ClearWakeAt().Exec(ctx); err != nil {
			return fmt.Errorf("stop the runs of expired tasks: %w", err)
		}
		if gone, err = r.remove(ctx, tx, ids); err != nil {
			return err
		}
		return r.Relay.Announce(ctx, ids...)
	})
	if err != nil {
		return err
	}
	for _, id := range ids {
		r.timers.set(id, nil)
		r.lives.forget(id)
	}
	if !gone {
		return r.clear(ctx, ids)
	}
	return r.rest(ctx)
}

// clear takes away what is left of the run data of expired tasks.
func (r *Runner) clear(ctx context.Context, ids []int) error {
	for gone := false; !gone; {
		if err := r.rest(ctx); err != nil {
			return err
		}
		err := r.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) (err error) {
			gone, err = r.remove(ctx, tx, ids)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// remove deletes a part of the run data. The rows of runs go last: they tell what is
// not gone yet.
func (r *Runner) remove(ctx context.Context, tx *ent.Tx, ids []int) (gone bool, err error) {
	gone = true
	for _, table := range []string{noderun.Table, taskevent.Table, taskcall.Table} {
		some := r.Store.Builder().Select("id").From(sql.Table(table)).Where(sql.InInts("task_id", ids...)).Limit(expireRows)
		query, args := r.Store.Builder().Delete(table).Where(sql.In("id", some)).Query()
		result, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return false, fmt.Errorf("sweep %s: %w", table, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == expireRows {
			gone = false
		}
	}
	if gone {
		_, err = tx.TaskRun.Delete().Where(taskrun.TaskIDIn(ids...)).Exec(ctx)
	}
	return gone, err
}

// rest lets others write.
func (r *Runner) rest(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.stopped:
		return context.Canceled
	case <-time.After(expirePause):
		return nil
	}
}

// watchRetention sweeps the run data of old tasks.
func (r *Runner) watchRetention() {
	defer r.loops.Done()
	tick := time.NewTicker(min(expireEvery, max(r.Retain/4, time.Second)))
	defer tick.Stop()
	for {
		n, err := r.Sweep(r.base, r.Now().Add(-r.Retain))
		switch {
		case err != nil && r.base.Err() == nil:
			r.Log.Error("old run data could not be swept; it is tried again", "error", err)
		case n > 0:
			r.Log.Info("swept the run data of old tasks", "tasks", n)
		}
		select {
		case <-r.stopped:
			return
		case <-tick.C:
		}
	}
}
