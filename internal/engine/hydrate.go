package engine

import (
	"fmt"
	"strings"

	"rehearse.dev/internal/expr"
)

// env finds the values of one scope for one node (engine §8). Within one
// hydration a variable is evaluated once; the reference evaluates it at every
// use, which only random expressions can tell.
type env struct {
	m     *machine
	scope string
	vars  *scopePlan
	node  *node
	row   *Row
	// loopKey and innerKey are the constants that the node's own counters are bound
	// to: they count before the node has run.
	loopKey, innerKey string
	memo              map[string]hydrated
	path              []string
}

type hydrated struct {
	value any
	ok    bool
	err   error
}

// env makes the environment of node n in the scope with that key.
func (m *machine) env(scope string, n *node, row *Row) *env {
	return &env{m: m, scope: scope, vars: m.plan.scopes[scope], node: n, row: row}
}

// Lookup finds a variable by its bare name, as expressions write it.
func (e *env) Lookup(name string) (any, bool, error) { return e.hydrate("${" + name + "}") }

// plain returns the stored value of a variable that is not rendered at use.
func (e *env) plain(key string) (any, bool) {
	if e.row != nil {
		switch key {
		case e.loopKey:
			return int64(e.row.Loop), true
		case e.innerKey:
			return int64(e.row.InnerLoop), true
		}
	}
	return e.m.stored(e.scope, e.vars, key)
}

// stored returns the plain value of a variable: set at run time, constant, or
// preset for every scope.
func (m *machine) stored(scope string, vars *scopePlan, key string) (any, bool) {
	if v, ok := m.s.Scopes[scope][key]; ok {
		return v.Any, true
	}
	if v := vars.byKey[key]; v != nil {
		return v.value, v.kind == Plain
	}
	if key == systemKey && m.s.System.Dict != nil {
		// Attributes of it can be named, ${_system.task_id}; it has no elements.
		return &expr.Object{Text: expr.Str(m.s.System.Dict), Attrs: m.s.System.Dict}, true
	}
	return nil, false
}

// hydrate gives the value of the variable with that key; ok is false when there
// is none. An error means that it cannot be made.
func (e *env) hydrate(key string) (any, bool, error) {
	if v, ok := e.plain(key); ok {
		return v, true, nil
	}
	v := e.vars.byKey[key]
	if v == nil {
		return nil, false, nil
	}
	if h, ok := e.memo[key]; ok {
		return h.value, h.ok, h.err
	}
	for i, k := range e.path {
		if k == key {
			cycle := append(append([]string(nil), e.path[i:]...), key)
			return nil, false, &CycleError{Path: cycle}
		}
	}
	e.path = append(e.path, key)
	value, err := e.evaluate(v)
	e.path = e.path[:len(e.path)-1]
	if e.memo == nil {
		e.memo = map[string]hydrated{}
	}
	e.memo[key] = hydrated{value, err == nil, err}
	return value, err == nil, err
}

func (e *env) evaluate(v *variable) (any, error) {
	if err := e.hydrateAll(v.refs); err != nil {
		return nil, err
	}
	value, pieces, err := e.m.expressions().Render(v.value, e)
	if err != nil {
		return nil, err
	}
	if e.node != nil && len(pieces) > 0 {
		e.m.unresolved(e.node, e.row, v.key, pieces)
	}
	if v.kind == Lazy {
		if value, err = lazyTypes[v.customType](value); err != nil {
			return nil, &VariableError{Key: v.key, Err: err}
		}
	}
	if !fits(value, maxValue) {
		return nil, &VariableError{Key: v.key, Err: errValueSize}
	}
	return value, nil
}

// hydrateAll makes every variable that is named, used or not: the reference does
// so too, and a broken one fails the node even in a branch of an expression that
// is never taken.
func (e *env) hydrateAll(names []string) error {
	for _, name := range names {
		if _, _, err := e.Lookup(name); err != nil {
			return err
		}
	}
	return nil
}

// render fills the references in value and logs what stays text.
func (e *env) render(field string, value any) (any, error) {
	out, pieces, err := e.m.expressions().Render(value, e)
	if err != nil {
		return nil, err
	}
	if len(pieces) > 0 {
		e.m.unresolved(e.node, e.row, field, pieces)
	}
	return out, nil
}

// CycleError is a variable that refers to itself, directly or through others.
type CycleError struct {
	// Path lists the keys from the first one back to it.
	Path []string
}

func (e *CycleError) Error() string {
	return "reference cycle: " + strings.Join(e.Path, " → ")
}

// VariableError is a variable whose value its type refuses, or that is too large.
type VariableError struct {
	Key string
	Err error
}

func (e *VariableError) Error() string { return fmt.Sprintf("%s: %v", e.Key, e.Err) }

// Unwrap returns what the type said.
func (e *VariableError) Unwrap() error { return e.Err }

// copyDict copies d with room for some more entries.
func copyDict(d *expr.Dict, more int) *expr.Dict {
	out := expr.NewDict(d.Len() + more)
	for i := range d.Len() {
		key, v := d.At(i)
		out.Set(expr.Str(key), v)
	}
	return out
}
