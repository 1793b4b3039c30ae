package engine

import "rehearse.dev/internal/expr"

// startEvent finishes at once, after it has fixed the variables that ask to be
// rendered before anything runs (engine §8.5).
func (m *machine) startEvent(p *Process, n *node, row *Row) *node {
	if len(n.scope.preRender) > 0 {
		if err := m.preRender(p, n, row); err != nil {
			m.addOutput(row, exDataKey, "context hydrate failed("+err.Error()+"), check node log for details.")
			m.fail(p, n, row, Failure{RuleHydration, err.Error()})
			return nil
		}
	}
	m.finish(n.key, row, Finished)
	return n.next
}

func (m *machine) preRender(p *Process, n *node, row *Row) error {
	scope := p.Stack[len(p.Stack)-1]
	e := m.env(scope, n, row)
	fixed := make(map[string]any, len(n.scope.preRender))
	for _, key := range n.scope.preRender {
		v, ok, err := e.hydrate(key)
		if err != nil {
			return err
		}
		if ok {
			fixed[key] = v
		}
	}
	for key, v := range fixed {
		m.s.assign(scope, key, v)
	}
	return nil
}

// endEvent computes the outputs of its pipeline and finishes both. An output
// that cannot be hydrated fails the event; the reference does so without any
// ex_data, which helps nobody, so the reason stands in the row's Why.
func (m *machine) endEvent(p *Process, n *node, row *Row) *node {
	scope := p.Stack[len(p.Stack)-1]
	outputs, err := m.pipelineOutputs(scope, n, row)
	if err != nil {
		m.fail(p, n, row, Failure{RuleHydration, err.Error()})
		return nil
	}
	owner := m.s.Rows[scope]
	if len(p.Stack) > 1 {
		outputs.Set(loopKey, int64(owner.Loop))
		outputs.Set(innerLoopKey, int64(owner.InnerLoop))
	}
	owner.Outputs = Fields{outputs}
	m.finish(n.key, row, Finished)
	if Legal(owner.State, Finished) {
		m.finish(scope, owner, Finished)
	}
	if len(p.Stack) == 1 {
		delete(m.s.Processes, p.ID)
		return nil
	}
	p.Stack = p.Stack[: len(p.Stack)-1 : len(p.Stack)-1]
	outer := m.plan.nodes[scope]
	m.publish(p, outer, outputs)
	return outer.next
}

// pipelineOutputs gives each output key its value, or the key itself when
// nothing has set it (engine §7.4). The reference looks for references in the raw
// values, plain ones included, so that a broken variable named in a plain text
// fails the event as well.
func (m *machine) pipelineOutputs(scope string, n *node, row *Row) (*expr.Dict, error) {
	keys := n.scope.outputs
	out := expr.NewDict(len(keys) + 2)
	if len(keys) == 0 {
		return out, nil
	}
	e := m.env(scope, n, row)
	for _, key := range keys {
		v, ok, err := e.hydrate(key)
		if err != nil {
			return nil, err
		}
		if !ok {
			out.Set(key, key)
			continue
		}
		out.Set(key, storable(v))
		if raw, isPlain := e.plain(key); isPlain {
			if err := e.hydrateAll(expr.References(raw)); err != nil {
				return nil, err
			}
		}
	}
	if !fits(out, maxInputs) {
		return nil, errOutputSize
	}
	return out, nil
}
