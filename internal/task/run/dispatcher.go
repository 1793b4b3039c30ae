package run

import (
	"context"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store"
)

// Dispatcher sees to it that a task is advanced at a time. It only wakes: the tables
// say what is due (TaskRun's wake_at), so it may wake too late, twice or for nothing,
// and a sweep finds what it loses.
type Dispatcher interface {
	// Wake asks for an advance of the task at that time, in place of what was asked
	// before; nil asks for none. It belongs to the transaction of ctx and counts when
	// that is committed.
	Wake(ctx context.Context, tx *ent.Tx, taskID int, at *time.Time) error
}

var _ Dispatcher = (*timers)(nil)

// Wake sets the timer of a task in this process, once the transaction is committed.
func (t *timers) Wake(ctx context.Context, _ *ent.Tx, taskID int, at *time.Time) error {
	if at != nil {
		copied := *at
		at = &copied
	}
	store.AfterCommit(ctx, func() { t.set(taskID, at) })
	return nil
}
