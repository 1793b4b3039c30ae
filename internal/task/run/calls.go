package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/task"
)

// callKey names a call.
type callKey struct{ taskID, number int }

// closing is a call that is over, and what is known of it.
type closing struct {
	number int
	node   string
	loop   int
	status taskcall.Status
	// shown is what people see; nil when nothing was sent.
	shown      *event.Call
	credential *realcall.CredentialUse
	// expired is set for a call of a process that has gone.
	expired bool
}

// sent tells whether the call counts as one that was made.
func (c *closing) sent() bool { return c.shown != nil }

// save closes the call's row, unless somebody else has.
func (c *closing) save(ctx context.Context, tx *ent.Tx, taskID int, owner string, at time.Time) error {
	update := tx.TaskCall.Update().
		Where(taskcall.TaskID(taskID), taskcall.Number(c.number), taskcall.StatusEQ(taskcall.StatusSENT)).
		SetStatus(c.status).ClearEffect()
	if c.expired {
		update.Where(taskcall.LeaseUntilLT(at))
	} else {
		update.Where(taskcall.Owner(owner))
	}
	if c.shown != nil {
		raw, err := json.Marshal(c.shown)
		if err != nil {
			return fmt.Errorf("encode a call: %w", err)
		}
		update.SetExchange(raw)
	}
	if c.credential != nil {
		update.SetCredentialSource(c.credential.Source).SetCredentialName(c.credential.Name)
	}
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		return errStale
	}
	return err
}

// send carries out a call in the background, if nobody does already.
func (r *Runner) send(key callKey) {
	if !r.begin() {
		return
	}
	r.mu.Lock()
	_, known := r.inflight[key]
	if !known {
		r.inflight[key] = &lease{}
	}
	r.mu.Unlock()
	if known {
		r.work.Done()
		return
	}
	go func() {
		defer r.work.Done()
		defer func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			delete(r.inflight, key)
		}()
		select {
		case r.slots <- struct{}{}:
			defer func() { <-r.slots }()
		case <-r.stopped:
		}
		if r.hasStopped() {
			return // it is READY, and the next process sends it
		}
		if err := r.carryOut(key); err != nil && r.base.Err() == nil {
			r.Log.Error("a real call could not be carried out", "task", key.taskID, "call", key.number, "error", err)
		}
	}()
}

// carryOut claims a call, makes it, and brings its outcome to the run.
func (r *Runner) carryOut(key callKey) error {
	row, err := r.Store.Read.TaskCall.Query().Where(taskcall.TaskID(key.taskID), taskcall.Number(key.number)).Only(r.base)
	if err != nil {
		return fmt.Errorf("read the call: %w", err)
	}
	var effect engine.CallPlugin
	if row.Status != taskcall.StatusREADY {
		return nil
	}
	if err := json.Unmarshal(row.Effect, &effect); err != nil {
		return fmt.Errorf("decode the call: %w", err)
	}
	call := realcall.Call{Effect: effect}
	if call.Task, err = r.taskOf(key.taskID); err != nil {
		return err
	}
	// What fails up to here is tried again by the sweep; from here on it is an outcome.
	if err := r.Calls.Prepare(r.base, &call); err != nil {
		return err
	}
	sent, mine, err := r.claim(key)
	if err != nil || !mine {
		return err
	}
	call.At = sent
	ctx, held := r.hold(key, sent)
	defer held.end()
	limited, cancel := context.WithTimeout(ctx, r.Calls.Timeout(&effect))
	defer cancel()
	result := r.Calls.Do(limited, call)
	if ctx.Err() != nil {
		return nil // given up, or the lease is lost: the outcome is unknown, and the sweep says so
	}
	done := &closing{
		number: key.number, node: effect.Node, loop: effect.Loop, status: taskcall.StatusDONE,
		shown: shownCall(&result, sent), credential: result.Credential,
	}
	return r.settle(ctx, key.taskID, cause{call: done, event: outcome(&result.Outcome)})
}

// settle stores an outcome; it tries again as long as the lease holds, and says so once.
func (r *Runner) settle(ctx context.Context, taskID int, in cause) error {
	const pause = 200 * time.Millisecond
	for first := true; ; first = false {
		err := r.advance(ctx, taskID, in)
		if err == nil || errors.Is(err, context.Canceled) {
			return err
		}
		if first {
			r.Log.Error("an outcome could not be stored; it is tried again", "task", taskID, "error", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func outcome(o *engine.Outcome) func(*live) (engine.Event, error) {
	return func(*live) (engine.Event, error) {
		return engine.Event{Kind: engine.EventOutcome, Outcome: o}, nil
	}
}

// claim turns a call from READY to SENT; only who did that may make it.
func (r *Runner) claim(key callKey) (at time.Time, mine bool, err error) {
	at = r.Now()
	err = r.Store.Guarded(r.base, func(ctx context.Context, tx *ent.Tx) error {
		n, err := tx.TaskCall.Update().
			Where(taskcall.TaskID(key.taskID), taskcall.Number(key.number), taskcall.StatusEQ(taskcall.StatusREADY)).
			SetStatus(taskcall.StatusSENT).SetOwner(r.Owner).SetSentAt(at).SetLeaseUntil(at.Add(leaseTime)).Save(ctx)
		mine = n == 1
		return err
	})
	return at, mine, err
}

// taskOf is what calls tell of their task, credentials opened.
func (r *Runner) taskOf(taskID int) (realcall.Task, error) {
	row, err := r.Store.Read.Task.Query().Where(enttask.ID(taskID)).Only(r.base)
	if err != nil {
		return realcall.Task{}, fmt.Errorf("read task %d: %w", taskID, err)
	}
	t := realcall.Task{
		ID: row.ID, SpaceID: row.SpaceID, TemplateID: row.TemplateID, Name: row.Name, Operator: row.Executor,
	}
	if row.ScopeType != nil && row.ScopeValue != nil {
		t.ScopeType, t.ScopeValue = *row.ScopeType, *row.ScopeValue
	}
	if len(row.SealedCredentials) == 0 {
		return t, nil
	}
	plain, err := r.Keys.Open(row.SealedCredentials, task.CredentialContext(row.InstanceID))
	if err != nil {
		return t, fmt.Errorf("open the credentials of task %d: %w", taskID, err)
	}
	if json.Unmarshal(plain, &t.Credentials) != nil {
		return t, fmt.Errorf("the credentials of task %d are no object", taskID)
	}
	return t, nil
}

// shownCall is a call as people see it, nil when nothing was sent.
func shownCall(result *realcall.Result, sent time.Time) *event.Call {
	x := result.Exchange
	if x == nil {
		return nil
	}
	millis := x.Duration.Milliseconds()
	return &event.Call{
		Method: x.Method, URL: x.URL, Status: x.Status, SentAt: sent, Millis: &millis, Error: x.Error, Outcome: string(taskcall.StatusDONE),
	}
}
