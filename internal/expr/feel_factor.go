package expr

import (
	"math/big"
	"strconv"
	"strings"
)

// factor reads a literal, a name, a list, a context, a range, a function or an
// expression in brackets.
func (p *feelParser) factor() (feel, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.blank()
	start := p.at
	if atom, ok, err := p.rangeAtom(); err != nil {
		return nil, err
	} else if ok {
		if p.word("in") {
			return p.membership(atom)
		}
		p.at = start
	}
	if s, ok := p.text(); ok {
		return feelConst(s), nil
	}
	switch {
	case p.at >= len(p.src):
		return nil, p.unexpected("a value")
	case p.src[p.at] == '{':
		return p.context()
	case p.src[p.at] == '[' || p.src[p.at] == '(':
		return p.bracket()
	}
	if n := p.token(feelNumber); n != "" {
		return feelDigits(n)
	}
	w := p.peek()
	if w == "" {
		return nil, p.unexpected("a value")
	}
	if read, ok := feelKeywords[w]; ok {
		p.at += len(w)
		return read(p)
	}
	return p.named()
}

func feelConst(v any) feel {
	return func(*evaluator, *Dict) (any, error) { return v, nil }
}

func feelDigits(s string) (feel, error) {
	if strings.Contains(s, ".") {
		f, err := strconv.ParseFloat(s, 64)
		return feelConst(f), err
	}
	if len(s) > maxDigits {
		return nil, &limitError{"a whole number grows too large"}
	}
	b, _ := new(big.Int).SetString(s, 10)
	return feelConst(shrink(b)), nil
}

func feelVar(name string) feel {
	return func(ev *evaluator, vars *Dict) (any, error) {
		v, _ := vars.Get(name)
		return v, ev.work(1)
	}
}

// rangeAtom reads what may be the end of a range or stand before "in": a
// number, a date, a time or a name. ok is false if there is nothing of the kind.
func (p *feelParser) rangeAtom() (feel, bool, error) {
	if n := p.token(feelNumber); n != "" {
		f, err := feelDigits(n)
		return f, err == nil, err
	}
	w := p.peek()
	if w == "date" || w == "time" {
		p.at += len(w)
		f, err := feelKeywords[w](p)
		return f, err == nil, err
	}
	if _, keyword := feelKeywords[w]; w == "" || keyword {
		return nil, false, nil
	}
	p.at += len(w)
	return feelVar(w), true, nil
}

// rangeVal is a range between two values.
type rangeVal struct {
	low, high         any
	openLow, openHigh bool
}

func (rangeVal) kindName() string { return "range" }

// rangeGroup reads [a..b], (a..b), (a..b] or [a..b); ok is false and nothing is
// taken if that is not what stands here.
func (p *feelParser) rangeGroup() (feel, bool, error) {
	start := p.at
	open := p.sign("(")
	if !open && !p.sign("[") {
		return nil, false, nil
	}
	low, ok, err := p.rangeAtom()
	if err != nil || !ok || !p.sign("..") {
		p.at = start
		return nil, false, nil
	}
	high, ok, err := p.rangeAtom()
	if err != nil || !ok {
		return nil, false, p.unexpected("the end of the range")
	}
	closed := p.sign("]")
	if !closed && !p.sign(")") {
		return nil, false, p.unexpected(`"]" or ")"`)
	}
	return func(ev *evaluator, vars *Dict) (any, error) {
		l, h, err := low.pair(high, ev, vars)
		return rangeVal{l, h, open, !closed}, err
	}, true, nil
}

// bracket reads a range, a list with an optional subscript, or an expression in
// parentheses.
func (p *feelParser) bracket() (feel, error) {
	if f, ok, err := p.rangeGroup(); ok || err != nil {
		return f, err
	}
	if p.sign("(") {
		f, err := p.expr()
		if err != nil {
			return nil, err
		}
		return f, p.need(")")
	}
	list, err := p.list()
	if err != nil {
		return nil, err
	}
	return p.subscript(list)
}

func (p *feelParser) list() (feel, error) {
	if err := p.need("["); err != nil {
		return nil, err
	}
	var items []feel
	for !p.sign("]") {
		if len(items) > 0 {
			if err := p.need(","); err != nil {
				return nil, err
			}
		}
		f, err := p.expr()
		if err != nil {
			return nil, err
		}
		items = append(items, f)
	}
	return func(ev *evaluator, vars *Dict) (any, error) {
		if err := ev.slots(len(items)); err != nil {
			return nil, err
		}
		out := make([]any, len(items))
		for i, f := range items {
			var err error
			if out[i], err = f(ev, vars); err != nil {
				return nil, err
			}
		}
		return out, nil
	}, nil
}

