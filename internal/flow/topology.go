package flow

import "rehearse.dev/internal/fault"

// topology is what the shape of one tree says, whatever the options. It is found
// once per Pipeline.
type topology struct {
	structure, connection, gateways, streams problems
	// circle is one circle of nodes, the last one first, nil if there is none.
	circle []string
	pairs  map[string]string
}

// sound says whether the tree may run, inner trees aside.
func (t *topology) sound() bool {
	return len(t.structure.list)+len(t.connection.list)+len(t.gateways.list)+len(t.streams.list) == 0
}

func newTopology(p *Pipeline) *topology {
	t := &topology{structure: structure(p)}
	g := newGraph(p)
	t.connection = connections(p, g)
	for _, i := range g.cycle() {
		t.circle = append(t.circle, g.nodes[i].ID)
	}
	if g.start == none || g.end == none {
		return t
	}
	reached := g.reached(g.start)
	if len(t.connection.list) > 0 {
		// Behind a broken flow everything is unreachable; a node without any flow is
		// a mistake of its own.
		t.streams = isolated(p)
		return t
	}
	for _, n := range g.nodes {
		if !knownKind(n.Kind) {
			return t
		}
	}
	lost := unreachable(p, g, reached)
	t.pairs, t.gateways = pair(p, g, reached)
	if len(t.gateways.list) == 0 {
		t.streams = streams(p, g, t.pairs)
	}
	for _, problem := range lost.list {
		if problem.Code == GatewayPairing {
			t.gateways.join(problems{list: []fault.Problem{problem}})
			continue
		}
		t.streams.join(problems{list: []fault.Problem{problem}})
	}
	t.streams.dropped += lost.dropped
	return t
}

// path returns the path of a part of this tree in the outermost document.
func (p *Pipeline) path(parts ...string) []string {
	return append(append(make([]string, 0, len(p.prefix)+len(parts)), p.prefix...), parts...)
}

func (p *Pipeline) nodePath(n *Node, parts ...string) []string {
	var path []string
	switch {
	case n.Activity != nil:
		path = p.path("activities", n.ID)
	case n.Gateway != nil:
		path = p.path("gateways", n.ID)
	case n.Event == p.Start:
		path = p.path("start_event")
	default:
		path = p.path("end_event")
	}
	return append(path, parts...)
}
