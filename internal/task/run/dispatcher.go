package run

import (
	"context"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store"
)

// Dispatcher sees to it that some server advances a task at a time. It only wakes: the
// tables say what is due (TaskRun's wake_at), so it may wake too late, twice or for
// nothing, and a sweep finds what it loses.
type Dispatcher interface {
	// Wake asks for an advance of the task at that time, nil for none. It belongs to the
	// transaction of ctx and counts when that is committed. What was asked before may stay.
	Wake(ctx context.Context, tx *ent.Tx, taskID int, at *time.Time) error
}

// Near is how far ahead a timer of this process wakes a task. With a dispatcher, it is
// asked for what is farther, and for nothing nearer: if this process stops, the sweep of
// another is no later than a dispatcher would be.
const Near = 8 * time.Second

// wakeWith asks for the advance that a change has made necessary, with its transaction.
func (r *Runner) wakeWith(ctx context.Context, tx *ent.Tx, c *change) error {
	id, at := c.live.task.ID, c.live.wakeAt()
	store.AfterCommit(ctx, func() { r.setTimer(id, at) })
	if r.Dispatcher == nil || at == nil || c.wokenAt != nil && c.wokenAt.Equal(*at) {
		return nil
	}
	return r.Dispatcher.Wake(ctx, tx, id, at)
}

// setTimer sets the timer of a task in this process, nil for none.
func (r *Runner) setTimer(taskID int, at *time.Time) {
	if r.Dispatcher != nil && at != nil && at.Sub(r.Now()) >= Near {
		at = nil
	}
	r.timers.set(taskID, at)
}

// Wake advances a task by what is due, for a dispatcher. When that is nothing yet, it
// returns the time at which something will be; nil says that the task need not be woken
// any more. A task without a run is none to wake.
func (r *Runner) Wake(ctx context.Context, taskID int) (*time.Time, error) {
	at, err := r.wakeAt(ctx, taskID)
	if err != nil || at == nil || at.After(r.Now()) {
		return at, err
	}
	if !r.begin() {
		return nil, context.Canceled
	}
	defer r.work.Done()
	return nil, r.advanceDue(ctx, taskID)
}
