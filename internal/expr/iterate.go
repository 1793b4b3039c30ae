package expr

import "unicode/utf8"

func iterable(v any) bool {
	switch v.(type) {
	case string, bytesVal, []any, tuple, *Dict, *set, span, view, *iterator:
		return true
	default:
		return false
	}
}

// iterate makes a one-way sequence of v; each item costs a step.
func (ev *evaluator) iterate(v any) (*iterator, error) {
	items := func(list []any) *iterator {
		i := 0
		return &iterator{"iterator", func() (any, bool, error) {
			if i >= len(list) {
				return nil, false, nil
			}
			i++
			return list[i-1], true, ev.work(1)
		}}
	}
	switch v := v.(type) {
	case []any:
		return items(v), nil
	case tuple:
		return items(v), nil
	case view:
		return items(v.items), nil
	case *Dict:
		return items(v.keys), nil
	case *set:
		return items(v.d.keys), nil
	case *iterator:
		return v, nil
	case string:
		return &iterator{"str_iterator", func() (any, bool, error) {
			if v == "" {
				return nil, false, nil
			}
			_, size := utf8.DecodeRuneInString(v)
			char := v[:size]
			v = v[size:]
			return char, true, ev.work(1)
		}}, nil
	case bytesVal:
		return &iterator{"bytes_iterator", func() (any, bool, error) {
			if v == "" {
				return nil, false, nil
			}
			b := int64(v[0])
			v = v[1:]
			return b, true, ev.work(1)
		}}, nil
	case span:
		n, at := v.len(), v.start
		return &iterator{"range_iterator", func() (any, bool, error) {
			if n <= 0 {
				return nil, false, nil
			}
			n--
			out := at
			at += v.step
			return out, true, ev.work(1)
		}}, nil
	}
	return nil, raise("TypeError", "'%s' object is not iterable", typeName(v))
}

// each calls visit for the items of v until it answers false.
func (ev *evaluator) each(v any, visit func(item any) (bool, error)) error {
	it, err := ev.iterate(v)
	if err != nil {
		return err
	}
	for {
		item, ok, err := it.next()
		if err != nil || !ok {
			return err
		}
		if more, err := visit(item); err != nil || !more {
			return err
		}
	}
}

// list collects the items of v in a new slice.
func (ev *evaluator) list(v any) ([]any, error) {
	out := []any{}
	err := ev.each(v, func(item any) (bool, error) {
		out = append(out, item)
		return true, ev.slots(1)
	})
	return out, err
}

// unpack binds the names of a loop target.
func (ev *evaluator) unpack(target node, v any, vars map[string]any) error {
	if name, ok := target.(*nameNode); ok {
		vars[name.name] = v
		return nil
	}
	names := target.(*tupleNode).items
	values, err := ev.list(v)
	if err != nil {
		return err
	}
	if len(values) != len(names) {
		return raise("ValueError", "expected %d values to unpack, got %d", len(names), len(values))
	}
	for i, name := range names {
		if err := ev.unpack(name, values[i], vars); err != nil {
			return err
		}
	}
	return nil
}

// comprehension runs a list comprehension at once and a generator on demand.
func (ev *evaluator) comprehension(n *compNode, in *scope) (any, error) {
	// The first sequence belongs to the surrounding scope.
	first, err := ev.eval(n.loops[0].iter, in)
	if err != nil {
		return nil, err
	}
	inner := &scope{map[string]any{}, in}
	gen, err := ev.generate(n, inner, first)
	if err != nil || !n.list {
		return gen, err
	}
	return ev.list(gen)
}

// generate makes the sequence of a comprehension: a stack with one sequence
// for every for clause.
func (ev *evaluator) generate(n *compNode, in *scope, first any) (*iterator, error) {
	top, err := ev.iterate(first)
	if err != nil {
		return nil, err
	}
	stack := []*iterator{top}
	next := func() (any, bool, error) {
		for len(stack) > 0 {
			level := len(stack) - 1
			item, ok, err := stack[level].next()
			if err != nil {
				return nil, false, err
			}
			if !ok {
				stack = stack[:level]
				continue
			}
			pass, err := ev.enterLoop(n.loops[level], item, in)
			if err != nil {
				return nil, false, err
			}
			if !pass {
				continue
			}
			if level+1 == len(n.loops) {
				v, err := ev.eval(n.elem, in)
				return v, err == nil, err
			}
			more, err := ev.eval(n.loops[level+1].iter, in)
			if err != nil {
				return nil, false, err
			}
			it, err := ev.iterate(more)
			if err != nil {
				return nil, false, err
			}
			stack = append(stack, it)
		}
		return nil, false, nil
	}
	return &iterator{"generator", next}, nil
}

// enterLoop binds one item and applies the if clauses.
func (ev *evaluator) enterLoop(l loop, item any, in *scope) (bool, error) {
	if err := ev.unpack(l.target, item, in.vars); err != nil {
		return false, err
	}
	for _, test := range l.ifs {
		v, err := ev.eval(test, in)
		if err != nil || !Truth(v) {
			return false, err
		}
	}
	return true, nil
}
