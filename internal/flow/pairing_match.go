package flow

// matchGateway matches gateway i and every gateway inside its branches. It returns
// false when one of them was refused; the problem is noted then, once, and
// whatever encloses the refused gateway is left unmatched without another word.
func (r *pairer) matchGateway(i, block int) bool {
	if r.failed[i] {
		return false
	}
	if r.match[i] != none {
		return true
	}
	r.onStack[i] = len(r.stack)
	if r.g.parallel(i) {
		r.parallels = append(r.parallels, len(r.stack))
	}
	r.stack = append(r.stack, i)
	ok := true
	for b := range r.target[i] {
		if ok = r.walkBranch(i, b, block); !ok {
			break
		}
	}
	r.stack = r.stack[:len(r.stack)-1]
	r.onStack[i] = none
	if r.g.parallel(i) {
		r.parallels = r.parallels[:len(r.parallels)-1]
	}
	ok = ok && r.join(i)
	r.failed[i] = !ok
	if ok {
		r.own(i, block)
	}
	return ok
}

// walkBranch moves the target of a branch over the blocks in its way: to a
// converge gateway, to the end event, to i itself, or to none for a branch that
// only leads back.
func (r *pairer) walkBranch(i, branch, block int) bool {
	target := &r.target[i][branch]
	if *target == none {
		return true
	}
	if r.inOtherBlock(*target, block) {
		*target = none
		return true
	}
	r.own(*target, block)
	r.walks++
	walk := r.walks
	for *target != none && *target != i && r.g.split(*target) {
		t := *target
		if at := r.onStack[t]; at != none {
			if r.parallelSince(at) {
				return r.refuse(i, "the branches of %s must all meet inside the parallel gateway around it: one jumps back out", r.name(i))
			}
			*target = none
			break
		}
		if r.seen[t] == walk {
			*target = none
			break
		}
		r.seen[t] = walk
		if !r.matchGateway(t, block) {
			return false
		}
		*target = r.behind(i, t)
	}
	if t := *target; t != none && r.g.converge(t) && r.dist[t] < r.dist[i] {
		*target = none
	}
	return true
}

// behind returns where a branch of gateway i is after the block of gateway t.
func (r *pairer) behind(i, t int) int {
	c := r.match[t]
	if c == none {
		return r.g.end
	}
	if r.shared[t] && (!r.g.parallel(i) || r.otherParallel(c, i) == none) {
		return c
	}
	if len(r.target[c]) == 0 {
		return none
	}
	return r.target[c][0]
}

// otherParallel returns a parallel gateway that converge gateway c already serves.
func (r *pairer) otherParallel(c, i int) int {
	for _, other := range r.serves[c] {
		if other != i && r.g.parallel(other) {
			return other
		}
	}
	return none
}

// join decides the converge gateway of i from where its branches have arrived.
func (r *pairer) join(i int) bool {
	if r.g.parallel(i) {
		return r.joinParallel(i)
	}
	return r.joinExclusive(i)
}

func (r *pairer) joinExclusive(i int) bool {
	c, branches := none, len(r.target[i])
	for _, t := range r.target[i] {
		switch {
		case t == none || t == i:
			branches--
		case t == r.g.end:
			if r.parallelSince(0) {
				return r.refuse(i, "a branch of %s reaches the end event although it stands inside a parallel gateway", r.name(i))
			}
		case c == none:
			c = t
		case c != t:
			return r.refuse(i, "the branches of %s must first meet at one converge gateway, not at %s and %s", r.name(i), r.name(c), r.name(t))
		}
	}
	if c == none {
		return true
	}
	r.shared[i] = r.inward[c] > branches || len(r.serves[c]) > 0
	r.settle(i, c)
	return true
}

func (r *pairer) joinParallel(i int) bool {
	c := none
	for _, t := range r.target[i] {
		switch {
		case t == none || t == i:
			return r.refuse(i, "a branch of the parallel gateway %s does not lead to its converge gateway", r.name(i))
		case t == r.g.end:
			return r.refuse(i, "a branch of the parallel gateway %s reaches the end event without a converge gateway", r.name(i))
		case c == none:
			c = t
		case c != t:
			return r.refuse(i, "the branches of the parallel gateway %s meet at two converge gateways, %s and %s", r.name(i), r.name(c), r.name(t))
		}
	}
	if c == none {
		return r.refuse(i, "the parallel gateway %s has no branch", r.name(i))
	}
	incoming, branches := len(r.g.in[c]), len(r.target[i])
	if incoming < branches {
		return r.refuse(i, "the converge gateway %s gathers %d flows, fewer than the %d branches of %s", r.name(c), incoming, branches, r.name(i))
	}
	if incoming > branches {
		if other := r.otherParallel(c, i); other != none {
			return r.refuse(i, "the converge gateway %s serves two parallel gateways, %s and %s", r.name(c), r.name(other), r.name(i))
		}
		r.shared[i] = true
	}
	r.settle(i, c)
	return true
}

func (r *pairer) settle(i, c int) {
	r.match[i] = c
	r.serves[c] = append(r.serves[c], i)
}

func (r *pairer) name(i int) string { return r.g.nodes[i].ID }
