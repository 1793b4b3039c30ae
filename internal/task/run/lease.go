package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/predicate"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskrun"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
)

// Times of leases. A process that stops prolonging is taken to have gone after
// leaseTime; it gives its own calls up leaseMargin before that, so that nobody says
// of a call that its outcome is unknown while its sender still waits for it.
const (
	leaseTime    = 7 * time.Second
	leaseMargin  = 2 * time.Second
	prolongEvery = 2 * time.Second
	sweepEvery   = 2 * time.Second
	// sweepLag is how late a timer or a call must be before the sweep takes it for lost.
	sweepLag = 3 * time.Second
	// sweepPage bounds what one sweep takes up.
	sweepPage = 500
)

// lease ends the context of a call when its lease cannot be prolonged.
type lease struct {
	ctx    context.Context    //nolint:containedctx // ended when the call is given up
	cancel context.CancelFunc // nil until the call is claimed
	timer  *time.Timer
}

// hold begins the lease of a call that was claimed at that time.
func (r *Runner) hold(key callKey, claimed time.Time) (context.Context, *lease) {
	ctx, cancel := context.WithCancel(r.base)
	left := r.holds(claimed)
	l := &lease{ctx: ctx, cancel: cancel, timer: time.AfterFunc(left, cancel)}
	if left <= 0 { // this process stood still: the timer might be later than the call
		cancel()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inflight[key] = l
	return ctx, l
}

// holds is how long a call may still be under way whose lease was claimed or prolonged
// at that time, by the clock that the lease was written with.
func (r *Runner) holds(since time.Time) time.Duration {
	return leaseTime - leaseMargin - r.Now().Sub(since)
}

func (l *lease) end() {
	l.timer.Stop()
	l.cancel()
}

// prolong prolongs the leases of the calls that are under way.
func (r *Runner) prolong() {
	defer r.loops.Done()
	tick := time.NewTicker(prolongEvery)
	defer tick.Stop()
	for {
		select {
		case <-r.base.Done():
			return
		case <-tick.C:
		}
		held := r.held()
		if len(held) == 0 {
			continue
		}
		// Only these: a call that was given up must run out, or nobody ever says that its
		// outcome is unknown.
		which := make([]predicate.TaskCall, 0, len(held))
		for key := range held {
			which = append(which, taskcall.And(taskcall.TaskID(key.taskID), taskcall.Number(key.number)))
		}
		at := r.Now()
		err := r.Store.Guarded(r.base, func(ctx context.Context, tx *ent.Tx) error {
			return tx.TaskCall.Update().Where(taskcall.Owner(r.Owner), taskcall.StatusEQ(taskcall.StatusSENT), taskcall.Or(which...)).
				SetLeaseUntil(at.Add(leaseTime)).Exec(ctx)
		})
		if err != nil {
			r.Log.Error("leases could not be prolonged", "error", err)
			continue
		}
		for _, l := range held {
			l.timer.Reset(r.holds(at)) // not from now on: the writing may have taken seconds
		}
	}
}

// held are the leases of claimed calls that have not been given up.
func (r *Runner) held() map[callKey]*lease {
	r.mu.Lock()
	defer r.mu.Unlock()
	held := map[callKey]*lease{}
	for key, l := range r.inflight {
		if l.cancel != nil && l.ctx.Err() == nil {
			held[key] = l
		}
	}
	return held
}

// watchLeases finds calls of processes that have gone, and what else got lost.
func (r *Runner) watchLeases() {
	defer r.loops.Done()
	// Servers that were started together do not sweep together.
	tick := time.NewTicker(sweepEvery - time.Duration(rand.Int64N(int64(sweepEvery/4)))) //nolint:gosec // no secret
	defer tick.Stop()
	for {
		select {
		case <-r.stopped:
			return
		case <-tick.C:
		}
		err := errors.Join(r.sweepWakes(r.base, r.Now().Add(-sweepLag)), r.sweepCalls(r.base))
		if err != nil && r.base.Err() == nil {
			r.Log.Error("the sweep failed; it comes again", "error", err)
		}
	}
}

// sweepWakes sets the timers of runs that are overdue at the given time, all timers for
// the zero time.
func (r *Runner) sweepWakes(ctx context.Context, overdue time.Time) error {
	query := r.Store.Read.TaskRun.Query().Where(taskrun.WakeAtNotNil())
	if !overdue.IsZero() {
		query.Where(taskrun.WakeAtLT(overdue)).Limit(sweepPage)
	}
	rows, err := query.Select(taskrun.FieldTaskID, taskrun.FieldWakeAt).All(ctx)
	if err != nil {
		return fmt.Errorf("read the timers: %w", err)
	}
	for _, row := range rows {
		r.timers.sooner(row.TaskID, *row.WakeAt)
	}
	return nil
}

// wakeAt is when a task wants to be woken, nil for never.
func (r *Runner) wakeAt(ctx context.Context, taskID int) (*time.Time, error) {
	row, err := r.Store.Read.TaskRun.Query().Where(taskrun.TaskID(taskID)).Select(taskrun.FieldWakeAt).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the timer of task %d: %w", taskID, err)
	}
	return row.WakeAt, nil
}

// sweepCalls sends calls that wait for it, and settles those whose sender has gone.
func (r *Runner) sweepCalls(ctx context.Context) error {
	rows, err := r.Store.Read.TaskCall.Query().
		Where(taskcall.Or(
			taskcall.StatusEQ(taskcall.StatusREADY),
			taskcall.And(taskcall.StatusEQ(taskcall.StatusSENT), taskcall.LeaseUntilLT(r.Now())),
		)).Limit(sweepPage).All(ctx)
	if err != nil {
		return fmt.Errorf("read the open calls: %w", err)
	}
	for _, row := range rows {
		if row.Status == taskcall.StatusREADY {
			r.send(callKey{row.TaskID, row.Number})
			continue
		}
		if err := r.lost(ctx, row); err != nil { // the other rows must not wait for this one
			r.Log.Error("a lost call could not be settled; it is tried again", "task", row.TaskID, "call", row.Number, "error", err)
		}
	}
	return nil
}

// lost settles a call whose sender has gone: its outcome is unknown. A poll has no
// effect and goes on as if it had brought nothing; every other call fails its node,
// and a person decides.
func (r *Runner) lost(ctx context.Context, row *ent.TaskCall) error {
	var effect engine.CallPlugin
	if err := json.Unmarshal(row.Effect, &effect); err != nil {
		return fmt.Errorf("decode call %d of task %d: %w", row.Number, row.TaskID, err)
	}
	o := &engine.Outcome{Node: effect.Node, Version: effect.Version, Call: effect.Number, Outputs: effect.Outputs, Unknown: true}
	if r.Calls.Repeatable(&effect) {
		o.Unknown, o.Answer = false, engine.Waiting(sweepLag)
	}
	done := &closing{
		number: row.Number, node: row.NodeID, loop: effect.Loop, status: taskcall.StatusUNKNOWN, expired: true,
		shown: &event.Call{SentAt: *row.SentAt, Outcome: string(taskcall.StatusUNKNOWN), Error: "the server stopped while the call was under way"},
	}
	r.Log.Warn("the outcome of a call is unknown", "task", row.TaskID, "node", row.NodeID, "call", row.Number)
	return r.advance(ctx, row.TaskID, cause{call: done, event: outcome(o)})
}
