package run

import (
	"context"

	"rehearse.dev/ent"
)

// Begin takes a task that was just made, and opened in the same transaction, as far as
// it goes at once. The rows are those that were written: they need not be read again.
// A tree that cannot run any more is a fault.
func (r *Runner) Begin(ctx context.Context, task *ent.Task, mock *ent.TaskMock, language string) error {
	if err := r.remember(ctx, task, mock, language); err != nil {
		return err
	}
	return r.advance(ctx, task.ID, cause{})
}

// remember keeps a run that nobody has advanced in memory. If somebody has since it was
// made, the fence says so, and it is read.
func (r *Runner) remember(ctx context.Context, task *ent.Task, mock *ent.TaskMock, language string) error {
	unlock := r.locks.lock(task.ID)
	defer unlock()
	l, err := r.freshWith(ctx, task, mock, language)
	if err != nil {
		return err
	}
	l.fence = 0
	r.lives.keep(l)
	return nil
}
