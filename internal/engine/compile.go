package engine

import (
	"fmt"
	"slices"

	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// compiler builds a Plan and collects what is missing in the tree.
type compiler struct {
	plan     *Plan
	options  Options
	ids      map[string]int // how often a node id occurs in the whole tree
	problems []fault.Problem
}

func (c *compiler) problemf(nodeID, format string, args ...any) {
	c.problems = append(c.problems, fault.Problem{Code: InvalidTree, NodeID: nodeID, Message: fmt.Sprintf(format, args...)})
}

func (c *compiler) countIDs(p *flow.Pipeline) {
	for _, id := range p.NodeIDs() {
		c.ids[id]++
	}
	for _, a := range p.Activities {
		if a.Pipeline != nil {
			c.countIDs(a.Pipeline)
		}
	}
}

// scope compiles one pipeline with everything inside.
func (c *compiler) scope(p *flow.Pipeline, key string, owner *node) *scopePlan {
	s := &scopePlan{key: key, owner: owner, visible: true, byKey: map[string]*variable{}}
	if owner != nil {
		s.visible = p.ID == "" || p.ID == owner.id
	}
	c.plan.scopes[key] = s
	nodes := c.nodes(p, s)
	if p.Start == nil || p.End == nil {
		c.problemf("", "the pipeline %s needs a start and an end event", key)
		return s
	}
	s.start, s.end = nodes[p.Start.ID], nodes[p.End.ID]
	c.variables(p, s, nodes)
	s.outputs = p.Outputs
	c.connect(p, s, nodes)
	for _, a := range p.Activities {
		if n := nodes[a.ID]; n != nil && n.activity == a {
			c.activity(n, a, p)
		}
	}
	s.resolve()
	return s
}

// nodes makes the nodes of p, still unconnected. Without Options.InnerPaths an
// inner node is named by its path only where its id occurs twice.
func (c *compiler) nodes(p *flow.Pipeline, s *scopePlan) map[string]*node {
	nodes := map[string]*node{}
	for _, id := range p.NodeIDs() {
		from := p.Node(id)
		n := &node{key: id, id: id, name: from.Name, kind: from.Kind, scope: s, activity: from.Activity}
		if s.owner != nil && (c.options.InnerPaths || c.ids[id] > 1) {
			n.key = flow.JoinPath(s.key, id)
		}
		if c.options.InnerPaths && from.Activity != nil && from.Activity.Refers() != nil {
			n.kind = flow.NodeKind(flow.SubProcess) // also in the form of a plugin
		}
		if c.plan.nodes[n.key] != nil {
			c.problemf(id, "the node id %s is taken twice", id)
			continue
		}
		c.plan.nodes[n.key] = n
		c.plan.keys = append(c.plan.keys, n.key)
		s.nodes = append(s.nodes, n)
		nodes[id] = n
	}
	return nodes
}

// connect draws the flows and finishes the gateways.
func (c *compiler) connect(p *flow.Pipeline, s *scopePlan, nodes map[string]*node) {
	pairing := p.Pairing()
	for _, id := range p.NodeIDs() {
		n, from := nodes[id], p.Node(id)
		if n == nil {
			continue
		}
		for _, flowID := range from.Outgoing {
			f := p.Flow(flowID)
			if f == nil || nodes[f.Target] == nil {
				c.problemf(id, "the flow %s of node %s leads nowhere", flowID, id)
				continue
			}
			n.flows = append(n.flows, edge{flow: flowID, target: nodes[f.Target]})
		}
		if from.Gateway != nil {
			c.gateway(p, nodes, n, from.Gateway, nodes[pairing[id]])
		}
		if len(n.flows) > 0 {
			n.next = n.flows[0].target
		} else if n != s.end {
			c.problemf(id, "the node %s leads nowhere", id)
		}
	}
}

func (c *compiler) gateway(p *flow.Pipeline, nodes map[string]*node, n *node, g *flow.Gateway, converge *node) {
	n.converge = converge
	n.language = g.Language
	if n.language == "" {
		n.language = c.options.Language
	}
	parallel := g.Kind == flow.ParallelGateway || g.Kind == flow.ConditionalParallelGateway
	if parallel && converge == nil {
		c.problemf(g.ID, "the gateway %s has no converge gateway", g.ID)
	}
	var texts []any
	for i := range g.Conditions {
		cond := &g.Conditions[i]
		f := p.Flow(cond.FlowID)
		if f == nil || nodes[f.Target] == nil {
			continue // the condition of a flow that is gone is never looked at
		}
		e := edge{flow: cond.FlowID, name: cond.Name, target: nodes[f.Target]}
		n.conditions = append(n.conditions, condition{edge: e, text: cond.Evaluate})
		texts = append(texts, cond.Evaluate)
	}
	n.refs = expr.References(texts)
	if d := g.Default; d != nil {
		e, ok := n.edge(d.FlowID)
		if !ok {
			c.problemf(g.ID, "the default branch of gateway %s names the unknown flow %s", g.ID, d.FlowID)
			return
		}
		e.name = d.Name
		n.fallback = &e
	}
}

// edge returns the outgoing flow of n with that id.
func (n *node) edge(flowID string) (edge, bool) {
	for _, e := range n.flows {
		if e.flow == flowID {
			return e, true
		}
	}
	return edge{}, false
}

// activity compiles what a service activity or a sub-process adds to a node.
func (c *compiler) activity(n *node, a *flow.Activity, p *flow.Pipeline) {
	switch {
	case a.Kind == flow.SubProcess && a.Pipeline != nil:
		c.parameters(n, a, p)
		n.inner = c.scope(a.Pipeline, n.key, n)
	case c.options.InnerPaths && n.kind == flow.NodeKind(flow.SubProcess):
		c.reference(n, a)
	case a.Kind == flow.SubProcess:
		c.problemf(a.ID, "the sub-process %s names a template instead of holding its tree", a.ID)
	case a.Component == nil:
		c.problemf(a.ID, "the activity %s has no component", a.ID)
	default:
		if c.plan.plugins != nil {
			if plugin, ok := c.plan.plugins.Lookup(a.Component.Code, a.Component.Version); ok {
				n.plugin, n.spec = plugin, plugin.Spec()
			}
		}
		c.fields(n, a.Component)
	}
}

// fields compiles the component's inputs. A field without a reference is plain
// and never rendered; need_render false keeps it as typed (engine §2 step 3).
func (c *compiler) fields(n *node, component *flow.Component) {
	n.inputs = make([]input, 0, len(component.Inputs))
	for i := range component.Inputs {
		f := &component.Inputs[i]
		value, err := decode(f.Value)
		if err != nil {
			c.problemf(n.id, "the input %s of node %s: %v", f.Key, n.id, err)
			continue
		}
		in := input{key: f.Key, value: value}
		if f.NeedRender {
			refs := expr.References(value)
			in.render = len(refs) > 0
			n.refs = append(n.refs, refs...)
		}
		n.inputs = append(n.inputs, in)
	}
	slices.Sort(n.refs)
	n.refs = slices.Compact(n.refs)
	if len(n.refs) == 0 {
		n.constant = expr.NewDict(len(n.inputs) + 2)
		for i := range n.inputs {
			n.constant.Set(n.inputs[i].key, n.inputs[i].value)
		}
		n.constant.Set(loopKey, int64(1))
		n.constant.Set(innerLoopKey, int64(1))
	}
}

// parameters compiles what a sub-process hands to its inner pipeline: every
// shown constant (engine §2 step 7). A lazy one becomes a variable of the outer
// scope, so that it is evaluated there, unless the outer tree hooked it already.
func (c *compiler) parameters(n *node, a *flow.Activity, outer *flow.Pipeline) {
	var rendered []any
	for _, k := range a.Pipeline.Constants {
		if k.ShowType != "show" {
			continue
		}
		value, err := decode(k.Value)
		if err != nil {
			c.problemf(n.id, "the constant %s of sub-process %s: %v", k.Key, n.id, err)
			continue
		}
		if isLazy(k.CustomType) && !hooked(outer, a.ID, k.Key, value) {
			hoisted := "${" + bare(k.Key) + "_" + n.id + "}"
			n.scope.add(newVariable(hoisted, k.CustomType, value))
			value = hoisted
		}
		in := input{key: k.Key, value: value, render: k.NeedRender}
		if in.render {
			rendered = append(rendered, value)
		}
		n.inputs = append(n.inputs, in)
	}
	n.refs = expr.References(rendered)
}

// reference compiles a sub-process whose tree nobody put in: what the reference
// sets are its inputs.
func (c *compiler) reference(n *node, a *flow.Activity) {
	ref := a.Refers()
	if ref == nil {
		c.problemf(a.ID, "the sub-process %s names no template and holds no tree", a.ID)
		return
	}
	var rendered []any
	for _, parameter := range ref.Parameters() {
		value, err := decode(parameter.Value)
		if err != nil {
			c.problemf(n.id, "the constant %s of sub-process %s: %v", parameter.Key, n.id, err)
			continue
		}
		in := input{key: parameter.Key, value: value, render: parameter.NeedRender == nil || *parameter.NeedRender}
		if in.render {
			rendered = append(rendered, value)
		}
		n.inputs = append(n.inputs, in)
	}
	n.refs = expr.References(rendered)
}

// hooked tells whether the outer tree holds the inner constant key of node id as
// the constant that value names.
func hooked(outer *flow.Pipeline, id, key string, value any) bool {
	name, ok := value.(string)
	if !ok {
		return false
	}
	k := outer.Constant(name)
	if k == nil {
		return false
	}
	for i := range k.SourceInfo {
		if k.SourceInfo[i].NodeID != id {
			continue
		}
		for _, inner := range k.SourceInfo[i].Keys {
			if inner == key {
				return true
			}
		}
	}
	return false
}
