package engine

import "rehearse.dev/internal/expr"

// subprocess renders the parameters in the outer scope, puts them into the inner
// one as plain values and goes on at the inner start event, in the same process.
// The row stays RUNNING until the inner end event (engine §6.2).
func (m *machine) subprocess(p *Process, n *node, row *Row) *node {
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
