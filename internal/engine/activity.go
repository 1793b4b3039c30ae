package engine

import (
	"fmt"

	"rehearse.dev/internal/expr"
)

// Names that the engine itself writes into inputs and outputs.
const (
	resultKey       = "_result"
	loopKey         = "_loop"
	innerLoopKey    = "_inner_loop"
	exDataKey       = "ex_data"
	forcedKey       = "_forced_failed"
	escapeRenderKey = "_escape_render_keys"
	systemKey       = "${_system}"
)

// activity runs a service activity: render the inputs, ask the mock or the
// plugin, and take the answer (engine §7.1).
func (m *machine) activity(p *Process, n *node, row *Row) *node {
	row.Runs++
	row.Schedule = nil
	inputs, err := m.inputs(p, n, row, true)
	if err != nil {
		m.hydrationFailed(p, n, row, err)
		return nil
	}
	row.Inputs, row.Outputs = plainFields(inputs), Fields{expr.NewDict(4)}
	if n.plugin == nil {
		c := n.activity.Component
		message := fmt.Sprintf("there is no plugin %s in version %s", c.Code, c.Version)
		row.Outputs.Set(exDataKey, message)
		m.stamp(row, false)
		m.fail(p, n, row, Failure{RuleUnknownPlugin, message})
		return nil
	}
	m.startTimeout(n, row)
	if m.s.Mock.mocked(n.key) {
		return m.executed(p, n, row, m.s.Mock.execute(m.newCall(p, n, row), &n.spec))
	}
	if pure, ok := n.plugin.(PurePlugin); ok && n.spec.Pure {
		return m.executed(p, n, row, guard(pure.Execute, m.newCall(p, n, row)))
	}
	row.Schedule = &Schedule{Kind: n.spec.Schedule, Process: p.ID}
	m.ask(n, row, nil)
	p.Asleep = true
	return nil
}

// inputs renders the fields of a node. The own counters are available under the
// constants bound to them; with counters they are inputs as well.
func (m *machine) inputs(p *Process, n *node, row *Row, counters bool) (*expr.Dict, error) {
	fields, refs := n.inputs, n.refs
	if row.Retried.Dict != nil {
		fields, refs = retriedInputs(row)
	} else if n.constant != nil && row.Loop == 1 && row.InnerLoop == 1 {
		return n.constant, nil
	}
	out := expr.NewDict(len(fields) + 2)
	var e *env
	if len(refs) > 0 {
		e = m.env(p.Stack[len(p.Stack)-1], n, row)
		e.loopKey, e.innerKey = n.bound(loopKey), ""
		if counters {
			e.innerKey = n.bound(innerLoopKey)
		}
		if err := e.hydrateAll(refs); err != nil {
			return nil, err
		}
	}
	for i := range fields {
		f := &fields[i]
		value := f.value
		if f.render {
			if e == nil {
				e = m.env(p.Stack[len(p.Stack)-1], n, row)
			}
			var err error
			if value, err = e.render(f.key, value); err != nil {
				return nil, err
			}
		}
		out.Set(f.key, value)
	}
	if e != nil {
		if err := m.admit(row, out); err != nil {
			return nil, err
		}
	}
	if counters {
		out.Set(loopKey, int64(row.Loop))
		out.Set(innerLoopKey, int64(row.InnerLoop))
	}
	return out, nil
}

// plainFields are inputs as a row shows them and a plugin gets them.
func plainFields(inputs *expr.Dict) Fields {
	plain, _ := storable(inputs).(*expr.Dict)
	return Fields{plain}
}

// hydrationFailed fails a node whose inputs cannot be made. It happens before the
// plugin or its mock is asked, and error_ignorable does not apply.
func (m *machine) hydrationFailed(p *Process, n *node, row *Row, err error) {
	fields := n.inputs
	if row.Retried.Dict != nil {
		fields, _ = retriedInputs(row)
	}
	raw := expr.NewDict(len(fields))
	for i := range fields {
		raw.Set(fields[i].key, fields[i].value)
	}
	row.Inputs, row.Outputs = Fields{raw}, Fields{expr.NewDict(4)}
	row.Outputs.Set(exDataKey, "inputs hydrate failed("+err.Error()+"), check node log for details")
	m.stamp(row, false)
	m.fail(p, n, row, Failure{RuleHydration, err.Error()})
}

// retriedInputs are the inputs that a retry brought; every value is rendered but
// those that it names.
func retriedInputs(row *Row) (fields []input, refs []string) {
	escaped := setOf(row.Escaped)
	var rendered []any
	for i := range row.Retried.Len() {
		key, value := row.Retried.At(i)
		name := expr.Str(key)
		fields = append(fields, input{key: name, value: value, render: !escaped[name]})
		if !escaped[name] {
			rendered = append(rendered, value)
		}
	}
	return fields, expr.References(rendered)
}

// stamp writes the outputs that every execution has.
func (m *machine) stamp(row *Row, ok bool) {
	row.Outputs.Set(resultKey, ok)
	row.Outputs.Set(loopKey, int64(row.Loop))
	row.Outputs.Set(innerLoopKey, int64(row.InnerLoop))
}

