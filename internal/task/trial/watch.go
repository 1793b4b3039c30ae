package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/task/run"
)

// Limits of a simulation. A run of mocked nodes takes microseconds per node, so that
// only one that loops or polls for ever meets them.
const (
	// maxSimulations is how many may be under way at once; others wait.
	maxSimulations = 4
	// maxSimulation is the time that one may take.
	maxSimulation = 5 * time.Second
	// maxTimers is how many timers may go off.
	maxTimers = 100_000
	// maxKept is about how many bytes of JSON are kept of executions that are over and
	// of decisions.
	maxKept = 32 << 20
	// simulationStep is how many nodes are entered between two looks at the limits.
	simulationStep = 16
	// MaxSimulatedEvents is how many events are kept.
	MaxSimulatedEvents = 1000
	// maxAttempts is how many executions are kept of each node.
	maxAttempts = 100
)

// Why a simulation was cut off.
var (
	errTooLong  = fmt.Errorf("the simulation was cut off: it takes more than %v of real time", maxSimulation)
	errTimers   = fmt.Errorf("the simulation was cut off after %d timers: it does not come to rest", maxTimers)
	errTooLarge = fmt.Errorf("the simulation was cut off: what its nodes got and gave takes more than %d MiB", maxKept>>20)
)

func isCut(err error) bool {
	return errors.Is(err, errTooLong) || errors.Is(err, errTimers) || errors.Is(err, errTooLarge)
}

// watcher follows a simulated run and keeps what is shown of it.
type watcher struct {
	plan  *engine.Plan
	run   *simulate.Run
	start time.Time
	// ended are the latest executions that are over, by node, and count how many there
	// were in all.
	ended map[string][]run.Execution
	count map[string]int
	// decisions and unresolved are those of the present executions.
	decisions  map[string]*event.Decision
	unresolved map[string][]event.Unresolved
	events     []event.Event
	kept       int // bytes
	// shown is the present state of the task, told the one that the events have come to.
	shown, told string
}

func watch(plan *engine.Plan, config simulate.Config) *watcher {
	created := string(engine.ShownCreated)
	return &watcher{
		plan: plan, run: simulate.New(plan, config), start: config.Start, shown: created, told: created,
		ended: map[string][]run.Execution{}, count: map[string]int{},
		decisions: map[string]*event.Decision{}, unresolved: map[string][]event.Unresolved{},
	}
}

// play runs until nothing is left but to wait for the outside. It returns one of the
// errors that isCut knows, the error of ctx, or a defect.
func (w *watcher) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, maxSimulation, errTooLong)
	defer cancel()
	if err := w.run.Send(engine.Event{Kind: engine.EventStart}); err != nil {
		return err
	}
	if err := w.take(); err != nil {
		return err
	}
	for range maxTimers {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if w.kept > maxKept {
			return errTooLarge
		}
		if more, err := w.tick(); err != nil || !more {
			return err
		}
	}
	return errTimers
}

// tick lets one timer go off. All that happens at one moment is one change of the
// task's state, as in a real run.
func (w *watcher) tick() (more bool, err error) {
	before := w.run.Elapsed()
	if more, err = w.run.Tick(); err != nil {
		return false, err
	}
	if !more || w.run.Elapsed() != before {
		w.settle(w.start.Add(before))
	}
	return more, w.take()
}

// settle tells of a change of the task's state.
func (w *watcher) settle(at time.Time) {
	if w.shown != w.told {
		w.tell(event.Event{Kind: event.KindTask, At: at, From: w.told, State: w.shown})
		w.told = w.shown
	}
}

func (w *watcher) tell(e event.Event) {
	if len(w.events) < MaxSimulatedEvents {
		e.Seq = len(w.events) + 1
		w.events = append(w.events, e)
	}
}

// take keeps what has happened.
func (w *watcher) take() error {
	state := w.run.State()
	records := w.run.Take()
	if len(records) == 0 {
		return nil
	}
	w.shown = shownState(state.Show(w.plan))
	for i := range records {
		told, err := run.Events(records[i:i+1], state.Root)
		if err != nil {
			return err
		}
		for _, e := range told {
			w.tell(e)
			w.keep(&records[i], &e)
		}
	}
	return nil
}

// keep takes a record and its event into what is shown of the node.
func (w *watcher) keep(rec *engine.Record, e *event.Event) {
	switch e.Kind {
	case event.KindAttempt:
		over := run.EndedExecution(rec)
		w.kept += size(over.Inputs) + size(over.Outputs)
		earlier := w.ended[rec.Node]
		w.ended[rec.Node] = append(earlier[max(0, len(earlier)-maxAttempts+2):], over)
		w.count[rec.Node]++
		delete(w.decisions, rec.Node)
		delete(w.unresolved, rec.Node)
	case event.KindDecision:
		w.decisions[rec.Node] = e.Decision
		for i := range e.Decision.Branches {
			b := &e.Decision.Branches[i]
			w.kept += len(b.Rendered)
			for _, o := range b.Operands {
				w.kept += len(o.Value)
			}
		}
	case event.KindUnresolved:
		w.unresolved[rec.Node] = append(w.unresolved[rec.Node], *e.Unresolved)
	}
}

// size is how much JSON an object is.
func size(d *expr.Dict) int {
	raw, err := expr.Encode(d)
	if err != nil {
		return 0
	}
	return len(raw)
}

// shownState is a state as tasks have it.
func shownState(s engine.Shown) string {
	if s == engine.ShownNodeSuspended {
		s = engine.Shown(engine.Suspended)
	}
	return string(s)
}

// fill shows what the run came to.
func (w *watcher) fill(sim *Simulation) error {
	state := w.run.State()
	sim.State, sim.Elapsed, sim.Events = w.shown, w.run.Elapsed(), w.events
	sim.Variables, sim.VariablesCut = run.VariablesOf(w.plan, state)
	if root := state.Rows[state.Root]; root != nil && root.State == engine.Finished {
		outputs, err := json.Marshal(root.Outputs)
		if err != nil {
			return fmt.Errorf("encode the outputs: %w", err)
		}
		sim.Outputs = outputs
	}
	calls := map[string]bool{}
	for _, c := range w.run.Calls() {
		calls[c.Node] = true
	}
	mocked := map[string]bool{}
	for _, id := range sim.Mock.Nodes {
		mocked[id] = true
	}
	for _, n := range sim.Execution().Paths() {
		sim.Nodes = append(sim.Nodes, w.node(n, mocked[n.Path]))
		if calls[n.Path] {
			sim.WouldCall = append(sim.WouldCall, n.Path)
		}
		if w.run.WantsCallback(n.Path) {
			sim.Waiting = append(sim.Waiting, n.Path)
		}
	}
	return nil
}

func (w *watcher) node(n flow.PathNode, mocked bool) SimulatedNode {
	state := w.run.State()
	shown := SimulatedNode{
		PathNode: n, Mocked: mocked, State: shownState(state.ShowNode(w.plan, n.Path)), Attempts: w.ended[n.Path],
		First: 1, Decision: w.decisions[n.Path], Unresolved: w.unresolved[n.Path],
	}
	if row := state.Rows[n.Path]; row != nil {
		shown.First = w.count[n.Path] - len(shown.Attempts) + 1
		shown.Attempts = append(shown.Attempts, run.ExecutionOf(row))
	}
	return shown
}
