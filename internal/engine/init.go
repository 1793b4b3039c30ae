package engine

import (
	"rehearse.dev/internal/expr"
)

// Init is what a run begins with.
type Init struct {
	// StartNode is where the run begins instead of the start event (engine §3.6);
	// flow.StartNode checks that it may.
	StartNode string
	// System becomes ${_system} in every scope; nil for none.
	System *expr.Dict
	// Space are plain variables of the root scope by key, braces included. A
	// constant of the tree wins over a space variable of the same key.
	Space map[string]any
	// Mock is the mock data.
	Mock Mock
	// Seed feeds random expressions; equal seeds give equal runs.
	Seed uint64
	// RerunLimit replaces the plan's limit when it is above 0.
	RerunLimit int
}

// NewState makes the state of a run that has not started. Nothing of init is
// kept that the caller may still change, except the values themselves, which are
// never changed.
func NewState(plan *Plan, init Init) *State {
	s := &State{
		Root:      plan.root.key,
		Limit:     plan.limit,
		StartNode: init.StartNode,
		Seed:      init.Seed,
		System:    Fields{init.System},
		Mock:      init.Mock.clone(),
		Rows:      make(map[string]*Row, len(plan.keys)+1),
		Processes: map[int]*Process{},
		Scopes:    map[string]map[string]Stored{},
	}
	if init.RerunLimit > 0 {
		s.Limit = init.RerunLimit
	}
	for key, v := range init.Space {
		if plan.root.byKey[key] == nil {
			s.assign(plan.root.key, key, v)
		}
	}
	return s
}

// assign sets a plain variable of a scope.
func (s *State) assign(scope, key string, v any) {
	values := s.Scopes[scope]
	if values == nil {
		values = map[string]Stored{}
		s.Scopes[scope] = values
	}
	values[key] = Stored{v}
}
