package expr

import "math/big"

// The levels of the reference grammar. Only or, and, and the comparisons can be
// repeated; a sum has two terms and a product two factors.

func (p *feelParser) expr() (feel, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.chain(p.conjunction, func(left feel) (func(right feel) feel, bool) {
		if !p.word("or") {
			return nil, false
		}
		return func(right feel) feel { return feelLogic(left, right, false) }, true
	})
}

func (p *feelParser) conjunction() (feel, error) {
	return p.chain(p.comparison, func(left feel) (func(right feel) feel, bool) {
		if !p.word("and") {
			return nil, false
		}
		return func(right feel) feel { return feelLogic(left, right, true) }, true
	})
}

func (p *feelParser) comparison() (feel, error) {
	return p.chain(p.equality, func(left feel) (func(right feel) feel, bool) {
		for _, op := range []string{"<=", ">=", "<", ">"} {
			if p.sign(op) {
				return func(right feel) feel { return feelBinary(op, left, right) }, true
			}
		}
		return nil, false
	})
}

func (p *feelParser) equality() (feel, error) {
	return p.chain(p.arithmetic, func(left feel) (func(right feel) feel, bool) {
		switch {
		case p.sign("!="):
			return func(right feel) feel { return feelUnequal(left, right) }, true
		case p.sign("="):
			return func(right feel) feel { return feelBinary("==", left, right) }, true
		}
		return nil, false
	})
}

// chain reads operands of one level with operators of that level between them.
func (p *feelParser) chain(operand func() (feel, error), operator func(left feel) (func(right feel) feel, bool)) (feel, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		join, ok := operator(left)
		if !ok {
			return left, nil
		}
		if p.nodes++; p.nodes > maxNodes {
			return nil, &limitError{"the condition is too long"}
		}
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = join(right)
	}
}

func (p *feelParser) arithmetic() (feel, error) {
	left, err := p.term()
	if err != nil {
		return nil, err
	}
	for _, op := range []string{"+", "-"} {
		if p.sign(op) {
			right, err := p.term()
			return feelBinary(op, left, right), err
		}
	}
	return left, nil
}

func (p *feelParser) term() (feel, error) {
	left, err := p.factor()
	if err != nil {
		return nil, err
	}
	for _, op := range []string{"**", "*", "/"} {
		if p.sign(op) {
			right, err := p.factor()
			return feelBinary(op, left, right), err
		}
	}
	if !p.word("between") {
		return left, nil
	}
	low, err := p.factor()
	if err != nil {
		return nil, err
	}
	if err := p.words("and"); err != nil {
		return nil, err
	}
	high, err := p.factor()
	return feelBetween(left, low, high), err
}

func feelLogic(left, right feel, and bool) feel {
	return func(ev *evaluator, vars *Dict) (any, error) {
		l, err := left(ev, vars)
		if err != nil || Truth(l) != and {
			return l, err
		}
		return right(ev, vars)
	}
}

func (f feel) pair(other feel, ev *evaluator, vars *Dict) (l, r any, err error) {
	if err := ev.work(1); err != nil {
		return nil, nil, err
	}
	if l, err = f(ev, vars); err != nil {
		return nil, nil, err
	}
	r, err = other(ev, vars)
	return l, r, err
}

// feelBinary is an operator that wants both sides of one type; the left may be
// of a subtype (a bool is an int, a moment is a date).
func feelBinary(op string, left, right feel) feel {
	return func(ev *evaluator, vars *Dict) (any, error) {
		l, r, err := left.pair(right, ev, vars)
		if err != nil {
			return nil, err
		}
		if err := sameType(l, r); err != nil {
			return nil, err
		}
		switch op {
		case "==", "<", "<=", ">", ">=":
			return ev.compare(op, l, r)
		default:
			return ev.binary(op, l, r)
		}
	}
}

func feelUnequal(left, right feel) feel {
	return func(ev *evaluator, vars *Dict) (any, error) {
		l, r, err := left.pair(right, ev, vars)
		if err != nil {
			return nil, err
		}
		return ev.compare("!=", l, r)
	}
}

func feelBetween(value, low, high feel) feel {
	return func(ev *evaluator, vars *Dict) (any, error) {
		v, err := value(ev, vars)
		if err != nil {
			return nil, err
		}
		l, err := low(ev, vars)
		if err != nil {
			return nil, err
		}
		if ok, err := ev.compare("<=", l, v); err != nil || !ok {
			return false, err
		}
		h, err := high(ev, vars)
		if err != nil {
			return nil, err
		}
		return ev.compare("<=", v, h)
	}
}

// sameType is the check of the reference library in front of an operator.
func sameType(l, r any) error {
	a, b := typeName(l), typeName(r)
	switch {
	case a == b, a == "bool" && b == "int", a == "datetime.datetime" && b == "datetime.date":
		return nil
	}
	return raise("ValidationError", "both sides must be of one type, these are %s and %s", feelType(l), feelType(r))
}

// feelType names a type in FEEL's own words.
func feelType(v any) string {
	switch v.(type) {
	case nil:
		return "null (a bare name is null: put text in quotes)"
	case bool:
		return "a boolean"
	case int64, *big.Int:
		return "a whole number"
	case float64:
		return "a float"
	case string:
		return "a string"
	default:
		return "a " + typeName(v)
	}
}
