package engine

import (
	"fmt"
	"strings"

	"rehearse.dev/internal/expr"
)

// exclusive takes exactly one branch. Every condition is evaluated, also after a
// hit, and an error in any of them fails the gateway (engine §9).
func (m *machine) exclusive(p *Process, n *node, row *Row) *node {
	hits, d, ok := m.decide(p, n, row)
	if !ok {
		return nil
	}
	if len(hits) > 1 {
		flows := make([]string, len(hits))
		for i, at := range hits {
			flows[i] = d.Branches[at].Flow
		}
		m.gatewayFailed(p, n, row, d, Failure{RuleManyBranches, "multiple conditions meet: [" + strings.Join(flows, ", ") + "]"})
		return nil
	}
	targets := m.choose(p, n, row, d, hits)
	if targets == nil {
		return nil
	}
	m.finish(n.key, row, Finished)
	return targets[0]
}

// conditional runs every branch whose condition holds.
func (m *machine) conditional(p *Process, n *node, row *Row) *node {
	hits, d, ok := m.decide(p, n, row)
	if !ok {
		return nil
	}
	if targets := m.choose(p, n, row, d, hits); targets != nil {
		m.finish(n.key, row, Finished)
		m.fork(p, targets, n.converge.key)
	}
	return nil
}

// parallel runs every branch.
func (m *machine) parallel(p *Process, n *node, row *Row) *node {
	targets := make([]*node, len(n.flows))
	for i := range n.flows {
		targets[i] = n.flows[i].target
	}
	m.finish(n.key, row, Finished)
	m.fork(p, targets, n.converge.key)
	return nil
}

// fork makes one process per target, up to the converge, and lets the parent
// wait. Two flows to the same node are one branch, as in the reference.
func (m *machine) fork(p *Process, targets []*node, converge string) {
	p.Asleep = true
	p.Ack, p.Need = 0, 0
	seen := make(map[string]bool, len(targets))
	for _, target := range targets {
		if seen[target.key] {
			continue
		}
		seen[target.key] = true
		p.Need++
		child := m.spawn(p.ID, p.Stack, target.key, converge)
		m.execute(child.ID, target)
	}
}

// decide evaluates all conditions. It returns the branches that hold, or false
// after it has failed the gateway.
func (m *machine) decide(p *Process, n *node, row *Row) (hits []int, d *Decision, ok bool) {
	language := expr.LanguageOf(n.language)
	d = &Decision{Gateway: n.kind, Language: string(language), Branches: make([]Branch, 0, len(n.flows))}
	e := m.env(p.Stack[len(p.Stack)-1], n, row)
	if err := e.hydrateAll(n.refs); err != nil {
		m.gatewayFailed(p, n, row, d, Failure{
			RuleHydration, "evaluation context hydrate failed(" + err.Error() + "), check node log for details.",
		})
		return nil, nil, false
	}
	var failed *Branch
	for i := range n.conditions {
		c := &n.conditions[i]
		verdict := m.expressions().Decide(language, c.text, e)
		branch := Branch{
			Flow: c.flow, Name: c.name, Target: c.target.key,
			Text: c.text, Rendered: shown(verdict.Rendered), Hit: verdict.Hit, Warnings: verdict.Warnings,
		}
		for _, o := range verdict.Operands {
			branch.Operands = append(branch.Operands, Operand{Text: o.Text, Value: shown(o.Value)})
		}
		for _, u := range verdict.Unresolved {
			branch.Unresolved = append(branch.Unresolved, Unresolved{Field: c.flow, Piece: u.Piece, Reason: u.Reason})
		}
		if verdict.Err != nil {
			branch.Hit, branch.Error = false, verdict.Err.Error()
		}
		d.Branches = append(d.Branches, branch)
		switch {
		case branch.Error != "" && failed == nil:
			failed = &branch
		case branch.Hit:
			hits = append(hits, i)
		}
	}
	if n.fallback != nil {
		d.Branches = append(d.Branches, Branch{Flow: n.fallback.flow, Name: n.fallback.name, Target: n.fallback.target.key, Default: true})
	}
	if failed != nil {
		m.gatewayFailed(p, n, row, d, Failure{
			RuleCondition, fmt.Sprintf("evaluate[%s] of flow %s failed: %s", expr.Str(failed.Rendered.Any), failed.Flow, failed.Error),
		})
		return nil, nil, false
	}
	return hits, d, true
}

// choose marks the branches that are taken and logs the decision; without a hit
// the default branch stands in, without a default the gateway fails.
func (m *machine) choose(p *Process, n *node, row *Row, d *Decision, hits []int) []*node {
	var targets []*node
	switch {
	case len(hits) > 0:
		d.Why = "the condition holds"
		if len(hits) > 1 {
			d.Why = fmt.Sprintf("%d conditions hold", len(hits))
		}
		for _, i := range hits {
			d.take(i)
			targets = append(targets, n.conditions[i].target)
		}
	case n.fallback != nil:
		d.Why = "no condition holds, so the default branch is taken"
		d.take(len(d.Branches) - 1)
		targets = []*node{n.fallback.target}
	default:
		m.gatewayFailed(p, n, row, d, Failure{RuleNoBranch, "all conditions of branches are not meet"})
		return nil
	}
	m.decided(n, row, d)
	return targets
}

func (d *Decision) take(i int) {
	d.Branches[i].Taken = true
	d.Taken = append(d.Taken, d.Branches[i].Flow)
}

func (m *machine) decided(n *node, row *Row, d *Decision) {
	m.result.Log = append(m.result.Log, Record{
		Kind: RecordDecision, Node: n.key, At: m.at, Version: row.Version, Loop: row.Loop, Decision: d,
	})
}

// gatewayFailed logs the decision and fails the gateway; it has no output but
// ex_data.
func (m *machine) gatewayFailed(p *Process, n *node, row *Row, d *Decision, why Failure) {
	d.Why = why.Message
	m.decided(n, row, d)
	m.addOutput(row, exDataKey, why.Message)
	m.fail(p, n, row, why)
}
