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
		Scopes:    map[string]map[string]Value{},
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
		values = map[string]Value{}
		s.Scopes[scope] = values
	}
	values[key] = Value{storable(v)}
}

// storable replaces what has no JSON form by its text: a datatable keeps its
// columns only while expressions look at it.
func storable(v any) any {
	switch v := v.(type) {
	case *expr.Object:
		return v.Text
	case []any:
		for i := range v {
			if held(v[i]) {
				out := make([]any, len(v))
				for j := range v {
					out[j] = storable(v[j])
				}
				return out
			}
		}
	case *expr.Dict:
		if held(v) {
			out := expr.NewDict(v.Len())
			for i := range v.Len() {
				key, item := v.At(i)
				out.Set(expr.Str(key), storable(item))
			}
			return out
		}
	}
	return v
}

// held tells whether an Object is somewhere inside v.
func held(v any) bool {
	switch v := v.(type) {
	case *expr.Object:
		return true
	case []any:
		for _, item := range v {
			if held(item) {
				return true
			}
		}
	case *expr.Dict:
		for i := range v.Len() {
			if _, item := v.At(i); held(item) {
				return true
			}
		}
	}
	return false
}
