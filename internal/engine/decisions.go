package engine

import (
	"slices"

	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
)

// retry runs a failed node again, with its inputs or with new ones (engine §5).
func (m *machine) retry(o *Operation) error {
	if o.Loop {
		return m.retryLoop(o)
	}
	n := m.plan.nodes[o.Node]
	if n != nil && (n.kind == flow.NodeKind(flow.ServiceActivity) || m.isClosed(n)) && !n.activity.Retryable {
		return refuse(o.Op, o.Node, ReasonSetting, "the node is not retryable")
	}
	n, row, p, err := m.failedTarget(o)
	if err != nil {
		return err
	}
	m.remember(n.key, row)
	if o.Inputs.Dict != nil {
		m.replaceInputs(row, o.Inputs.Dict)
	}
	m.again(p, n, row)
	return nil
}

// replaceInputs puts the inputs of a retry in place of the tree's.
func (m *machine) replaceInputs(row *Row, inputs *expr.Dict) {
	fields := expr.NewDict(inputs.Len())
	row.Escaped = nil
	for i := range inputs.Len() {
		key, v := inputs.At(i)
		if name := expr.Str(key); name != escapeRenderKey {
			fields.Set(name, v)
			continue
		}
		row.Escaped = stringItems(v)
	}
	row.Retried = Fields{fields}
}

// again makes a failed row READY with a new version and queues its process.
func (m *machine) again(p *Process, n *node, row *Row) {
	row.Retry++
	row.Version = m.s.version()
	if n.loops() {
		m.restart(p, n, row)
	}
	m.move(n.key, row, Ready)
	m.execute(p.ID, n)
}

// retrySubprocess runs a sub-process again whose parameters could not be made.
func (m *machine) retrySubprocess(o *Operation) error {
	n := m.plan.nodes[o.Node]
	if n != nil && n.kind != flow.NodeKind(flow.SubProcess) {
		return refuse(o.Op, o.Node, ReasonKind, "the node is no sub-process")
	}
	n, row, p, err := m.failedTarget(o)
	if err != nil {
		return err
	}
	if top := len(p.Stack) - 1; p.Stack[top] == n.key {
		p.Stack = p.Stack[:top:top]
	}
	m.remember(n.key, row)
	m.again(p, n, row)
	return nil
}

// retryLoop tries the failed pass of a loop node again; the counters stay.
func (m *machine) retryLoop(o *Operation) error {
	n, row, p, err := m.failedLoop(o, func(c *flow.LoopConfig) bool { return c.Retryable })
	if err != nil {
		return err
	}
	m.remember(n.key, row)
	m.dropPass(p, n)
	row.Version = m.s.version()
	m.move(n.key, row, LoopReady)
	m.execute(p.ID, n)
	return nil
}

// failedLoop finds a failed loop node whose loop_config allows the operation.
func (m *machine) failedLoop(o *Operation, allowed func(*flow.LoopConfig) bool) (*node, *Row, *Process, error) {
	n := m.plan.nodes[o.Node]
	switch {
	case n == nil:
	case !n.loops():
		return nil, nil, nil, refuse(o.Op, o.Node, ReasonKind, "the node does not repeat itself")
	case !allowed(&n.activity.Loop):
		return nil, nil, nil, refuse(o.Op, o.Node, ReasonSetting, "the node's loop_config does not allow it")
	}
	return m.failedTarget(o)
}

// skip lets the flow go on behind a failed node. Its outputs stay as the failed
// execution left them.
func (m *machine) skip(o *Operation) error {
	n := m.plan.nodes[o.Node]
	if n != nil && n.activity != nil && !n.activity.Skippable && !o.Loop {
		return refuse(o.Op, o.Node, ReasonSetting, "the node is not skippable")
	}
	if n != nil && n.kind != flow.NodeKind(flow.ServiceActivity) && n.kind != flow.StartEvent && !m.isClosed(n) {
		return refuse(o.Op, o.Node, ReasonKind, "a node of kind %s cannot be skipped", n.kind)
	}
	find := m.failedTarget
	if o.Loop {
		find = func(o *Operation) (*node, *Row, *Process, error) {
			return m.failedLoop(o, func(c *flow.LoopConfig) bool { return c.Skippable })
		}
	}
	n, row, p, err := find(o)
	if err != nil {
		return err
	}
	next := n.next
	if o.Loop && n.again(row) {
		next = n
	}
	m.skipped(n, row)
	if o.Outputs.Dict != nil {
		m.deliver(p, n, row, o.Outputs.Dict)
	}
	m.execute(p.ID, next)
	return nil
}

