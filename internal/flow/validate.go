package flow

import (
	"slices"

	"rehearse.dev/internal/fault"
)

// Option adds rules to Validate.
type Option func(*options)

type options struct {
	web, refuseCycles bool
	startNode         string
}

// Web adds the checks of a stored template (engine §3.2): complete sections, hooks,
// names, keys of variables and what they point at. Names are judged as CleanNames
// would leave them.
func Web() Option { return func(o *options) { o.web = true } }

// RefuseCycles makes a circle of flows a problem. BKFlow tolerates circles.
func RefuseCycles() Option { return func(o *options) { o.refuseCycles = true } }

// StartNode asks whether a run may begin at that node (engine §3.6). An empty id
// asks nothing.
func StartNode(id string) Option { return func(o *options) { o.startNode = id } }

// Validate returns everything that keeps the tree from being run, nil if nothing
// does. Inner trees come first, then the stages in the order of the reference
// engine: web checks, parts and ids, connections, circles, gateways, streams, the
// start position. A stage whose input an earlier one refused is left out, so that
// one cause gives one problem. Paths lead from the root of the outermost document.
//
// Whether variables can be rendered is not asked here; the engine does that.
func (p *Pipeline) Validate(opts ...Option) []fault.Problem {
	var o options
	for _, set := range opts {
		set(&o)
	}
	v := validator{options: o}
	if slices.ContainsFunc(p.Activities, func(a *Activity) bool { return a.Pipeline != nil }) {
		v.taken = make(map[string]bool, 2*len(p.nodes))
	}
	v.tree(p)
	if o.startNode != "" {
		v.startPosition(p)
	}
	return v.found.all()
}

// Pairing returns the converge gateway of every gateway that has one (engine §3.4:
// all parallel ones, and the exclusive ones whose branches meet), both by id, for
// this tree without its inner trees. It is partial for a tree that Validate refuses.
// The map belongs to the caller.
func (p *Pipeline) Pairing() map[string]string {
	pairs := p.topology().pairs
	own := make(map[string]string, len(pairs))
	for gateway, converge := range pairs {
		own[gateway] = converge
	}
	return own
}

type validator struct {
	options
	taken map[string]bool // the node ids met so far, nil if there is one tree only
	found problems
}

func (v *validator) tree(p *Pipeline) {
	for _, a := range p.Activities {
		if a.Pipeline != nil {
			v.tree(a.Pipeline)
		}
	}
	if v.web {
		v.found.join(webProblems(p))
	}
	t := p.topology()
	v.found.join(t.structure)
	v.uniqueIDs(p)
	v.found.join(t.connection)
	if v.refuseCycles && len(t.circle) > 0 {
		n := p.nodes[t.circle[0]]
		v.found.addf(Cycle, p.nodePath(n), n.ID, "the flows of %d nodes run in a circle through node %s", len(t.circle), brief(n.ID))
	}
	v.found.join(t.gateways)
	v.found.join(t.streams)
}

// uniqueIDs refuses an id that two nodes of the whole document share: a tree with
// inline sub-processes is one document of one author, and the original names its
// nodes by their ids alone. Trees that Inline has made repeat ids by design; each of
// their parts was validated before.
func (v *validator) uniqueIDs(p *Pipeline) {
	for _, n := range p.twins {
		v.found.addf(InvalidTree, p.nodePath(n), n.ID, "the node id %s is used twice", brief(n.ID))
	}
	if v.taken == nil {
		return
	}
	for _, n := range p.order {
		if v.taken[n.ID] {
			v.found.addf(InvalidTree, p.nodePath(n), n.ID, "the node id %s is also used in a tree inside this one or beside it", brief(n.ID))
		}
		v.taken[n.ID] = true
	}
}

// startPosition checks where the run of the outermost tree begins.
func (v *validator) startPosition(p *Pipeline) {
	if p.Start != nil && p.Start.ID == v.startNode {
		return
	}
	n := p.nodes[v.startNode]
	if n == nil {
		v.found.addf(StartPosition, nil, v.startNode, "the run cannot start at %s: the tree has no such node", brief(v.startNode))
		return
	}
	if t := p.topology(); !t.sound() {
		return // where the main line runs cannot be told
	}
	if !slices.Contains(p.mainLine(), v.startNode) {
		v.found.addf(StartPosition, p.nodePath(n), n.ID, "the run cannot start at %s: only activities and forking gateways outside of parallel branches may be the first node", n.ID)
	}
}

// mainLine returns the nodes at which a run may begin: those outside of parallel
// blocks, without sub-processes, converge gateways and the end event.
func (p *Pipeline) mainLine() []string {
	pairs := p.topology().pairs
	seen := make(map[string]bool, len(p.nodes))
	var line []string
	todo := []string{p.Start.ID}
	for len(todo) > 0 {
		n := p.nodes[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if n == nil || seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		switch n.Kind {
		case StartEvent, NodeKind(ServiceActivity), NodeKind(ExclusiveGateway),
			NodeKind(ParallelGateway), NodeKind(ConditionalParallelGateway):
			line = append(line, n.ID)
		}
		switch n.Kind {
		case NodeKind(ParallelGateway), NodeKind(ConditionalParallelGateway):
			todo = append(todo, pairs[n.ID]) // the branches are left out
		default:
			for _, id := range n.Outgoing {
				if f := p.flows[id]; f != nil {
					todo = append(todo, f.Target)
				}
			}
		}
	}
	return line
}
