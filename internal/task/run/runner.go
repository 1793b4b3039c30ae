package run

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/relay"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/template"
)

// Settings reads the settings of a space; space.Service does.
type Settings interface {
	Setting(ctx context.Context, client *ent.Client, spaceID int, name string) (json.RawMessage, error)
}

// Calls carries out real calls; realcall.Service does.
type Calls interface {
	// Prepare reads what the call needs. When it fails, nothing was sent.
	Prepare(ctx context.Context, c *realcall.Call) error
	// Do makes a prepared call. It returns with an outcome, whatever happens.
	Do(ctx context.Context, c realcall.Call) realcall.Result
	// Repeatable tells whether the call may be made again after a stop.
	Repeatable(e *engine.CallPlugin) bool
	// Timeout is the longest time that the call may take.
	Timeout(e *engine.CallPlugin) time.Duration
}

// Observer is told what ended; telemetry does. It must not block.
type Observer interface {
	// Started is told of each task that begins to run, under the context of whoever
	// started it.
	Started(ctx context.Context, taskID int)
	// Executed is told of each execution of a node that ended.
	Executed(ctx context.Context, e Ended)
	// Over is told of each task that ended, with its last state.
	Over(ctx context.Context, taskID int, state string)
}

// Ended is an execution that ended.
type Ended struct {
	TaskID, SpaceID      int
	NodeID, Plugin       string
	Mocked               bool
	State                string
	Started, Finished    time.Time
	CustomSpanAttributes json.RawMessage
}

// Deps are what the runner needs; all of it must be set but Observer, Dispatcher and
// Retain.
type Deps struct {
	Store    *store.Store
	Trees    *template.Trees
	Plans    *Plans
	Settings Settings
	Calls    Calls
	Keys     *seal.Keyring
	Relay    *relay.Relay
	Observer Observer
	// Dispatcher spreads wake-ups over the servers of one database; nil when there is one
	// server, whose timers do.
	Dispatcher Dispatcher
	// Now is the clock: UTC, in microseconds.
	Now func() time.Time
	Log *slog.Logger
	// Owner names this process; no other process ever had the name.
	Owner string
	// Retain is how long the run data of tasks that ended are kept; 0 keeps them.
	Retain time.Duration
}

// Runner makes tasks go on. It is safe for concurrent use. Until Start nothing
// happens by itself, but operations work.
type Runner struct {
	Deps
	locks  *locks
	lives  *lives
	timers *timers
	infos  sync.Map // tree info id by snapshot id

	mu       sync.Mutex
	inflight map[callKey]*lease
	base     context.Context // ends when calls must be given up
	giveUp   context.CancelFunc
	stopped  chan struct{} // closed when nothing new may begin
	stopOnce sync.Once
	work     sync.WaitGroup
	slots    chan struct{}
	loops    sync.WaitGroup
}

// maxCalls bounds the real calls that are under way at once, maxAdvances the
// advances that timers begin.
const (
	maxCalls    = 64
	maxAdvances = 16
)

// New makes a runner.
func New(deps Deps) *Runner {
	r := &Runner{
		Deps: deps, locks: newLocks(), lives: newLives(), inflight: map[callKey]*lease{},
		stopped: make(chan struct{}), slots: make(chan struct{}, maxCalls),
	}
	r.base, r.giveUp = context.WithCancel(context.Background())
	r.timers = newTimers(deps.Now)
	return r
}

// Start takes up what an earlier process has left, and from then on lets timers go
// off, sends calls and sweeps leases, until Stop.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.recover(ctx); err != nil {
		return err
	}
	r.loops.Add(3)
	go r.watchTimers()
	go r.watchLeases()
	go r.prolong()
	if r.Retain > 0 {
		r.loops.Add(1)
		go r.watchRetention()
	}
	return nil
}

// Forget drops what is in memory of runs and trees: ids may mean others now. What is under
// way goes on, and finds out by the fence of its run.
func (r *Runner) Forget() {
	r.infos.Clear()
	r.lives.forgetAll()
}

// Stop begins nothing new and waits for the calls that are under way, until ctx
// ends; the rest is given up, and their outcomes are unknown.
func (r *Runner) Stop(ctx context.Context) {
	r.stopOnce.Do(func() {
		r.mu.Lock()
		close(r.stopped)
		r.mu.Unlock()
		done := make(chan struct{})
		go func() {
			r.work.Wait()
			close(done)
		}()
		select {
		case <-done:
		case <-ctx.Done():
		}
		r.giveUp()
		<-done
		r.loops.Wait()
	})
}

// begin counts a piece of work in, unless the runner has stopped.
func (r *Runner) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.stopped:
		return false
	default:
		r.work.Add(1)
		return true
	}
}

// hasStopped tells whether nothing new may begin.
func (r *Runner) hasStopped() bool {
	select {
	case <-r.stopped:
		return true
	default:
		return false
	}
}

// recover sets the timers of all runs that have one, or of those that the dispatcher
// should have woken, and sends what waits to be sent.
func (r *Runner) recover(ctx context.Context) error {
	var overdue time.Time
	if r.Dispatcher != nil {
		overdue = r.Now()
	}
	if err := r.sweepWakes(ctx, overdue); err != nil {
		return err
	}
	return r.sweepCalls(ctx)
}
