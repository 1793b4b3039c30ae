package expr

import (
	"fmt"
	"math"
	"strings"
)

// boolrule evaluates a condition of the default language (engine.md §9.1).
func boolrule(b *budget, text string) (hit bool, warnings []string, err error) {
	if text == "*" {
		return true, nil, nil
	}
	if err := b.grow(len(text) + 8*strings.Count(text, "\t")); err != nil {
		return false, nil, err
	}
	p := &ruleParser{src: expand(text, 8), ev: &evaluator{budget: b}}
	rule, err := p.rule()
	if err != nil {
		return false, nil, err
	}
	if p.blank(); p.at < len(p.src) {
		return false, nil, p.unexpected("and, or or the end")
	}
	hit, err = rule.test(p.ev, &warnings)
	return hit, warnings, err
}

// A rule is a flat row of conditions with and/or between them. There is no
// precedence: it is read from the left and stops early.
type rule struct {
	conds []ruleCond
	words []string // and/or; words[i] stands before conds[i+1]
}

// ruleCond is a comparison or, when inner is set, a rule in brackets.
type ruleCond struct {
	inner       *rule
	left, right any
	op          string
	names       *Dict // what ruleRef operands are looked up in
}

func (r *rule) test(ev *evaluator, warnings *[]string) (bool, error) {
	mixed := false
	for _, w := range r.words {
		mixed = mixed || w != r.words[0]
	}
	if mixed {
		warn(warnings, "and and or are mixed: boolrule has no precedence, it reads from the left and stops early")
	}
	passed := false
	for i, c := range r.conds {
		if i > 0 && passed == (r.words[i-1] == "or") {
			return passed, nil
		}
		var err error
		if c.inner != nil {
			passed, err = c.inner.test(ev, warnings)
		} else {
			passed, err = c.test(ev, warnings)
		}
		if err != nil {
			return false, err
		}
	}
	return passed, nil
}

func warn(warnings *[]string, text string) {
	for _, w := range *warnings {
		if w == text {
			return
		}
	}
	*warnings = append(*warnings, text)
}

func (c ruleCond) test(ev *evaluator, warnings *[]string) (bool, error) {
	left, right, err := c.operands()
	if err != nil {
		return false, err
	}
	c.left, c.right = left, right
	switch c.op {
	case "in", "notin":
		in, err := ev.contains(offered(left, right), left)
		return in == (c.op == "in"), err
	case "issuperset", "notissuperset":
		a, err := members(ev, left)
		if err != nil {
			return false, err
		}
		b, err := members(ev, right)
		if err != nil {
			return false, err
		}
		return a.covers(b) == (c.op == "issuperset"), nil
	}
	left, right = coerce(left, right)
	if lossy(c.left, left) || lossy(c.right, right) {
		warn(warnings, fmt.Sprintf("%s %s %s compares whole numbers only: the fraction was cut off", reprOf(c.left), c.op, reprOf(c.right)))
	}
	return ev.compare(c.op, left, right)
}

// lossy tells whether a float lost its fraction to the comparison.
func lossy(before, after any) bool {
	f, float := before.(float64)
	return float && isInt(after) && f != math.Trunc(f)
}

// coerce brings two operands together: to whole numbers if one side is one,
// then to text if one side is text. What fails leaves the rest undone.
func coerce(l, r any) (any, any) {
	if isInt(l) || isInt(r) {
		toWhole := &r
		if !isInt(l) {
			toWhole = &l
		}
		i, err := wholeOf(*toWhole)
		if err != nil {
			return l, r
		}
		*toWhole = i
	}
	_, ltext := l.(string)
	_, rtext := r.(string)
	switch {
	case ltext:
		r = Str(r)
	case rtext:
		l = Str(l)
	}
	return l, r
}

// wholeOf is Python's int() of an operand.
func wholeOf(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return intFromText(v, 10)
	case float64:
		return intFromFloat(v)
	}
	if i, ok := intOf(v); ok {
		return shrink(i), nil
	}
	return nil, raise("TypeError", "no whole number")
}

// offered adds the members of a list in the kind of the left side.
func offered(left, right any) any {
	items, ok := right.([]any)
	if !ok {
		return right
	}
	_, text := left.(string)
	out := append([]any(nil), items...)
	for _, item := range items {
		if text {
			out = append(out, Str(item))
			continue
		}
		if i, err := wholeOf(item); isInt(left) && err == nil {
			out = append(out, i)
		}
	}
	return out
}

// members makes a set of an operand; a text is one member.
func members(ev *evaluator, v any) (*set, error) {
	if s, ok := v.(string); ok {
		v = []any{s}
	}
	return ev.newSet(v)
}
