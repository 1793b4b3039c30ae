package expr

// feelKeywords are the words that begin something else than a name where a value
// is expected. Each reads what follows its word.
var feelKeywords map[string]func(p *feelParser) (feel, error)

func init() {
	constant := func(v any) func(p *feelParser) (feel, error) {
		return func(*feelParser) (feel, error) { return feelConst(v), nil }
	}
	feelKeywords = map[string]func(p *feelParser) (feel, error){
		"true": constant(true), "false": constant(false), "null": constant(nil),
		"not": feelUnary("", func(_ *evaluator, v any) (any, error) { return !Truth(v), nil }),
		"string": feelUnary("", func(ev *evaluator, v any) (any, error) {
			return ev.text(v)
		}),
		"is":       feelUnary("defined", func(_ *evaluator, v any) (any, error) { return v != nil, nil }),
		"json":     feelUnary("loads", func(ev *evaluator, v any) (any, error) { return loads(ev, args{pos: []any{v}}) }),
		"contains": feelText("", "contains"), "starts": feelText("with", "startswith"), "ends": feelText("with", "endswith"),
		"matches": feelText("", "matches"),
		"get": feelTwo("or else", func(_ *evaluator, a, b any) (any, error) {
			if a != nil {
				return a, nil
			}
			return b, nil
		}),
		"list":  feelTwo("contains", func(ev *evaluator, a, b any) (any, error) { return ev.contains(a, b) }),
		"count": feelList(lenOf), "all": feelList(allOf), "any": feelList(anyOf),
		"some": feelQuantified(true), "every": feelQuantified(false),
		"before": feelRanges(before), "after": feelRanges(after), "includes": feelRanges(includes),
		"date": feelDateWord, "time": feelTimeWord, "now": feelNow(false), "today": feelNow(true),
		"month": feelCalendar("of year"), "day": feelCalendar("of week"),
	}
}

// arguments reads "(", n expressions and ")" after the rest of the name.
func (p *feelParser) arguments(rest string, n int) ([]feel, error) {
	if err := p.words(rest); err != nil {
		return nil, err
	}
	if err := p.need("("); err != nil {
		return nil, err
	}
	out := make([]feel, n)
	for i := range out {
		if i > 0 {
			if err := p.need(","); err != nil {
				return nil, err
			}
		}
		var err error
		if out[i], err = p.expr(); err != nil {
			return nil, err
		}
	}
	return out, p.need(")")
}

func feelUnary(rest string, f func(ev *evaluator, v any) (any, error)) func(p *feelParser) (feel, error) {
	return func(p *feelParser) (feel, error) {
		a, err := p.arguments(rest, 1)
		if err != nil {
			return nil, err
		}
		return func(ev *evaluator, vars *Dict) (any, error) {
			v, err := a[0](ev, vars)
			if err != nil {
				return nil, err
			}
			return f(ev, v)
		}, nil
	}
}

func feelTwo(rest string, f func(ev *evaluator, a, b any) (any, error)) func(p *feelParser) (feel, error) {
	return func(p *feelParser) (feel, error) {
		a, err := p.arguments(rest, 2)
		if err != nil {
			return nil, err
		}
		return func(ev *evaluator, vars *Dict) (any, error) {
			l, r, err := a[0].pair(a[1], ev, vars)
			if err != nil {
				return nil, err
			}
			return f(ev, l, r)
		}, nil
	}
}

// feelText is a question about two strings.
func feelText(rest, method string) func(p *feelParser) (feel, error) {
	return feelTwo(rest, func(ev *evaluator, a, b any) (any, error) {
		s, ok := a.(string)
		part, also := b.(string)
		if !ok || !also {
			return nil, raise("ValidationError", "%s needs two strings, these are %s and %s", method, feelType(a), feelType(b))
		}
		switch method {
		case "contains":
			return ev.contains(s, part)
		case "matches":
			p, err := newPattern(part, 0)
			if err != nil {
				return nil, err
			}
			m, err := p.find(ev, p.start, s)
			return m != nil, err
		}
		return textMethods[method](ev, s, args{pos: []any{part}})
	})
}

// feelList is a function of a list that is written out.
func feelList(f func(ev *evaluator, c args) (any, error)) func(p *feelParser) (feel, error) {
	return func(p *feelParser) (feel, error) {
		if err := p.need("("); err != nil {
			return nil, err
		}
		list, err := p.list()
		if err != nil {
			return nil, err
		}
		return func(ev *evaluator, vars *Dict) (any, error) {
			v, err := list(ev, vars)
			if err != nil {
				return nil, err
			}
			return f(ev, args{pos: []any{v}})
		}, p.need(")")
	}
}

// membership reads the right side of "in": a range or a list written out.
func (p *feelParser) membership(left feel) (feel, error) {
	right, ok, err := p.rangeGroup()
	if err != nil {
		return nil, err
	}
	if !ok {
		if right, err = p.list(); err != nil {
			return nil, err
		}
	}
	return func(ev *evaluator, vars *Dict) (any, error) {
		l, r, err := left.pair(right, ev, vars)
		if err != nil {
			return nil, err
		}
		span, ok := r.(rangeVal)
		if !ok {
			return ev.contains(r, l)
		}
		above, err := ev.compare(pick(span.openLow, ">", ">="), l, span.low)
		if err != nil {
			return nil, err
		}
		below, err := ev.compare(pick(span.openHigh, "<", "<="), l, span.high)
		return above && below, err
	}, nil
}

func pick(test bool, yes, no string) string {
	if test {
		return yes
	}
	return no
}

// feelQuantified is "some x in […] satisfies …" and "every …". Several lists
// are walked side by side and must have one length.
func feelQuantified(some bool) func(p *feelParser) (feel, error) {
	return func(p *feelParser) (feel, error) {
		var names []string
		var lists []feel
		for {
			name, err := p.name()
			if err != nil {
				return nil, err
			}
			if err := p.words("in"); err != nil {
				return nil, err
			}
			list, err := p.list()
			if err != nil {
				return nil, err
			}
			names, lists = append(names, name), append(lists, list)
			if !p.sign(",") {
				break
			}
		}
		if err := p.words("satisfies"); err != nil {
			return nil, err
		}
		test, err := p.expr()
		return func(ev *evaluator, vars *Dict) (any, error) {
			return quantify(ev, vars, names, lists, test, some)
		}, err
	}
}

func quantify(ev *evaluator, vars *Dict, names []string, lists []feel, test feel, some bool) (any, error) {
	values := make([][]any, len(lists))
	for i, list := range lists {
		v, err := list(ev, vars)
		if err != nil {
			return nil, err
		}
		values[i], _ = v.([]any)
		if len(values[i]) != len(values[0]) {
			return nil, raise("ValidationError", "the lists are of different length")
		}
	}
	for i := range values[0] {
		inner := vars.copy()
		for j, name := range names {
			inner.Set(name, values[j][i])
		}
		if err := ev.slots(inner.Len()); err != nil {
			return nil, err
		}
		v, err := test(ev, inner)
		if err != nil {
			return nil, err
		}
		// Only the boolean itself counts, not what Python takes for true.
		if v == some {
			return some, nil
		}
	}
	return !some, nil
}
