package run

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"rehearse.dev/ent/taskrun"
	"rehearse.dev/internal/engine"
)

// cause is what an advance is made for. The zero value stands for whatever is due.
type cause struct {
	// event builds the event once the run is loaded; nil for none.
	event func(l *live) (engine.Event, error)
	// operation is recorded with the advance.
	operation *operation
	// call is closed with the advance.
	call *closing
	// open makes the run's row, and the task started, with the advance.
	open *opening
}

// maxConflicts is how often an advance is repeated because another process was
// faster.
const maxConflicts = 8

// errConflict says that the run has gone on since it was read.
var errConflict = errors.New("the run has gone on meanwhile")

// errIdle says that nothing was due.
var errIdle = errors.New("nothing is due")

// errStale says that what the advance was made for has been settled by another.
var errStale = errors.New("settled by another process")

// advance takes one task one step further: input, engine, one transaction, effects.
// An operation that the state does not allow is an *engine.RefusedError, and nothing
// is written.
func (r *Runner) advance(ctx context.Context, taskID int, in cause) error {
	unlock := r.locks.lock(taskID)
	defer unlock()
	for range maxConflicts {
		l, err := r.load(ctx, taskID)
		if err != nil {
			return err
		}
		err = r.step(ctx, l, in)
		var refused *engine.RefusedError
		if errors.Is(err, errIdle) || errors.As(err, &refused) {
			// What is in memory knows no reason to write. Another process may have given one,
			// also while the rows of the run were read, one table after the other.
			if behind, err := r.behind(ctx, l); err != nil || behind {
				r.lives.forget(taskID)
				if err != nil {
					return err
				}
				continue
			}
		}
		switch {
		case errors.Is(err, errConflict):
			r.lives.forget(taskID)
		case errors.Is(err, errStale):
			r.lives.forget(taskID)
			return nil
		case errors.Is(err, errIdle):
			return nil
		default:
			return err
		}
	}
	return fmt.Errorf("task %d: %w, %d times", taskID, errConflict, maxConflicts)
}

// behind tells whether a run has gone on since it was read into memory.
func (r *Runner) behind(ctx context.Context, l *live) (bool, error) {
	same, err := r.Store.Read.TaskRun.Query().Where(taskrun.TaskID(l.task.ID), taskrun.Fence(l.fence)).Exist(ctx)
	if err != nil {
		return false, fmt.Errorf("read the fence of task %d: %w", l.task.ID, err)
	}
	return !same, nil
}

// step is one try of an advance on a loaded run. Unless it returns nil, errIdle or a
// refusal the run in memory is spoilt, and forgotten.
func (r *Runner) step(ctx context.Context, l *live, in cause) error {
	c := newChange(l, r.Now())
	if err := c.take(in); err != nil {
		var refused *engine.RefusedError
		if !errors.As(err, &refused) {
			r.lives.forget(l.task.ID)
		}
		return err
	}
	if c.empty() {
		r.lives.keep(l)
		r.setTimer(l.task.ID, l.wakeAt())
		return errIdle
	}
	w, err := r.save(ctx, c)
	if err != nil {
		r.lives.forget(l.task.ID)
		return err
	}
	r.stored(ctx, c, w)
	return nil
}

// stored takes a change over into memory that is in the tables, and carries out what the
// engine asked for. The task is locked.
func (r *Runner) stored(ctx context.Context, c *change, w *written) {
	l, id := c.live, c.live.task.ID
	l.fence, l.lastSeq, l.task.State = c.fence, l.lastSeq+len(w.events), w.state
	if l.over() {
		r.lives.forget(id)
	} else {
		r.lives.keep(l)
	}
	for i := range c.asked {
		r.send(callKey{id, c.asked[i].call.Number})
	}
	r.observe(ctx, c)
}

// observe tells the observer of the executions that ended.
func (r *Runner) observe(ctx context.Context, c *change) {
	if r.Observer == nil {
		return
	}
	l := c.live
	if c.first {
		r.Observer.Started(ctx, l.task.ID)
	}
	ended := false
	for i := range c.records {
		rec := &c.records[i]
		if rec.Kind == engine.RecordState && rec.Node == l.state.Root {
			ended = rec.State == engine.Finished || rec.State == engine.Revoked
		}
		if rec.Kind != engine.RecordState || rec.Node == l.state.Root || rec.State != engine.Finished && rec.State != engine.Failed {
			continue
		}
		info, _ := l.plan.Node(rec.Node)
		row := l.state.Rows[rec.Node]
		r.Observer.Executed(ctx, Ended{
			TaskID: l.task.ID, SpaceID: l.task.SpaceID, NodeID: rec.Node, Plugin: info.Plugin,
			Mocked: l.mocked[rec.Node], State: string(rec.State), Started: row.Started, Finished: rec.At,
			CustomSpanAttributes: spanAttributes(l.task),
		})
	}
	if ended {
		r.Observer.Over(ctx, l.task.ID, string(l.task.State))
	}
}

