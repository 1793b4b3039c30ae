package engine

import (
	"errors"
	"sort"

	"rehearse.dev/internal/expr"
)

// Shown is a state as people see it (engine §4): a running pipeline with a failed
// member is FAILED although other branches may still run.
type Shown string

// The shown states beyond those of rows.
const (
	// ShownCreated is a run that has not started.
	ShownCreated Shown = "CREATED"
	// ShownNodeSuspended is a running pipeline that a paused node holds up.
	ShownNodeSuspended Shown = "NODE_SUSPENDED"
)

// Show gives the shown state of the whole run.
func (s *State) Show(plan *Plan) Shown {
	if s.Rows[s.Root] == nil {
		return ShownCreated
	}
	return s.showScope(plan.root)
}

// ShowNode gives the shown state of one node; a node that was not reached is
// READY, as the reference reports it.
func (s *State) ShowNode(plan *Plan, key string) Shown {
	n := plan.nodes[key]
	switch {
	case s.Rows[key] == nil:
		return Shown(Ready)
	case n != nil && n.inner != nil:
		return s.showScope(n.inner)
	default:
		return Shown(s.Rows[key].State)
	}
}

func (s *State) showScope(scope *scopePlan) Shown {
	row := s.Rows[scope.key]
	if row.State != Running {
		return Shown(row.State)
	}
	shown := Shown(Running)
	for _, n := range scope.nodes {
		inner := s.Rows[n.key]
		if inner == nil {
			continue
		}
		state := Shown(inner.State)
		if n.inner != nil {
			state = s.showScope(n.inner)
		}
		switch state {
		case Shown(Failed):
			return Shown(Failed)
		case Shown(Suspended), ShownNodeSuspended:
			shown = ShownNodeSuspended
		}
	}
	return shown
}

// Waits tells whether a process is left that may still go on: after a step with
// no effects under way, a run that does not wait is over.
func (s *State) Waits() bool { return len(s.Processes) > 0 }

// Context gives every variable of a scope with its present value, ordered by
// key; "" is the root scope. A variable that cannot be made shows the text of its
// error; what does not fit into 64 MiB is left out with a word. Nothing of the state
// changes.
func (s *State) Context(plan *Plan, scope string) *expr.Dict {
	if scope == "" {
		scope = plan.root.key
	}
	vars := plan.scopes[scope]
	if vars == nil {
		return expr.NewDict(0)
	}
	keys := make(map[string]bool, len(vars.variables))
	for _, v := range vars.variables {
		keys[v.key] = true
	}
	for key := range s.Scopes[scope] {
		keys[key] = true
	}
	sorted := make([]string, 0, len(keys))
	for key := range keys {
		sorted = append(sorted, key)
	}
	sort.Strings(sorted)
	out := expr.NewDict(len(sorted))
	m := &machine{plan: plan, s: s}
	if row := s.Rows[s.Root]; row != nil {
		m.at = row.Started
	}
	budget := maxContext
	for _, key := range sorted {
		value, _, err := m.env(scope, nil, nil).hydrate(key)
		if err != nil {
			value = errorText(err, vars.byKey[key])
		}
		if left := weigh(value, budget); left >= 0 {
			budget = left
		} else {
			value = "(left out: too large)"
		}
		out.Set(key, storable(value))
	}
	return out
}

// errorText is what the reference shows in place of a value. It meets a reference
// cycle as a recursion that is too deep and shows Python's words for that, which
// depend on the kind of value at which it began; clients compare contexts, so we
// show the same. Failed nodes and CheckVariables name the cycle.
func errorText(err error, v *variable) string {
	var cycle *CycleError
	if errors.As(err, &cycle) {
		if v != nil && v.kind == Lazy {
			return "maximum recursion depth exceeded while calling a Python object"
		}
		return "maximum recursion depth exceeded in comparison"
	}
	var broken *VariableError
	if errors.As(err, &broken) {
		return broken.Err.Error()
	}
	return err.Error()
}