// deliver puts outputs that somebody brought into the place of a node's own.
func (m *machine) deliver(p *Process, n *node, row *Row, outputs dict) {
	merged := copyDict(row.Outputs.Dict, outputs.Len())
	for i := range outputs.Len() {
		key, value := outputs.At(i)
		merged.Set(text(key), value)
	}
	row.Outputs = Fields{merged}
	m.publish(p, n, merged)
}

// skipped finishes a failed row by somebody's decision.
func (m *machine) skipped(n *node, row *Row) {
	m.remember(n.key, row)
	row.Skip = true
	row.Version, row.Schedule = m.s.version(), nil
	m.finish(n.key, row, Finished)
}

// skipExclusive continues a failed exclusive gateway along one flow.
func (m *machine) skipExclusive(o *Operation) error {
	n := m.plan.nodes[o.Node]
	if n != nil && n.kind != flow.NodeKind(flow.ExclusiveGateway) {
		return refuse(o.Op, o.Node, ReasonKind, "the node is no exclusive gateway")
	}
	var chosen edge
	if n != nil {
		var ok bool
		if chosen, ok = n.edge(o.Flow); !ok {
			return refuse(o.Op, o.Node, ReasonInput, "the gateway has no flow %s", o.Flow)
		}
	}
	n, row, p, err := m.failedTarget(o)
	if err != nil {
		return err
	}
	m.skipped(n, row)
	m.execute(p.ID, chosen.target)
	return nil
}

// skipConditional continues a failed conditional parallel gateway along flows.
func (m *machine) skipConditional(o *Operation) error {
	n := m.plan.nodes[o.Node]
	if n != nil && n.kind != flow.NodeKind(flow.ConditionalParallelGateway) {
		return refuse(o.Op, o.Node, ReasonKind, "the node is no conditional parallel gateway")
	}
	n, row, p, err := m.failedTarget(o)
	if err != nil {
		return err
	}
	converge := n.converge
	if o.Converge != "" {
		converge = m.plan.nodes[o.Converge]
	}
	if converge == nil || converge.scope != n.scope || converge.kind != flow.NodeKind(flow.ConvergeGateway) {
		return refuse(o.Op, o.Node, ReasonInput, "there is no converge gateway %s", o.Converge)
	}
	var targets []*node
	for _, id := range o.Flows {
		e, ok := n.edge(id)
		if !ok {
			return refuse(o.Op, o.Node, ReasonInput, "the gateway has no flow %s", id)
		}
		targets = append(targets, e.target)
	}
	if len(targets) == 0 {
		return refuse(o.Op, o.Node, ReasonInput, "no flow is chosen")
	}
	m.skipped(n, row)
	m.fork(p, targets, converge.key)
	return nil
}

// sleeper returns the process that sleeps at the node, nil when there is none.
func (m *machine) sleeper(key string) *Process {
	for _, p := range m.s.Processes {
		if p.Asleep && p.Node == key {
			return p
		}
	}
	return nil
}

// standing returns the process that stands at the node, asleep or not.
func (m *machine) standing(key string) *Process {
	for _, p := range m.s.Processes {
		if p.Node == key {
			return p
		}
	}
	return nil
}

// sorted returns the processes in order of their birth.
func (m *machine) sorted() []*Process {
	all := make([]*Process, 0, len(m.s.Processes))
	for _, p := range m.s.Processes {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *Process) int { return a.ID - b.ID })
	return all
}