// change is what an advance does to a run: gathered first, then written at once.
type change struct {
	live *live
	at   time.Time
	in   cause
	// fence is that of the run once the change is written.
	fence int
	// records are what the engine logged, and events what is told of it.
	records []engine.Record
	touched map[string]bool
	asked   []asked
	dropped []int // calls that must not be sent any more
	events  int   // how many of the engine's events were taken
	first   bool  // whether the run begins with this advance
	// wokenAt is when the run wanted to be woken before this advance.
	wokenAt *time.Time
}

// asked is a call that the engine wants.
type asked struct {
	call    *engine.CallPlugin
	attempt int
}

func newChange(l *live, at time.Time) *change {
	return &change{live: l, at: at, fence: l.fence + stride(), touched: map[string]bool{}, wokenAt: l.wakeAt()}
}

// stride is by how much a write raises the fence. It differs each time: after a failover
// that has lost commits, a server may have a run in memory that has gone another way than
// the one in the tables, and must not take that for its own.
func stride() int { return 1 + rand.IntN(1<<30) } //nolint:gosec // no secret

func (c *change) empty() bool {
	return c.events == 0 && c.in.open == nil && c.in.call == nil
}

// take brings the input, and whatever is due, to the engine.
func (c *change) take(in cause) error {
	c.in = in
	l := c.live
	if !l.begun() {
		if in.event != nil {
			return fmt.Errorf("task %d takes no event before its start", l.task.ID)
		}
		c.first = true
		if err := c.send(engine.Event{Kind: engine.EventStart}); err != nil {
			return err
		}
	}
	if in.event != nil {
		e, err := in.event(l)
		if err != nil {
			return err
		}
		if err := c.send(e); err != nil {
			return err
		}
	}
	if in.call != nil {
		delete(l.calls, in.call.number)
		if in.call.sent() {
			l.realCalls++
		}
	}
	return c.due()
}

// due lets the timers go off whose time has come.
func (c *change) due() error {
	l := c.live
	pending := l.wakes
	l.wakes = nil
	for i := range pending {
		w := pending[i]
		// What a step has left over waits for an advance of its own.
		if w.At.After(c.at) || w.Timer == engine.TimerContinue && c.events > 0 {
			l.wakes = append(l.wakes, w)
			continue
		}
		if err := c.send(engine.Event{Kind: engine.EventWake, Wake: &w}); err != nil {
			return err
		}
	}
	kept, rest := l.wakes[:0], false
	for i := range l.wakes {
		again := l.wakes[i].Timer == engine.TimerContinue
		if again && rest || !matters(l.state, &l.wakes[i]) {
			continue
		}
		kept, rest = append(kept, l.wakes[i]), rest || again
	}
	l.wakes = kept
	for number, open := range l.calls {
		row := l.state.Rows[open.node]
		if row == nil || row.Schedule == nil || row.Schedule.Pending != number {
			c.dropped = append(c.dropped, number)
		}
	}
	return nil
}

// matters tells whether a timer can still do something.
func matters(s *engine.State, w *engine.Wake) bool {
	if w.Timer == engine.TimerContinue {
		return len(s.Pending) > 0
	}
	row := s.Rows[w.Node]
	switch {
	case row == nil || row.Version != w.Version:
		return false
	case w.Timer == engine.TimerAutoRetry:
		return row.State == engine.Failed
	case w.Timer == engine.TimerTimeout:
		return row.TimeoutAt.Equal(w.At)
	default:
		return row.State == engine.Running
	}
}

// send gives one event to the engine.
func (c *change) send(e engine.Event) error {
	l := c.live
	e.At = c.at
	state, result, err := engine.Step(l.plan, l.state, e)
	if err != nil {
		return err
	}
	l.state = state
	c.events++
	c.records = append(c.records, result.Log...)
	for _, key := range result.Changed {
		c.touched[key] = true
	}
	for _, effect := range result.Effects {
		if effect.Wake != nil {
			l.wakes = append(l.wakes, *effect.Wake)
		}
		if effect.Call != nil {
			attempt := l.state.Rows[effect.Call.Node].Histories + 1
			c.asked = append(c.asked, asked{effect.Call, attempt})
			l.calls[effect.Call.Number] = openCall{effect.Call.Node, attempt}
		}
	}
	return nil
}
