package run

import (
	"context"

	"rehearse.dev/ent"
	"rehearse.dev/internal/task"
)

// begun is the first advance of a task that is made and started at once.
type begun struct {
	*Runner
	change  *change
	written *written
}

// Begin implements task.Runs.
func (r *Runner) Begin(ctx context.Context, row *ent.Task, mock *ent.TaskMock, language string) (task.Begun, error) {
	l, err := r.freshWith(ctx, row, mock, language)
	if err != nil {
		return nil, err
	}
	c := newChange(l, r.Now())
	if err := c.take(cause{}); err != nil {
		return nil, err
	}
	w, err := r.form(ctx, c)
	if err != nil {
		return nil, err
	}
	row.State, row.FinishTime, row.TreeInfoID = w.state, w.finished, &w.treeInfo
	return &begun{r, c, w}, nil
}

// Write implements task.Begun.
func (b *begun) Write(ctx context.Context, tx *ent.Tx) error {
	if err := b.insertRun(ctx, tx, b.change, b.written); err != nil {
		return err
	}
	return b.saveRest(ctx, tx, b.change, b.written)
}

// Go implements task.Begun.
func (b *begun) Go(ctx context.Context) {
	unlock := b.locks.lock(b.change.live.task.ID)
	defer unlock()
	b.stored(ctx, b.change, b.written)
}
