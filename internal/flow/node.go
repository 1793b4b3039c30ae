package flow

// NodeKind tells the kinds of node apart: the two events, and the kinds of
// activity and gateway as their own types write them.
type NodeKind string

// The kinds of event. The others are ServiceActivity, SubProcess and the kinds of
// gateway, converted.
const (
	StartEvent NodeKind = "EmptyStartEvent"
	EndEvent   NodeKind = "EmptyEndEvent"
)

// Node is what every node has. At most one of Event, Activity and Gateway is set.
type Node struct {
	ID, Name           string
	Kind               NodeKind
	Incoming, Outgoing []string
	Event              *Event
	Activity           *Activity
	Gateway            *Gateway

	at int // position in Pipeline.order
}

// buildIndex makes the look-ups. A node whose id is taken is left out; Validate
// reports it.
func (p *Pipeline) buildIndex() {
	n := len(p.Activities) + len(p.Gateways) + 2
	p.nodes = make(map[string]*Node, n)
	p.order = make([]*Node, 0, n)
	all := make([]Node, 0, n)
	add := func(node Node) {
		if p.nodes[node.ID] != nil {
			p.twins = append(p.twins, &node)
			return
		}
		node.at = len(all)
		all = append(all, node)
		p.nodes[node.ID] = &all[len(all)-1]
		p.order = append(p.order, &all[len(all)-1])
	}
	if e := p.Start; e != nil {
		add(Node{ID: e.ID, Name: e.Name, Kind: StartEvent, Incoming: e.Incoming, Outgoing: e.Outgoing, Event: e})
	}
	for _, a := range p.Activities {
		add(Node{ID: a.ID, Name: a.Name, Kind: NodeKind(a.Kind), Incoming: a.Incoming, Outgoing: a.Outgoing, Activity: a})
	}
	for _, g := range p.Gateways {
		add(Node{ID: g.ID, Name: g.Name, Kind: NodeKind(g.Kind), Incoming: g.Incoming, Outgoing: g.Outgoing, Gateway: g})
	}
	if e := p.End; e != nil {
		add(Node{ID: e.ID, Name: e.Name, Kind: EndEvent, Incoming: e.Incoming, Outgoing: e.Outgoing, Event: e})
	}
	p.flows = make(map[string]*Flow, len(p.Flows))
	for i, f := range p.Flows {
		f.at = i
		p.flows[f.ID] = f
	}
	p.constants = make(map[string]*Constant, len(p.Constants))
	for _, k := range p.Constants {
		p.constants[k.Key] = k
	}
}

// Node returns the node of this tree with that id, or nil. Nodes of inner trees
// are found through their own Pipeline.
func (p *Pipeline) Node(id string) *Node { return p.nodes[id] }

// Activity returns the activity with that id, or nil.
func (p *Pipeline) Activity(id string) *Activity {
	if n := p.nodes[id]; n != nil {
		return n.Activity
	}
	return nil
}

// Gateway returns the gateway with that id, or nil.
func (p *Pipeline) Gateway(id string) *Gateway {
	if n := p.nodes[id]; n != nil {
		return n.Gateway
	}
	return nil
}

// Flow returns the flow with that id, or nil.
func (p *Pipeline) Flow(id string) *Flow { return p.flows[id] }

// Constant returns the constant with that key, braces included, or nil.
func (p *Pipeline) Constant(key string) *Constant { return p.constants[key] }

// NodeIDs returns the ids of all nodes of this tree: start, activities and
// gateways in document order, end. The slice belongs to the caller.
func (p *Pipeline) NodeIDs() []string {
	ids := make([]string, len(p.order))
	for i, n := range p.order {
		ids[i] = n.ID
	}
	return ids
}