// newCall describes the present execution to a plugin. There is one call at a
// time, so one Call serves the whole step.
func (m *machine) newCall(p *Process, n *node, row *Row) *Call {
	call := &m.scratch
	*call = Call{
		Node: n.key, Version: row.Version, Loop: row.Loop, InnerLoop: row.InnerLoop, Run: row.Runs,
		At: m.at, Location: m.plan.location,
		Inputs: row.Inputs.Dict, Outputs: row.Outputs.Dict, System: m.s.System.Dict,
		Scope: &m.access,
	}
	m.access = scopeAccess{m, p.Stack[len(p.Stack)-1]}
	if row.Schedule != nil {
		call.Polls = row.Schedule.Polls
	}
	return call
}

// guard turns a panicking plugin into a failed node: plugins come from elsewhere,
// and one broken plugin must not take the run down.
func guard(do func(*Call) Answer, call *Call) (answer Answer) {
	defer func() {
		if r := recover(); r != nil {
			answer = Raisef("plugin panicked: %v", r)
		}
	}()
	return do(call)
}

// executed takes the answer of Execute.
func (m *machine) executed(p *Process, n *node, row *Row, answer Answer) *node {
	if answer.Raised != "" {
		answer.OK = false
		row.Outputs.Set(exDataKey, answer.Raised)
	}
	m.stamp(row, answer.OK)
	if !answer.OK {
		return m.failedCall(p, n, row, answer)
	}
	kind := n.spec.Schedule
	switch {
	case answer.Done:
		kind = NoSchedule
	case answer.Schedule != NoSchedule:
		kind = answer.Schedule
	case n.spec.LateSchedule:
		kind = NoSchedule
	}
	if kind == NoSchedule {
		return m.succeeded(p, n, row)
	}
	row.Schedule = &Schedule{Kind: kind, Process: p.ID}
	p.Asleep = true
	switch {
	case kind == Poll && answer.After > 0:
		row.Schedule.NextAt = m.at.Add(answer.After)
		m.wakeAt(TimerPoll, n, row, row.Schedule.NextAt)
	case kind == Poll:
		m.call(n, row.Schedule, row.Version, nil)
	}
	m.touch(n.key, row)
	return nil
}

// succeeded finishes an execution well and goes on.
func (m *machine) succeeded(p *Process, n *node, row *Row) *node {
	m.finish(n.key, row, Finished)
	return m.leave(p, n, row)
}

// failedCall finishes an execution whose plugin failed: ignored or not, the
// outputs that it had set reach their variables (engine §7.3).
func (m *machine) failedCall(p *Process, n *node, row *Row, answer Answer) *node {
	why := Failure{Rule: RulePlugin, Message: m.exData(row)}
	switch {
	case answer.Raised != "":
		why.Rule = RuleException
	case m.s.Mock.mocked(n.key):
		why.Rule = RuleMock
	}
	if n.ignorable() {
		row.ErrorIgnored = true
		row.Why = &why
		m.finish(n.key, row, Finished)
		return m.leave(p, n, row)
	}
	m.record(p, n, row)
	m.fail(p, n, row, why)
	return nil
}

// leave publishes the outputs and returns the node that follows.
func (m *machine) leave(p *Process, n *node, row *Row) *node {
	m.record(p, n, row)
	if n.again(row) {
		return n
	}
	return n.next
}

// record brings the outputs of an execution to their variables.
func (m *machine) record(p *Process, n *node, row *Row) {
	if n.loops() {
		m.appendPass(p, n, row)
		return
	}
	m.publish(p, n, row.Outputs.Dict)
}

// publish copies outputs to the constants that are bound to them, in the scope
// that the process is in. Absent outputs leave the scope as it is.
func (m *machine) publish(p *Process, n *node, outputs *expr.Dict) {
	for i := range n.bindings {
		if v, ok := outputs.Get(n.bindings[i].source); ok {
			m.s.assign(p.Stack[len(p.Stack)-1], n.bindings[i].key, v)
		}
	}
}

func (m *machine) exData(row *Row) string {
	v, ok := row.Outputs.Get(exDataKey)
	if !ok {
		return "the plugin failed without a reason"
	}
	return expr.Str(v)
}

// ignorable tells whether a failed execution counts as finished.
func (n *node) ignorable() bool {
	return n.activity.ErrorIgnorable || n.loops() && n.activity.Loop.FailSkip
}

// scopeAccess lets a plugin see the variables of its pipeline.
type scopeAccess struct {
	m     *machine
	scope string
}

func (a *scopeAccess) Variable(key string) (any, VariableKind, bool) {
	vars := a.m.plan.scopes[a.scope]
	if v, ok := a.m.stored(a.scope, vars, key); ok {
		return v, Plain, true
	}
	if v := vars.byKey[key]; v != nil {
		return v.value, v.kind, true
	}
	return nil, "", false
}

func (a *scopeAccess) Assign(key string, value any) { a.m.s.assign(a.scope, key, value) }