// subscript reads [1] or [filter] behind a list or name, once at most.
func (p *feelParser) subscript(list feel) (feel, error) {
	if !p.sign("[") {
		return list, nil
	}
	start := p.at
	if n := p.token(feelWhole); n != "" && p.sign("]") {
		i, err := strconv.Atoi(n)
		return feelItem(list, i), err
	}
	p.at = start
	test, err := p.expr()
	if err != nil {
		return nil, err
	}
	return feelFilter(list, test), p.need("]")
}

// feelItem counts from 1, from the end when negative; there is no item 0.
func feelItem(list feel, i int) feel {
	return func(ev *evaluator, vars *Dict) (any, error) {
		v, err := list(ev, vars)
		items, ok := v.([]any)
		if err != nil || !ok || i == 0 || i > len(items) || -i > len(items) {
			return nil, err
		}
		if i > 0 {
			return items[i-1], nil
		}
		return items[len(items)+i], nil
	}
}

// feelFilter keeps the items that pass. The test sees the keys of an item that
// is a context, or the item as "item"; a test that fails drops the item.
func feelFilter(list, test feel) feel {
	return func(ev *evaluator, vars *Dict) (any, error) {
		v, err := list(ev, vars)
		items, ok := v.([]any)
		if err != nil || !ok {
			return nil, err
		}
		out := []any{}
		for _, item := range items {
			inner, ok := item.(*Dict)
			if !ok {
				inner = DictOf("item", item)
			}
			v, err := test(ev, inner)
			if limit, ok := err.(*limitError); ok {
				return nil, limit
			}
			if err == nil && Truth(v) {
				out = append(out, item)
			}
		}
		return out, ev.slots(len(out))
	}
}

// context reads {a: 1, "b": 2} and the keys behind it.
func (p *feelParser) context() (feel, error) {
	if err := p.need("{"); err != nil {
		return nil, err
	}
	var keys []string
	var values []feel
	for !p.sign("}") {
		if len(keys) > 0 {
			if err := p.need(","); err != nil {
				return nil, err
			}
		}
		key, ok := p.text()
		if !ok {
			var err error
			if key, err = p.name(); err != nil {
				return nil, err
			}
		}
		if err := p.need(":"); err != nil {
			return nil, err
		}
		f, err := p.expr()
		if err != nil {
			return nil, err
		}
		keys, values = append(keys, strings.Trim(key, `"`)), append(values, f)
	}
	return p.keys(func(ev *evaluator, vars *Dict) (any, error) {
		out := NewDict(len(keys))
		for i, key := range keys {
			v, err := values[i](ev, vars)
			if err != nil {
				return nil, err
			}
			out.Set(key, v)
		}
		return out, ev.slots(2 * len(keys))
	})
}

// keys reads .a.b behind a context or name.
func (p *feelParser) keys(f feel) (feel, error) {
	var names []string
	for p.sign(".") {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		return f, nil
	}
	return func(ev *evaluator, vars *Dict) (any, error) {
		v, err := f(ev, vars)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			d, ok := v.(*Dict)
			if !ok {
				return nil, nil
			}
			v, _ = d.Get(name)
		}
		return v, nil
	}, nil
}

// named reads a name with what may follow it, or the call of a function whose
// name has one or more words. No such function is registered, so a call is null.
func (p *feelParser) named() (feel, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	words := 1
	for {
		switch w := p.peek(); w {
		case "", "and", "or", "in", "between":
		default:
			p.at += len(w)
			words++
			continue
		}
		break
	}
	if p.sign("(") {
		return p.unknownCall()
	}
	if words > 1 {
		return nil, p.unexpected(`"("`)
	}
	p.blank()
	if p.at < len(p.src) && p.src[p.at] == '[' {
		return p.subscript(feelVar(name))
	}
	return p.keys(feelVar(name))
}

func (p *feelParser) unknownCall() (feel, error) {
	for n := 0; !p.sign(")"); n++ {
		if n > 0 {
			if err := p.need(","); err != nil {
				return nil, err
			}
		}
		start := p.at
		if w := p.peek(); w != "" {
			p.at += len(w)
			if !p.sign(":") {
				p.at = start
			}
		}
		if _, err := p.expr(); err != nil {
			return nil, err
		}
	}
	return feelConst(nil), nil
}
