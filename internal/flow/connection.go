package flow

// maxDegree is the largest number of flows into or out of a node (engine §3.3).
const maxDegree = 1000

// degrees are the numbers of flows that a kind of node may have.
type degrees struct{ minIn, maxIn, minOut, maxOut int }

func degreesOf(k NodeKind) degrees {
	switch k {
	case StartEvent:
		return degrees{0, maxDegree, 1, 1} // flowTarget tells of every flow that leads here
	case EndEvent:
		return degrees{1, maxDegree, 0, 0}
	case NodeKind(ServiceActivity), NodeKind(SubProcess), NodeKind(ConvergeGateway):
		return degrees{1, maxDegree, 1, 1}
	default:
		return degrees{1, maxDegree, 1, maxDegree}
	}
}

// connections checks that every flow has two ends which know it, and that every
// node has as many flows as its kind allows (engine §3.3).
//
// The reference reads the fields of the nodes only and never looks at a flow that
// no node lists. Here both must tell the same story, since the canvas draws one and
// the engine runs the other.
func connections(p *Pipeline, g *graph) (found problems) {
	leaving := make([]bool, len(p.Flows))
	entering := make([]bool, len(p.Flows))
	for _, n := range g.nodes {
		for _, id := range n.Outgoing {
			listed(p, n, "outgoing", id, leaving, &found)
		}
		for _, id := range n.Incoming {
			listed(p, n, "incoming", id, entering, &found)
		}
	}
	told := map[string]bool{} // the nodes that lack a flow in their lists
	for _, f := range p.Flows {
		if !flowEnd(p, f, "source", f.Source, "outgoing", leaving, &found) {
			told[f.Source] = true
		}
		if !flowTarget(p, f, &found) {
			continue
		}
		if !flowEnd(p, f, "target", f.Target, "incoming", entering, &found) {
			told[f.Target] = true
		}
	}
	for _, n := range g.nodes {
		degree(p, n, told[n.ID], &found)
	}
	return found
}

// listed checks one entry of a node's list of flows.
func listed(p *Pipeline, n *Node, list string, id string, seen []bool, found *problems) {
	path := func() []string { return p.nodePath(n, list) }
	f := p.flows[id]
	if f == nil {
		found.addf(Connection, path(), n.ID, "node %s lists the %s flow %q, which does not exist", n.ID, list, brief(id))
		return
	}
	end := f.Source
	if list == "incoming" {
		end = f.Target
	}
	if end != n.ID {
		found.addf(Connection, path(), n.ID, "node %s lists the %s flow %s, which belongs to node %q", n.ID, list, id, brief(end))
	} else if seen[f.at] {
		found.addf(Connection, path(), n.ID, "node %s lists the %s flow %s twice", n.ID, list, id)
	}
	seen[f.at] = true
}

// flowEnd checks one end of a flow. A flow that any node lists on that side is left
// to listed, which has told of a mismatch.
func flowEnd(p *Pipeline, f *Flow, end, id, list string, seen []bool, found *problems) bool {
	n := p.nodes[id]
	if n == nil {
		found.addf(Connection, p.path("flows", f.ID, end), "", "the %s of flow %s is %q, which is no node", end, f.ID, brief(id))
		return false
	}
	if !seen[f.at] {
		found.addf(Connection, p.path("flows", f.ID, end), n.ID, "node %s does not list flow %s as %s", n.ID, f.ID, list)
		return false
	}
	return true
}

// flowTarget refuses the flows that no kind of node may have.
func flowTarget(p *Pipeline, f *Flow, found *problems) bool {
	source, target := p.nodes[f.Source], p.nodes[f.Target]
	switch {
	case target == nil:
		return true
	case target.Kind == StartEvent:
		found.addf(Connection, p.path("flows", f.ID, "target"), f.Source, "flow %s leads to the start event", f.ID)
		return false
	case source != nil && source.Kind == StartEvent && target.Kind == EndEvent:
		found.addf(Connection, p.path("flows", f.ID), source.ID, "flow %s leads from the start event straight to the end event", f.ID)
		return false
	default:
		return true
	}
}

// degree checks how many flows node n has. Too few are no news for a node that was
// told to lack one.
func degree(p *Pipeline, n *Node, told bool, found *problems) {
	in, out := len(n.Incoming), len(n.Outgoing)
	if in == 0 && out == 0 && n.Event == nil {
		return // an isolated node is a matter of streams
	}
	d := degreesOf(n.Kind)
	if in < d.minIn && !told || in > d.maxIn {
		found.addf(Connection, p.nodePath(n, "incoming"), n.ID, "node %s has %d incoming flows, %s", n.ID, in, allowed(d.minIn, d.maxIn))
	}
	if out < d.minOut && !told || out > d.maxOut {
		found.addf(Connection, p.nodePath(n, "outgoing"), n.ID, "node %s has %d outgoing flows, %s", n.ID, out, allowed(d.minOut, d.maxOut))
	}
}

func allowed(least, most int) string {
	if least == most {
		return "it must have " + itoa(least)
	}
	return "it must have " + itoa(least) + " to " + itoa(most)
}

// isolated reports the nodes without any flow. One that a flow names has been told
// of as the end of that flow.
func isolated(p *Pipeline) (found problems) {
	named := make(map[string]bool, len(p.nodes))
	for _, f := range p.Flows {
		named[f.Source], named[f.Target] = true, true
	}
	for _, n := range p.order {
		if n.Event == nil && len(n.Incoming) == 0 && len(n.Outgoing) == 0 && !named[n.ID] {
			found.addf(Stream, p.nodePath(n), n.ID, "node %s is connected with nothing", n.ID)
		}
	}
	return found
}
