package expr

import (
	"fmt"
	"strings"
)

// Rule evaluates a boolrule in which names stand for values, such as
// resp.data.state, and not for their own text as they do in the condition of a
// gateway (engine.md §11, bk_http_request). The first part of a name is an entry of
// names, each further one a member of an object. A name that a condition needs and
// that leads nowhere is an error; behind an and or an or that has decided already it
// is none.
func (l Limits) Rule(text string, names *Dict) (bool, error) {
	b := l.budget()
	if text == "*" {
		return true, nil
	}
	if err := b.grow(len(text) + 8*strings.Count(text, "\t")); err != nil {
		return false, err
	}
	p := &ruleParser{src: expand(text, 8), ev: &evaluator{budget: b}, named: true}
	rule, err := p.rule()
	if err != nil {
		return false, err
	}
	if p.blank(); p.at < len(p.src) {
		return false, p.unexpected("and, or or the end")
	}
	if names == nil {
		names = NewDict(0)
	}
	var warnings []string
	return rule.resolving(names).test(p.ev, &warnings)
}

// ruleRef is a name that is looked up when its condition is tested.
type ruleRef string

// resolving gives every condition of the rule the names to look up.
func (r *rule) resolving(names *Dict) *rule {
	for i := range r.conds {
		if c := &r.conds[i]; c.inner != nil {
			c.inner.resolving(names)
		} else {
			c.names = names
		}
	}
	return r
}

// operands looks the names of a condition up.
func (c ruleCond) operands() (left, right any, err error) {
	if c.names == nil { // a gateway's condition: names are texts already
		return c.left, c.right, nil
	}
	if left, err = resolveRule(c.left, c.names); err != nil {
		return nil, nil, err
	}
	right, err = resolveRule(c.right, c.names)
	return left, right, err
}

func resolveRule(v any, names *Dict) (any, error) {
	switch v := v.(type) {
	case ruleRef:
		return v.in(names)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = resolveRule(v[i], names); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

// in walks down the parts of the name.
func (r ruleRef) in(names *Dict) (any, error) {
	var at any = names
	path := strings.NewReplacer("${", "", "}", "").Replace(string(r))
	for part := range strings.SplitSeq(path, ".") {
		members, ok := at.(*Dict)
		if !ok {
			return nil, fmt.Errorf("%s leads through a %s, which has no members", cut(path, 100), typeName(at))
		}
		if at, ok = members.Get(part); !ok {
			return nil, fmt.Errorf("there is no %s", cut(path, 100))
		}
	}
	return at, nil
}
