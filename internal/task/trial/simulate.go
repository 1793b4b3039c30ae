package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
)

// Deps are what the service needs; all of it must be set.
type Deps struct {
	// Tasks plans what is tried, Runs says how it would be run.
	Tasks *task.Service
	Runs  task.Runs
	// Plugins are what nodes run with.
	Plugins engine.Catalog
	// Now is the clock.
	Now func() time.Time
}

// Service tries tasks out. It is safe for concurrent use.
type Service struct {
	Deps
	// slots has room for the simulations that may be under way at once.
	slots chan struct{}
}

// New makes the service.
func New(deps Deps) *Service {
	return &Service{Deps: deps, slots: make(chan struct{}, maxSimulations)}
}

// codeLimitReached is a problem code; the API's UserErrorCode explains it.
const codeLimitReached = "LIMIT_REACHED"

// Simulation is what came of a run in virtual time. Only its Plan is there when the run
// could not begin; then the plan has problems.
type Simulation struct {
	*task.Plan
	// State is how far the run came, as tasks show it; "" when it could not begin.
	State string
	// Elapsed is the virtual time that passed.
	Elapsed time.Duration
	// Nodes are those of the tree that ran, in document order, inner ones behind the
	// sub-process that holds them.
	Nodes []SimulatedNode
	// Variables is the value of every variable at the end, by key, but of those in
	// VariablesCut, which are too large to be shown.
	Variables    json.RawMessage
	VariablesCut []string
	// Outputs are those of the run, nil when it did not finish.
	Outputs json.RawMessage
	// Events are the first that happened, at most MaxSimulatedEvents.
	Events []event.Event
	// WouldCall lists the nodes that stand at a real call, Waiting those that wait for
	// a callback, in document order.
	WouldCall, Waiting []string
}

// SimulatedNode is a node after a run in virtual time.
type SimulatedNode struct {
	flow.PathNode
	Mocked bool
	// State is as people see it: a sub-process around a failed node is FAILED.
	State string
	// Attempts are the latest executions, oldest first; First is the number of the
	// first of them, counted from 1.
	Attempts []run.Execution
	First    int
	// Decision and Unresolved are those of the last execution.
	Decision   *event.Decision
	Unresolved []event.Unresolved
}

// Simulate plans a task as Preview does and runs it in memory, on a clock that jumps
// from timer to timer: no statement writes and no call is made. The clock begins at
// the present time, and random expressions draw the same numbers each time.
//
// Why the run could not begin, and a limit that cut it off, are in the plan's
// problems. The error is for outages, and a fault.CodeForbidden as Preview has it.
func (s *Service) Simulate(ctx context.Context, caller auth.Caller, params task.CreateParams) (*Simulation, error) {
	params.IdempotencyKey, params.Start = "", false
	p, err := s.Tasks.Preview(ctx, caller, params)
	if err != nil {
		return nil, err
	}
	sim := &Simulation{Plan: p}
	if len(p.Problems) > 0 {
		return sim, nil
	}
	language, refused, err := s.Runs.Check(ctx, p.Home().SpaceID, 0, p.Execution())
	if err != nil {
		return nil, err
	}
	if p.Problems = append(p.Problems, refused...); len(refused) > 0 {
		return sim, nil
	}
	plan, err := engine.Compile(p.Execution(), engine.Options{
		Plugins: s.Plugins, Language: language, InnerPaths: true, StepLimit: simulationStep,
	})
	if err != nil {
		return nil, fmt.Errorf("compile a tree that can be started: %w", err)
	}
	now := s.Now()
	init, err := initial(p, params, now)
	if err != nil {
		return nil, err
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	w := watch(plan, simulate.Config{Init: init, Start: now, Hold: true})
	switch err := w.play(ctx); {
	case isCut(err):
		p.Problems = append(p.Problems, fault.Problem{
			Code: codeLimitReached, Message: err.Error(), Path: []string{"templateId"},
		})
	case err != nil:
		return nil, fmt.Errorf("simulate: %w", err)
	}
	if err := w.fill(sim); err != nil {
		return nil, err
	}
	return sim, nil
}

// initial is what the run begins with: a task without an id that its creator starts
// now.
func initial(p *task.Plan, params task.CreateParams, now time.Time) (engine.Init, error) {
	home := p.Home()
	system := run.System{
		SpaceID: home.SpaceID, Name: params.Name, ScopeType: home.ScopeType, ScopeValue: home.ScopeValue,
		Executor: params.Creator, Started: now, SpanAttributes: params.SpanAttributes,
	}
	init := engine.Init{System: system.Dict(), Seed: 1, Mock: engine.Mock{
		Nodes: p.Mock.Nodes, Errors: p.Mock.Failures, FailNodes: slices.Sorted(maps.Keys(p.Mock.Failures)),
	}}
	if err := json.Unmarshal(p.Mock.Outputs, &init.Mock.Outputs); err != nil {
		return init, fmt.Errorf("read the mock outputs: %w", err)
	}
	return init, nil
}
