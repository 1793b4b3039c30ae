package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// CheckVariables evaluates every variable of a tree once, as the reference does
// before it saves a template (engine §3.2): a reference cycle is named, a lazy
// variable whose value its type refuses is reported. Variables that are bound to
// outputs have no value yet and stay text, which is no problem. It works on
// incomplete trees and returns every problem found, with code flow.Variable.
//
// A shown constant of a sub-process that refers to others is not evaluated: its
// references are rendered in the tree around (engine §2 step 7), where the same
// name is another variable. One that leans on it is checked for cycles only.
func CheckVariables(p *flow.Pipeline) []fault.Problem {
	return checkVariables(p, nil, false)
}

func checkVariables(p *flow.Pipeline, path []string, inner bool) []fault.Problem {
	c := &compiler{plan: &Plan{location: time.UTC, scopes: map[string]*scopePlan{}, nodes: map[string]*node{}}}
	s := &scopePlan{key: "check", visible: true, byKey: map[string]*variable{}}
	c.plan.scopes[s.key] = s
	c.variables(p, s, nil)
	problems := c.problems
	state := &State{Scopes: map[string]map[string]Stored{}}
	if inner {
		for _, k := range p.Constants {
			if v := s.byKey[k.Key]; v != nil && k.ShowType == "show" && len(v.refs) > 0 {
				state.assign(s.key, v.key, "")
			}
		}
	}
	e := (&machine{plan: c.plan, s: state}).env(s.key, nil, nil)
	for _, v := range s.variables {
		_, _, err := e.hydrate(v.key)
		if err == nil {
			continue
		}
		if !blames(err, v, inner) {
			continue
		}
		problems = append(problems, fault.Problem{
			Code:    flow.Variable,
			Message: fmt.Sprintf("the variable %s has no value: %v", v.key, err),
			Path:    append(append([]string(nil), path...), "constants", v.key, "value"),
		})
	}
	for _, a := range p.Activities {
		if a.Pipeline != nil {
			at := append(append([]string(nil), path...), "activities", a.ID, "pipeline")
			problems = append(problems, checkVariables(a.Pipeline, at, true)...)
		}
	}
	return problems
}

// blames tells whether err is to be reported at v: a cycle at each variable that
// it passes through, a broken value at the variable itself and not at its users.
func blames(err error, v *variable, inner bool) bool {
	var cycle *CycleError
	if errors.As(err, &cycle) {
		return slices.Contains(cycle.Path, v.key)
	}
	var broken *VariableError
	if errors.As(err, &broken) && broken.Key != v.key {
		return false
	}
	return !inner || len(v.refs) == 0
}
