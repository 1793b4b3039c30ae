package run

import "context"

// SweepCalls does what the sweep of leases does.
func (r *Runner) SweepCalls(ctx context.Context) error { return r.sweepCalls(ctx) }

// Send carries a call out in the background, as the runner does after a commit.
func (r *Runner) Send(taskID, number int) { r.send(callKey{taskID, number}) }

// InFlight tells how many calls the runner works at.
func (r *Runner) InFlight() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.inflight)
}

// ExpireRows is how many rows of one table a transaction of the sweep takes.
const ExpireRows = expireRows

// HasStopped tells whether the runner begins nothing new.
func (r *Runner) HasStopped() bool { return r.hasStopped() }
