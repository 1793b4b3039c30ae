package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"rehearse.dev/internal/expr"
)

// dict and text keep long lines short.
type dict = *expr.Dict

func text(v any) string { return expr.Str(v) }

// ErrEvent is wrapped by the errors for events that are malformed.
var ErrEvent = errors.New("engine: malformed event")

// Step takes one event and runs the tree until nothing is left to do but wait
// for the outside: a timer, a callback, a person, the outcome of a plugin call.
//
// Step owns state while it runs and changes it in place; the state that it
// returns is the one it was given. A caller that may have to go back keeps the
// stored form of the state, not a second pointer. Copying would make each Step as
// dear as the tree is large; this way it costs what the event touches.
//
// An operation that the state does not allow returns a *RefusedError, a broken
// event an error that wraps ErrEvent; then the state is unchanged. Timers and
// outcomes that came too late are not errors: they do nothing.
func Step(plan *Plan, state *State, event Event) (*State, Result, error) {
	m := &machine{plan: plan, s: state, at: event.At}
	state.Steps++
	m.resumeWork()
	if err := m.take(&event); err != nil {
		state.Steps--
		return state, Result{}, err
	}
	m.drain()
	return state, m.result, nil
}

// machine is the work of one Step.
type machine struct {
	plan     *Plan
	s        *State
	at       time.Time
	queue    []task
	work     int   // nodes entered in this step
	cut      *task // where the step limit cut a process off
	result   Result
	renderer *expr.Renderer
	scratch  Call
	access   scopeAccess
}

func (m *machine) take(event *Event) error {
	if m.s.Root != m.plan.root.key {
		return fmt.Errorf("%w: the state is of another tree: root %q, not %q", ErrEvent, m.s.Root, m.plan.root.key)
	}
	switch {
	case event.Kind == EventStart:
		return m.start()
	case event.Kind == EventOperation && event.Operation != nil:
		return m.operate(event.Operation)
	case event.Kind == EventWake && event.Wake != nil:
		m.wake(event.Wake)
		return nil
	case event.Kind == EventOutcome && event.Outcome != nil:
		m.outcome(event.Outcome)
		return nil
	default:
		return fmt.Errorf("%w: kind %q without its part", ErrEvent, event.Kind)
	}
}

// start makes the root row and the first process.
func (m *machine) start() error {
	root := m.plan.root
	if m.s.Rows[root.key] != nil {
		return refuse("start", root.key, ReasonState, "the run has already been started")
	}
	m.reserve()
	first := root.start
	if m.s.StartNode != "" {
		if first = m.plan.nodes[m.s.StartNode]; first == nil || first.scope != root {
			return refuse("start", m.s.StartNode, ReasonNotFound, "there is no node %s on the main line to start at", m.s.StartNode)
		}
	}
	row := &Row{Version: m.s.version(), Loop: 1, InnerLoop: 1, Started: m.at}
	m.s.Rows[root.key] = row
	m.move(root.key, row, Running)
	p := m.spawn(0, []string{root.key}, first.key, "")
	m.execute(p.ID, first)
	return nil
}

// reserve makes room for what a run through the tree logs; growing by doubling
// would copy it all several times.
func (m *machine) reserve() {
	const most = 4096
	nodes := len(m.plan.keys) + 1
	m.result.Log = make([]Record, 0, min(2*nodes, most))
	m.result.Changed = make([]string, 0, min(nodes, most))
}

// expressions returns the renderer of this step: its clock stands at the event,
// its dice are thrown by seed and step.
func (m *machine) expressions() *expr.Renderer {
	if m.renderer == nil {
		at := m.at.In(m.plan.location)
		m.renderer = &expr.Renderer{
			Now:    func() time.Time { return at },
			Random: rand.NewPCG(m.s.Seed, m.s.Steps),
		}
	}
	return m.renderer
}

// move changes the state of a row and logs it. Every caller has made sure that
// the move is legal; the fuzz test checks the log.
func (m *machine) move(key string, row *Row, to NodeState) {
	record := Record{Kind: RecordState, Node: key, At: m.at, Version: row.Version, Loop: row.Loop, From: row.State, State: to}
	row.State = to
	if to == Failed || row.ErrorIgnored {
		record.Why = row.Why
	}
	m.result.Log = append(m.result.Log, record)
	m.touch(key, row)
}

func (m *machine) touch(key string, row *Row) {
	if row.mark != m.s.Steps {
		row.mark = m.s.Steps
		m.result.Changed = append(m.result.Changed, key)
	}
}

// finish closes an execution.
func (m *machine) finish(key string, row *Row, to NodeState) {
	row.Archived = m.at
	row.TimeoutAt = time.Time{}
	m.move(key, row, to)
}

// remember writes the history record of a row that is about to be used again.
func (m *machine) remember(key string, row *Row) {
	row.Histories++
	m.result.Log = append(m.result.Log, Record{
		Kind: RecordHistory, Node: key, At: m.at, Version: row.Version, Loop: row.Loop, State: row.State,
		History: &History{
			Inputs: row.Inputs, Outputs: row.Outputs, InnerLoop: row.InnerLoop,
			Retry: row.Retry, Skip: row.Skip, Started: row.Started, Archived: row.Archived,
			ErrorIgnored: row.ErrorIgnored, Why: row.Why,
		},
	})
	m.touch(key, row)
}

// unresolved logs pieces that stayed text.
func (m *machine) unresolved(n *node, row *Row, field string, pieces []expr.Unresolved) {
	for i := range pieces {
		m.result.Log = append(m.result.Log, Record{
			Kind: RecordUnresolved, Node: n.key, At: m.at, Version: row.Version, Loop: row.Loop,
			Unresolved: &Unresolved{Field: field, Piece: pieces[i].Piece, Reason: pieces[i].Reason},
		})
	}
}
