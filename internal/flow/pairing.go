package flow

import "slices"

// pairer finds the converge gateway of every gateway with branches (engine §3.4).
//
// It follows the branches of a gateway to where they meet. A gateway on the way is
// matched first and then stands for its whole block: the walk goes on behind the
// converge gateway of that block, or stops at it when the converge is shared with
// the outer gateway. Since every gateway is matched once, the work is about linear.
type pairer struct {
	g     *graph
	found problems

	dist   []int   // longest distance from the start, none where unknown
	target [][]int // per gateway and branch: how far the walk has got
	match  []int   // the converge gateway of a gateway, or none
	shared []bool  // the match has incoming flows of other gateways too
	failed []bool  // the gateway or one that it depends on was refused
	serves [][]int // the gateways that a converge gateway was matched with
	inward []int   // the forward flows into a converge gateway, walked over activities

	stack   []int // the gateways whose branches are being walked
	onStack []int // position in stack, or none
	// parallels are the positions of the parallel gateways in stack.
	parallels []int
	// owner holds the first two blocks that a node was met in. Two are enough to
	// tell whether there is another block than the present one.
	owner [][2]int
	// seen and walks find a branch that runs in a circle behind its gateway.
	seen  []int
	walks int
}

// pair matches all gateways that can be reached.
func pair(p *Pipeline, g *graph, reached []bool) (map[string]string, problems) {
	n := len(g.nodes)
	r := &pairer{
		g: g, dist: filled(n), target: make([][]int, n), match: filled(n), shared: make([]bool, n),
		failed: make([]bool, n), serves: make([][]int, n), inward: make([]int, n),
		onStack: filled(n), owner: make([][2]int, n), seen: make([]int, n),
	}
	for i := range r.owner {
		r.owner[i] = [2]int{none, none}
	}
	var splits, gateways []int
	for i := range g.nodes {
		if g.nodes[i].Gateway == nil || !reached[i] {
			continue
		}
		gateways = append(gateways, i)
		if g.split(i) {
			splits = append(splits, i)
		}
	}
	r.distances(gateways)
	r.findTargets(gateways)
	slices.SortStableFunc(splits, func(a, b int) int { return r.dist[a] - r.dist[b] })
	for _, i := range splits {
		if r.match[i] == none && !r.failed[i] {
			r.matchGateway(i, i)
		}
	}
	pairs := make(map[string]string, len(splits))
	for _, i := range splits {
		if c := r.match[i]; c != none {
			pairs[g.nodes[i].ID] = g.nodes[c].ID
		}
	}
	for i := range r.found.list {
		problem := &r.found.list[i]
		problem.Path = p.path("gateways", problem.NodeID)
	}
	return pairs, r.found
}

func filled(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = none
	}
	return list
}

// distances finds the longest way from the start to every gateway. In a circle the
// flow that leads back does not count: which one that is depends on where the
// search begins, so it begins where the reference does, at the gateways in order.
func (r *pairer) distances(gateways []int) {
	visited := filled(len(r.g.nodes))
	for _, gateway := range gateways {
		r.distance(gateway, gateway, visited)
	}
}

func (r *pairer) distance(i, search int, visited []int) int {
	if r.dist[i] != none {
		return r.dist[i]
	}
	if i == r.g.start {
		return 0
	}
	if visited[i] == search {
		return none
	}
	visited[i] = search
	longest := none
	for _, source := range r.g.in[i] {
		if d := r.distance(source, search, visited); d != none {
			longest = max(longest, d+1)
		}
	}
	r.dist[i] = longest
	return longest
}

// findTargets walks every branch over the activities to the first gateway or end.
func (r *pairer) findTargets(gateways []int) {
	first := r.firstStops()
	for _, i := range gateways {
		branches := r.g.out[i]
		r.target[i] = make([]int, len(branches))
		for b, t := range branches {
			stop := first(t)
			r.target[i][b] = stop
			if stop == none && !r.failed[i] {
				// The reference would look for the end of this branch for ever.
				r.failed[i] = true
				r.refuse(i, "a branch of %s runs in a circle of activities without a way out", r.name(i))
			}
			if stop != none && r.g.converge(stop) && r.dist[stop] > r.dist[i] {
				r.inward[stop]++
			}
		}
	}
}

// firstStops returns a function that finds the first node behind i, or i itself,
// that is no activity: none when the activities run in a circle.
func (r *pairer) firstStops() func(i int) int {
	const unknown = -2
	stop := make([]int, len(r.g.nodes))
	for i := range stop {
		stop[i] = unknown
	}
	return func(i int) int {
		var way []int
		for stop[i] == unknown {
			if !r.g.activity(i) {
				stop[i] = i
				break
			}
			stop[i] = none // stays so if the walk comes back here
			way = append(way, i)
			if len(r.g.out[i]) == 0 {
				break
			}
			i = r.g.out[i][0]
		}
		for _, w := range way {
			stop[w] = stop[i]
		}
		return stop[i]
	}
}

// inOtherBlock says whether node i was met in another block than this one.
func (r *pairer) inOtherBlock(i, block int) bool {
	o := r.owner[i]
	return o[0] != none && o[0] != block || o[1] != none && o[1] != block
}

func (r *pairer) own(i, block int) {
	o := &r.owner[i]
	switch {
	case o[0] == none:
		o[0] = block
	case o[0] != block && o[1] == none:
		o[1] = block
	}
}

// parallelSince says whether a parallel gateway stands at or above that position
// of the stack.
func (r *pairer) parallelSince(position int) bool {
	return len(r.parallels) > 0 && r.parallels[len(r.parallels)-1] >= position
}

func (r *pairer) refuse(i int, format string, args ...any) bool {
	r.found.addf(GatewayPairing, nil, r.g.nodes[i].ID, format, args...)
	return false
}
