// Package simulate runs a pipeline tree on a virtual clock: timers cost nothing,
// nothing real is called, and everything that happened is kept. It is the
// harness of the conformance cases, of "rehearse simulate", and of whoever wants
// to know what a tree would do.
//
// The package is pure: it reads no clock and no file. A node whose plugin would
// really call out stops the run, and the run says so.
package simulate

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
)

// Epoch is where the virtual clock starts unless Config says otherwise.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// MaxWakes is how many timers one Rest lets go off, so that a node that polls for
// ever ends.
const MaxWakes = 100_000

// ErrWakes is returned by Rest when MaxWakes was met.
var ErrWakes = errors.New("the run does not come to rest: a node polls for ever")

// ErrRoundTrip is wrapped by errors of a run with Config.RoundTrip: the state did
// not survive its JSON form.
var ErrRoundTrip = errors.New("the state changed on its way through JSON")

// Config is how a run is made.
type Config struct {
	engine.Init
	// Start is where the virtual clock starts; zero means Epoch.
	Start time.Time
	// RoundTrip brings the state through JSON before every step, and fails the run if
	// that changes it. It is for tests.
	RoundTrip bool
	// StepLimit is engine.Options.StepLimit for the plans of cases; 0 is the default.
	StepLimit int
	// Hold keeps the time limits of nodes that stand at a real call from going off:
	// how long the call would take is not known, so that the run stands there.
	Hold bool
}

// Run is one simulated run. It is not safe for concurrent use.
type Run struct {
	plan      *engine.Plan
	state     *engine.State
	start     time.Time
	now       time.Time
	timers    timers
	serial    int
	calls     []engine.CallPlugin
	log       []engine.Record
	roundTrip bool
	hold      bool
}

// New makes a run that has not started.
func New(plan *engine.Plan, config Config) *Run {
	if config.Start.IsZero() {
		config.Start = Epoch
	}
	return &Run{
		plan: plan, state: engine.NewState(plan, config.Init),
		start: config.Start, now: config.Start, roundTrip: config.RoundTrip, hold: config.Hold,
	}
}

// Start begins the run and lets it go on until it rests.
func (r *Run) Start() error {
	if err := r.Send(engine.Event{Kind: engine.EventStart}); err != nil {
		return err
	}
	return r.Rest()
}

// Apply carries out an operation and lets the run go on until it rests. A refusal
// is an *engine.RefusedError; then nothing has changed.
func (r *Run) Apply(o engine.Operation) error {
	if err := r.Send(engine.Event{Kind: engine.EventOperation, Operation: &o}); err != nil {
		return err
	}
	return r.Rest()
}

// Rest lets timers go off, in order of their time, until none is left.
func (r *Run) Rest() error {
	for range MaxWakes {
		if more, err := r.Tick(); !more || err != nil {
			return err
		}
	}
	return ErrWakes
}

// Tick lets the next timer go off and moves the clock there. It returns false
// when no timer is left. Timers that change nothing any more are dropped: a run
// that rests must not be said to have waited for the timeout of a node that has
// long been finished.
func (r *Run) Tick() (bool, error) {
	for len(r.timers) > 0 {
		t := heap.Pop(&r.timers).(timer)
		if !r.due(&t.wake) {
			continue
		}
		if t.wake.At.After(r.now) {
			r.now = t.wake.At
		}
		return true, r.Send(engine.Event{Kind: engine.EventWake, Wake: &t.wake})
	}
	return false, nil
}

// due tells whether a timer still matters.
func (r *Run) due(w *engine.Wake) bool {
	if w.Timer == engine.TimerContinue {
		return true
	}
	row := r.state.Rows[w.Node]
	if row == nil || row.Version != w.Version {
		return false
	}
	switch w.Timer {
	case engine.TimerAutoRetry:
		return row.State == engine.Failed
	case engine.TimerTimeout:
		held := r.hold && row.Schedule != nil && row.Schedule.Pending != 0
		return !held && row.State == engine.Running && row.TimeoutAt.Equal(w.At)
	default:
		return row.State == engine.Running
	}
}

// Send takes one event, at the present virtual time, and does not wait for
// timers. Start, Apply and Rest are made of it.
func (r *Run) Send(event engine.Event) error {
	event.At = r.now
	if r.roundTrip {
		if err := r.reload(); err != nil {
			return err
		}
	}
	state, result, err := engine.Step(r.plan, r.state, event)
	r.state = state
	if err != nil {
		return err
	}
	r.log = append(r.log, result.Log...)
	for _, effect := range result.Effects {
		switch {
		case effect.Wake != nil:
			r.serial++
			heap.Push(&r.timers, timer{wake: *effect.Wake, serial: r.serial})
		case effect.Call != nil:
			r.calls = append(r.calls, *effect.Call)
		}
	}
	return nil
}

// reload replaces the state by what its JSON form holds.
func (r *Run) reload() error {
	before, err := json.Marshal(r.state)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRoundTrip, err)
	}
	state := new(engine.State)
	if err := json.Unmarshal(before, state); err != nil {
		return fmt.Errorf("%w: %w", ErrRoundTrip, err)
	}
	after, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRoundTrip, err)
	}
	if !bytes.Equal(before, after) {
		return fmt.Errorf("%w:\n%s\n%s", ErrRoundTrip, before, after)
	}
	r.state = state
	return nil
}

// State returns the state. It belongs to the run.
func (r *Run) State() *engine.State { return r.state }

// Log returns everything that happened so far, in order, but what Take took. It
// belongs to the run.
func (r *Run) Log() []engine.Record { return r.log }

// Take returns what happened since the last Take, in order, and forgets it: a long
// run that is watched step by step need not be kept as a whole. A Report lacks what
// was taken.
func (r *Run) Take() []engine.Record {
	taken := r.log
	r.log = nil
	return taken
}

// Elapsed is the virtual time that has passed.
func (r *Run) Elapsed() time.Duration { return r.now.Sub(r.start) }

// Calls lists the real calls that the run would make now and does not: what it
// stands at. A call whose node has moved on is not listed.
func (r *Run) Calls() []engine.CallPlugin {
	var open []engine.CallPlugin
	for i := range r.calls {
		c := &r.calls[i]
		row := r.state.Rows[c.Node]
		if row != nil && row.Version == c.Version && row.State == engine.Running && row.Schedule != nil && row.Schedule.Pending == c.Number {
			open = append(open, *c)
		}
	}
	return open
}

// Context gives the variables of the root scope at present.
func (r *Run) Context() *expr.Dict { return r.state.Context(r.plan, "") }

// parallel tells whether the run passed a gateway that forks.
func (r *Run) parallel() bool {
	for key := range r.state.Rows {
		info, _ := r.plan.Node(key)
		kind := flow.GatewayKind(info.Kind)
		if kind == flow.ParallelGateway || kind == flow.ConditionalParallelGateway {
			return true
		}
	}
	return false
}

// timer is a wake-up that the virtual clock has to bring.
type timer struct {
	wake   engine.Wake
	serial int
}

// timers is a heap by time, then by age.
type timers []timer

func (t timers) Len() int { return len(t) }

func (t timers) Less(i, j int) bool {
	if !t[i].wake.At.Equal(t[j].wake.At) {
		return t[i].wake.At.Before(t[j].wake.At)
	}
	return t[i].serial < t[j].serial
}

func (t timers) Swap(i, j int) { t[i], t[j] = t[j], t[i] }

// Push adds a timer, for container/heap.
func (t *timers) Push(x any) { *t = append(*t, x.(timer)) }

// Pop takes the last timer, for container/heap.
func (t *timers) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	*t = (*t)[:last]
	return x
}
