package flow

// graph is the topology of one tree with small numbers instead of ids. It holds
// the sound flows only: those that both ends agree on.
type graph struct {
	nodes []*Node
	out   [][]int // targets, in the order of the outgoing field
	in    [][]int // sources, in the order of the incoming field
	start int     // -1 if the tree has none
	end   int
}

// none stands for no node.
const none = -1

func newGraph(p *Pipeline) *graph {
	g := &graph{nodes: p.order, start: none, end: none}
	for i, n := range p.order {
		switch n.Event {
		case nil:
		case p.Start:
			g.start = i
		case p.End:
			g.end = i
		}
	}
	g.out = make([][]int, len(g.nodes))
	g.in = make([][]int, len(g.nodes))
	buf := make([]int, 0, 2*len(p.flows)+2)
	for i, n := range g.nodes {
		first := len(buf)
		for _, id := range n.Outgoing {
			if f := p.flows[id]; f != nil && f.Source == n.ID {
				if t := p.nodes[f.Target]; t != nil {
					buf = append(buf, t.at)
				}
			}
		}
		g.out[i] = buf[first:len(buf):len(buf)]
		first = len(buf)
		for _, id := range n.Incoming {
			if f := p.flows[id]; f != nil && f.Target == n.ID {
				if s := p.nodes[f.Source]; s != nil {
					buf = append(buf, s.at)
				}
			}
		}
		g.in[i] = buf[first:len(buf):len(buf)]
	}
	return g
}

// reached marks what can be reached from node i.
func (g *graph) reached(i int) []bool {
	seen := make([]bool, len(g.nodes))
	if i == none {
		return seen
	}
	seen[i] = true
	todo := []int{i}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, t := range g.out[n] {
			if !seen[t] {
				seen[t] = true
				todo = append(todo, t)
			}
		}
	}
	return seen
}

// cycle returns the nodes of one circle, or nil if there is none.
func (g *graph) cycle() []int {
	const (
		open = 1
		done = 2
	)
	color := make([]uint8, len(g.nodes))
	type frame struct{ node, next int }
	for root := range g.nodes {
		if color[root] != 0 {
			continue
		}
		color[root] = open
		stack := []frame{{node: root}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(g.out[top.node]) {
				color[top.node] = done
				stack = stack[:len(stack)-1]
				continue
			}
			t := g.out[top.node][top.next]
			top.next++
			switch color[t] {
			case 0:
				color[t] = open
				stack = append(stack, frame{node: t})
			case open:
				var circle []int
				for i := len(stack) - 1; i >= 0; i-- {
					circle = append(circle, stack[i].node)
					if stack[i].node == t {
						break
					}
				}
				return circle
			}
		}
	}
	return nil
}

func (g *graph) kind(i int) NodeKind { return g.nodes[i].Kind }

func (g *graph) activity(i int) bool { return g.nodes[i].Activity != nil }

func (g *graph) converge(i int) bool { return g.kind(i) == NodeKind(ConvergeGateway) }

// split says whether node i is a gateway with branches.
func (g *graph) split(i int) bool { return g.nodes[i].Gateway != nil && !g.converge(i) }

// parallel says whether node i starts several branches at once.
func (g *graph) parallel(i int) bool {
	k := GatewayKind(g.kind(i))
	return k == ParallelGateway || k == ConditionalParallelGateway
}
