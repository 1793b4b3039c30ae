package expr

import "math/big"

// evaluator runs one expression.
type evaluator struct {
	*budget
	r *Renderer
	// names are the values of the free names that the expression refers to.
	names map[string]any
}

// scope holds the names that loops and lambdas bind.
type scope struct {
	vars map[string]any
	up   *scope
}

// lambda is a function value.
type lambda struct {
	n        *lambdaNode
	defaults []any
	in       *scope
}

func (ev *evaluator) eval(n node, in *scope) (any, error) {
	if err := ev.work(1); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *constNode:
		return n.value, nil
	case *nameNode:
		return ev.name(n.name, in)
	case *unaryNode:
		return ev.unary(n, in)
	case *binaryNode:
		l, err := ev.eval(n.l, in)
		if err != nil {
			return nil, err
		}
		r, err := ev.eval(n.r, in)
		if err != nil {
			return nil, err
		}
		return ev.binary(n.op, l, r)
	case *logicNode:
		l, err := ev.eval(n.l, in)
		if err != nil || Truth(l) != n.and {
			return l, err
		}
		return ev.eval(n.r, in)
	case *compareNode:
		return ev.compareChain(n, in)
	case *condNode:
		test, err := ev.eval(n.test, in)
		if err != nil {
			return nil, err
		}
		if Truth(test) {
			return ev.eval(n.yes, in)
		}
		return ev.eval(n.no, in)
	case *attrNode:
		x, err := ev.eval(n.x, in)
		if err != nil {
			return nil, err
		}
		return ev.attr(x, n.name)
	case *indexNode:
		x, err := ev.eval(n.x, in)
		if err != nil {
			return nil, err
		}
		i, err := ev.eval(n.index, in)
		if err != nil {
			return nil, err
		}
		return ev.index(x, i)
	case *sliceNode:
		return ev.slice(n, in)
	case *callNode:
		return ev.callNode(n, in)
	case *listNode:
		return ev.items(n.items, in)
	case *tupleNode:
		items, err := ev.items(n.items, in)
		return tuple(items), err
	case *compNode:
		return ev.comprehension(n, in)
	case *lambdaNode:
		defaults, err := ev.items(n.defaults, in)
		return &lambda{n, defaults, in}, err
	}
	return nil, syntaxf("a starred expression cannot stand here")
}

func (ev *evaluator) name(name string, in *scope) (any, error) {
	for s := in; s != nil; s = s.up {
		if v, ok := s.vars[name]; ok {
			return v, nil
		}
	}
	if v, ok := ev.names[name]; ok {
		return v, nil
	}
	return nil, raise("NameError", "name '%s' is not defined", name)
}

func (ev *evaluator) unary(n *unaryNode, in *scope) (any, error) {
	x, err := ev.eval(n.x, in)
	if err != nil {
		return nil, err
	}
	if n.op == "not" {
		return !Truth(x), nil
	}
	if f, ok := x.(float64); ok && n.op != "~" {
		if n.op == "-" {
			return -f, nil
		}
		return f, nil
	}
	i, ok := intOf(x)
	if !ok {
		if d, ok := x.(delta); ok && n.op == "-" {
			return -d, nil
		}
		return nil, raise("TypeError", "bad operand type for unary %s: '%s'", n.op, typeName(x))
	}
	switch n.op {
	case "-":
		return shrink(new(big.Int).Neg(i)), nil
	case "~":
		return shrink(new(big.Int).Not(i)), nil
	default:
		return shrink(i), nil
	}
}

func (ev *evaluator) compareChain(n *compareNode, in *scope) (any, error) {
	left, err := ev.eval(n.first, in)
	if err != nil {
		return nil, err
	}
	for i, op := range n.ops {
		right, err := ev.eval(n.rest[i], in)
		if err != nil {
			return nil, err
		}
		ok, err := ev.compare(op, left, right)
		if err != nil || !ok {
			return false, err
		}
		left = right
	}
	return true, nil
}

