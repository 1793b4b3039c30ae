package flow

// A stream is the main line or one branch of one parallel gateway. Every node must
// belong to exactly one, or else two processes of the engine would run it
// (engine §3.5).

// mainStream is the stream of the start and the end event.
const mainStream = 0

// streams spreads the streams from the start and reports every node that two of
// them reach. All gateways must be matched.
func streams(p *Pipeline, g *graph, pairs map[string]string) (found problems) {
	label := filled(len(g.nodes))
	label[g.start], label[g.end] = mainStream, mainStream
	// branches holds the first stream of each parallel gateway; the others follow.
	branches := make([]int, len(g.nodes))
	opener := filled(len(g.nodes)) // the parallel gateway of a converge gateway
	next := mainStream + 1
	for i := range g.nodes {
		if g.parallel(i) {
			branches[i] = next
			next += len(g.out[i])
			if c := p.nodes[pairs[g.nodes[i].ID]]; c != nil {
				opener[c.at] = i
			}
		}
	}
	clashed := make([]bool, len(g.nodes))
	clash := func(i int) {
		if !clashed[i] {
			clashed[i] = true
			n := g.nodes[i]
			found.addf(Stream, p.nodePath(n), n.ID, "node %s is reached from two branches that run at the same time", n.ID)
		}
	}
	mark := func(i, stream int) {
		switch label[i] {
		case stream:
		case none:
			label[i] = stream
		default:
			clash(i)
		}
	}
	queued := make([]bool, len(g.nodes))
	queued[g.start] = true
	queue := append(make([]int, 0, len(g.nodes)), g.start)
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		c := none
		if n := p.nodes[pairs[g.nodes[i].ID]]; n != nil {
			c = n.at
		}
		if g.parallel(i) && c != none {
			mark(c, label[i])
		}
		for b, t := range g.out[i] {
			stream := label[i]
			if g.parallel(i) {
				stream = branches[i] + b
			}
			o := opener[t]
			arrives := o != none && (label[i] >= branches[o] && label[i] < branches[o]+len(g.out[o]) || c == t)
			switch {
			case !arrives:
				mark(t, stream)
			case label[t] == none:
				// The converge gateway is reached before the gateway that opens its block.
				label[t] = label[i]
				clash(t)
			}
			if !queued[t] {
				queued[t] = true
				queue = append(queue, t)
			}
		}
	}
	return found
}

// unreachable reports the parts of the tree that no way from the start leads to:
// one problem for each part. The reference finds a part with a gateway while it
// pairs gateways, any other while it spreads the streams, hence the two codes.
func unreachable(p *Pipeline, g *graph, reached []bool) (found problems) {
	part := make([]bool, len(g.nodes))
	for i := range g.nodes {
		if reached[i] || part[i] {
			continue
		}
		members := []int{i}
		part[i] = true
		culprit, code := i, Stream
		for at := 0; at < len(members); at++ {
			m := members[at]
			if g.nodes[m].Gateway != nil && (code == Stream || m < culprit) {
				culprit, code = m, GatewayPairing
			}
			for _, around := range [2][]int{g.out[m], g.in[m]} {
				for _, o := range around {
					if !reached[o] && !part[o] {
						part[o] = true
						members = append(members, o)
					}
				}
			}
		}
		n := g.nodes[culprit]
		if len(members) == 1 {
			found.addf(code, p.nodePath(n), n.ID, "node %s cannot be reached from the start event", n.ID)
			continue
		}
		found.addf(code, p.nodePath(n), n.ID, "node %s and %d more cannot be reached from the start event", n.ID, len(members)-1)
	}
	return found
}
