package engine

import "rehearse.dev/internal/expr"

// Outputs of a loop record, and the output whose object a plugin adds to it.
const (
	packedKey    = "outputs"
	recordResult = "result"
	recordLoop   = "inner_loop"
)

// loops tells whether the node repeats itself (engine §6.3).
func (n *node) loops() bool {
	return n.activity != nil && n.activity.Loop.Enable && n.activity.Loop.Times > 0
}

// again tells whether a pass that is over is followed by another. The reference
// asks for equality; a node that an outer loop enters again would then never
// stop, so this asks for at least.
func (n *node) again(row *Row) bool { return n.loops() && row.InnerLoop < n.activity.Loop.Times }

// appendPass adds the record of one pass to the list under the node's outputs
// key. Constants that are bound to single outputs are not set in this mode.
func (m *machine) appendPass(p *Process, n *node, row *Row) {
	key := n.activity.Loop.OutputsKey
	if key == "" {
		return
	}
	record := expr.NewDict(2)
	if packed, ok := row.Outputs.Get(packedKey); ok {
		if fields, ok := packed.(*expr.Dict); ok {
			record = copyDict(fields, 2)
		}
	}
	result, _ := row.Outputs.Get(resultKey)
	record.Set(recordResult, result)
	record.Set(recordLoop, int64(row.InnerLoop))
	scope := p.Stack[len(p.Stack)-1]
	passes := m.passes(scope, key)
	m.s.assign(scope, key, append(passes[:len(passes):len(passes)], record))
}

// passes returns the list of records so far.
func (m *machine) passes(scope, key string) []any {
	list, _ := m.s.Scopes[scope][key].Any.([]any)
	return list
}

// dropPass takes the last record away before a failed pass is tried again.
func (m *machine) dropPass(p *Process, n *node) {
	key, scope := n.activity.Loop.OutputsKey, p.Stack[len(p.Stack)-1]
	if passes := m.passes(scope, key); key != "" && len(passes) > 0 {
		m.s.assign(scope, key, passes[:len(passes)-1])
	}
}

// restart sets a loop node back to its first pass.
func (m *machine) restart(p *Process, n *node, row *Row) {
	row.Loop, row.InnerLoop = 1, 1
	if key := n.activity.Loop.OutputsKey; key != "" {
		m.s.assign(p.Stack[len(p.Stack)-1], key, []any{})
	}
}
