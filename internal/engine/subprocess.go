package engine

import (
	"fmt"

	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
)

// subprocess renders the parameters in the outer scope, puts them into the inner
// one as plain values and goes on at the inner start event, in the same process.
// The row stays RUNNING until the inner end event (engine §6.2). Mocked as a whole,
// it answers as an activity does and its inside is never entered.
func (m *machine) subprocess(p *Process, n *node, row *Row) *node {
	if m.isClosed(n) {
		return m.closed(p, n, row)
	}
	for _, member := range n.inner.nodes {
		if inner := m.s.Rows[member.key]; inner != nil {
			inner.InnerLoop = 0
			m.touch(member.key, inner)
		}
	}
	inputs, err := m.inputs(p, n, row, false)
	if err != nil {
		m.addOutput(row, exDataKey, "context hydrate failed("+err.Error()+"), check node log for details.")
		m.fail(p, n, row, Failure{RuleHydration, err.Error()})
		return nil
	}
	row.Inputs = plainFields(inputs)
	for i := range inputs.Len() {
		key, value := inputs.At(i)
		m.s.assign(n.key, expr.Str(key), value)
	}
	p.Stack = append(p.Stack[:len(p.Stack):len(p.Stack)], n.key)
	return n.inner.start
}

// closed runs a sub-process without its inside. It has the plain life of an
// activity, for the reference makes one of every sub-process (engine §11): inputs,
// mock, outputs to the variables bound to them.
func (m *machine) closed(p *Process, n *node, row *Row) *node {
	row.Runs++
	row.Schedule = nil
	inputs, err := m.inputs(p, n, row, false)
	if err != nil {
		m.hydrationFailed(p, n, row, err)
		return nil
	}
	row.Inputs, row.Outputs = plainFields(inputs), Fields{expr.NewDict(4)}
	if !m.s.Mock.mocked(n.key) {
		message := fmt.Sprintf("the sub-process %s names a template, and its tree is not there", n.key)
		row.Outputs.Set(exDataKey, message)
		m.stamp(row, false)
		m.fail(p, n, row, Failure{RuleUnknownPlugin, message})
		return nil
	}
	return m.executed(p, n, row, m.s.Mock.execute(m.newCall(p, n, row), &n.spec))
}

// isClosed tells whether n is a sub-process that runs without its inside.
func (m *machine) isClosed(n *node) bool {
	return n.kind == flow.NodeKind(flow.SubProcess) && (n.inner == nil || m.s.Mock.mocked(n.key))
}