// items evaluates the parts of a list, with *x spread out.
func (ev *evaluator) items(nodes []node, in *scope) ([]any, error) {
	if err := ev.slots(len(nodes)); err != nil {
		return nil, err
	}
	out := make([]any, 0, len(nodes))
	for _, n := range nodes {
		star, ok := n.(*starNode)
		if !ok {
			v, err := ev.eval(n, in)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
			continue
		}
		v, err := ev.eval(star.x, in)
		if err != nil {
			return nil, err
		}
		more, err := ev.list(v)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

func (ev *evaluator) slice(n *sliceNode, in *scope) (any, error) {
	var parts [3]any
	for i, part := range []node{n.start, n.stop, n.step} {
		if part == nil {
			continue
		}
		v, err := ev.eval(part, in)
		if err != nil {
			return nil, err
		}
		parts[i] = v
	}
	return sliceVal{parts[0], parts[1], parts[2]}, nil
}

func (ev *evaluator) callNode(n *callNode, in *scope) (any, error) {
	fn, err := ev.eval(n.fn, in)
	if err != nil {
		return nil, err
	}
	pos, err := ev.items(n.args, in)
	if err != nil {
		return nil, err
	}
	c := args{pos: pos}
	for i, name := range n.names {
		v, err := ev.eval(n.named[i], in)
		if err != nil {
			return nil, err
		}
		if name != "" {
			c.names, c.named = append(c.names, name), append(c.named, v)
			continue
		}
		d, ok := v.(*Dict)
		if !ok {
			return nil, raise("TypeError", "argument after ** must be a mapping, not %s", typeName(v))
		}
		for i := range d.Len() {
			key, v := d.At(i)
			s, ok := key.(string)
			if !ok {
				return nil, raise("TypeError", "keywords must be strings")
			}
			c.names, c.named = append(c.names, s), append(c.named, v)
		}
	}
	return ev.call(fn, c)
}

// call applies a function, class, bound method or lambda.
func (ev *evaluator) call(fn any, c args) (any, error) {
	if err := ev.work(1); err != nil {
		return nil, err
	}
	if ev.depth--; ev.depth < 0 {
		return nil, &limitError{"calls are nested too deep"}
	}
	defer func() { ev.depth++ }()
	switch fn := fn.(type) {
	case *builtin:
		return fn.call(ev, c)
	case *module:
		if fn.call != nil {
			return fn.call.call(ev, c)
		}
	case *lambda:
		return ev.callLambda(fn, c)
	}
	return nil, raise("TypeError", "'%s' object is not callable", typeName(fn))
}

func (ev *evaluator) callLambda(fn *lambda, c args) (any, error) {
	n := fn.n
	vars := make(map[string]any, len(n.params)+1)
	first := len(n.params) - len(fn.defaults)
	for i, d := range fn.defaults {
		vars[n.params[first+i]] = d
	}
	for i, v := range c.pos {
		if i < len(n.params) {
			vars[n.params[i]] = v
		}
	}
	if n.rest != "" {
		vars[n.rest] = tuple(append([]any(nil), c.pos[min(len(c.pos), len(n.params)):]...))
	} else if len(c.pos) > len(n.params) {
		return nil, raise("TypeError", "<lambda>() takes %d positional arguments but %d were given", len(n.params), len(c.pos))
	}
	for i, name := range c.names {
		at := indexOf(n.params, name)
		if at < 0 || at < len(c.pos) {
			return nil, raise("TypeError", "<lambda>() got an unexpected keyword argument '%s'", name)
		}
		vars[name] = c.named[i]
	}
	for _, name := range n.params {
		if _, ok := vars[name]; !ok {
			return nil, raise("TypeError", "<lambda>() missing a required argument: '%s'", name)
		}
	}
	return ev.eval(n.body, &scope{vars, fn.in})
}

func indexOf(words []string, word string) int {
	for i, w := range words {
		if w == word {
			return i
		}
	}
	return -1
}

// text is Python's str() within the budget.
func (ev *evaluator) text(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	if o, ok := v.(*Object); ok {
		return o.Text, nil
	}
	if s, ok := v.(stringer); ok {
		return s.str(), nil
	}
	return ev.repr(v)
}

// stringer is a Python-only kind whose str() differs from its repr().
type stringer interface{ str() string }

func (ev *evaluator) repr(v any) (string, error) {
	w := &writer{limit: max(1, ev.bytes)}
	w.value(v)
	if w.unstable {
		return "", raise("TypeError", "a %s has no text that two runs agree on", typeName(v))
	}
	if w.full {
		return "", &limitError{"the result grows too large"}
	}
	s := w.String()
	return s, ev.grow(len(s))
}
