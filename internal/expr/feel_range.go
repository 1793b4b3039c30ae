package expr

// feelRanges is a function of two places or ranges.
func feelRanges(f func(ev *evaluator, l, r any) (bool, error)) func(p *feelParser) (feel, error) {
	return func(p *feelParser) (feel, error) {
		if err := p.need("("); err != nil {
			return nil, err
		}
		left, err := p.rangeOrAtom()
		if err != nil {
			return nil, err
		}
		if err := p.need(","); err != nil {
			return nil, err
		}
		right, err := p.rangeOrAtom()
		if err != nil {
			return nil, err
		}
		return func(ev *evaluator, vars *Dict) (any, error) {
			l, r, err := left.pair(right, ev, vars)
			if err != nil {
				return nil, err
			}
			return f(ev, l, r)
		}, p.need(")")
	}
}

func (p *feelParser) rangeOrAtom() (feel, error) {
	if f, ok, err := p.rangeGroup(); ok || err != nil {
		return f, err
	}
	f, ok, err := p.rangeAtom()
	if err == nil && !ok {
		err = p.unexpected("a number, a date, a name or a range")
	}
	return f, err
}

// before compares the end of the left with the start of the right; an open end
// may touch.
func before(ev *evaluator, l, r any) (bool, error) {
	op := "<"
	if a, ok := l.(rangeVal); ok {
		op, l = pick(a.openHigh, "<=", op), a.high
	}
	if b, ok := r.(rangeVal); ok {
		op, r = pick(b.openLow, "<=", op), b.low
	}
	return ev.compare(op, l, r)
}

func after(ev *evaluator, l, r any) (bool, error) {
	op := ">"
	if a, ok := l.(rangeVal); ok {
		op, l = pick(a.openLow, ">=", op), a.low
	}
	if b, ok := r.(rangeVal); ok {
		op, r = pick(b.openHigh, ">=", op), b.high
	}
	return ev.compare(op, l, r)
}

// includes tells whether the left range holds the right value or range.
func includes(ev *evaluator, l, r any) (bool, error) {
	a, ok := l.(rangeVal)
	if !ok {
		return false, raise("TypeError", "includes needs a range on the left")
	}
	low, high := r, r
	openLow, openHigh := a.openLow, a.openHigh
	if b, ok := r.(rangeVal); ok {
		low, high = b.low, b.high
		openLow, openHigh = a.openLow && !b.openLow, a.openHigh && !b.openHigh
	}
	from, err := ev.compare(pick(openLow, "<", "<="), a.low, low)
	if err != nil {
		return false, err
	}
	to, err := ev.compare(pick(openHigh, ">", ">="), a.high, high)
	return from && to, err
}
