package expr

// primary reads an atom and what follows it: attributes, calls, subscripts.
func (p *parser) primary() (node, error) {
	n, err := p.atom()
	for err == nil {
		if p.nodes++; p.nodes > maxNodes {
			return nil, syntaxf("more than %d parts", maxNodes)
		}
		switch {
		case p.take("."):
			t := p.next()
			if t.kind != tokName {
				return nil, syntaxf("expected a name after the dot")
			}
			n = &attrNode{n, t.text}
		case p.take("("):
			n, err = p.call(n)
		case p.take("["):
			n, err = p.subscript(n)
		default:
			return n, nil
		}
	}
	return nil, err
}

func (p *parser) atom() (node, error) {
	t := p.next()
	switch t.kind {
	case tokName:
		return &nameNode{t.text}, nil
	case tokValue:
		return p.literal(t)
	case tokEnd:
		return nil, syntaxf("the expression ends too early")
	}
	switch t.text {
	case "None":
		return &constNode{nil}, nil
	case "True":
		return &constNode{true}, nil
	case "False":
		return &constNode{false}, nil
	case "(":
		return p.parenthesis()
	case "[":
		return p.list()
	}
	return nil, syntaxf("unexpected %q", cut(t.text, 20))
}

// literal joins string literals that stand side by side.
func (p *parser) literal(t token) (node, error) {
	v := t.value
	for {
		next := p.peek()
		if next.kind != tokValue {
			return &constNode{v}, nil
		}
		switch left := v.(type) {
		case string:
			right, ok := next.value.(string)
			if !ok {
				return nil, syntaxf("unexpected %q", cut(next.text, 20))
			}
			v = left + right
		case bytesVal:
			right, ok := next.value.(bytesVal)
			if !ok {
				return nil, syntaxf("unexpected %q", cut(next.text, 20))
			}
			v = left + right
		default:
			return nil, syntaxf("unexpected %q", cut(next.text, 20))
		}
		p.next()
	}
}

// parenthesis reads what follows "(": a tuple, a generator or a grouped
// expression.
func (p *parser) parenthesis() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.take(")") {
		return &tupleNode{}, nil
	}
	items, comma, err := p.items(")")
	if err != nil {
		return nil, err
	}
	if p.is("for") && len(items) == 1 && !comma {
		n, err := p.comprehension(items[0], false)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if comma {
		return &tupleNode{items}, nil
	}
	if _, star := items[0].(*starNode); star {
		return nil, syntaxf("a starred expression needs a list")
	}
	return items[0], nil
}

func (p *parser) list() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.take("]") {
		return &listNode{}, nil
	}
	items, comma, err := p.items("]")
	if err != nil {
		return nil, err
	}
	if p.is("for") && len(items) == 1 && !comma {
		n, err := p.comprehension(items[0], true)
		if err != nil {
			return nil, err
		}
		return n, p.expect("]")
	}
	return &listNode{items}, p.expect("]")
}

// items reads expressions with commas between them up to the closing bracket.
func (p *parser) items(end string) (items []node, comma bool, err error) {
	for !p.is(end) {
		n, err := p.starred()
		if err != nil {
			return nil, false, err
		}
		items = append(items, n)
		if !p.take(",") {
			return items, comma, nil
		}
		comma = true
	}
	return items, comma, nil
}

func (p *parser) starred() (node, error) {
	if !p.take("*") {
		return p.expr()
	}
	x, err := p.binary(levelCompare + 1)
	return &starNode{x}, err
}

func (p *parser) comprehension(elem node, list bool) (node, error) {
	if _, star := elem.(*starNode); star {
		return nil, syntaxf("a comprehension takes no starred element")
	}
	n := &compNode{list: list, elem: elem}
	for p.take("for") {
		target, err := p.target()
		if err != nil {
			return nil, err
		}
		if err := p.expect("in"); err != nil {
			return nil, err
		}
		iter, err := p.binary(levelOr)
		if err != nil {
			return nil, err
		}
		l := loop{target: target, iter: iter}
		for p.take("if") {
			test, err := p.binary(levelOr)
			if err != nil {
				return nil, err
			}
			l.ifs = append(l.ifs, test)
		}
		n.loops = append(n.loops, l)
	}
	return n, nil
}

// target reads the names that a for clause binds.
func (p *parser) target() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var items []node
	for {
		t := p.next()
		switch {
		case t.kind == tokName:
			items = append(items, &nameNode{t.text})
		case t.kind == tokOp && (t.text == "(" || t.text == "["):
			inner, err := p.target()
			if err != nil {
				return nil, err
			}
			if err := p.expect(map[string]string{"(": ")", "[": "]"}[t.text]); err != nil {
				return nil, err
			}
			items = append(items, inner)
		default:
			return nil, syntaxf("expected a name to bind, found %q", cut(t.text, 20))
		}
		if !p.take(",") {
			if len(items) == 1 {
				return items[0], nil
			}
			return &tupleNode{items}, nil
		}
		if p.ends() {
			return &tupleNode{items}, nil
		}
	}
}

func (p *parser) call(fn node) (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	n := &callNode{fn: fn}
	for !p.is(")") {
		if err := p.argument(n); err != nil {
			return nil, err
		}
		if !p.take(",") {
			break
		}
	}
	return n, p.expect(")")
}

func (p *parser) argument(n *callNode) error {
	if p.take("**") {
		x, err := p.expr()
		n.names, n.named = append(n.names, ""), append(n.named, x)
		return err
	}
	if p.peek().kind == tokName && p.toks[p.at+1].kind == tokOp && p.toks[p.at+1].text == "=" {
		name := p.next().text
		p.next()
		x, err := p.expr()
		for _, other := range n.names {
			if other == name {
				return syntaxf("keyword argument repeated: %s", name)
			}
		}
		n.names, n.named = append(n.names, name), append(n.named, x)
		return err
	}
	x, err := p.starred()
	if err != nil {
		return err
	}
	if _, star := x.(*starNode); !star && len(n.names) > 0 {
		return syntaxf("positional argument follows keyword argument")
	}
	if p.is("for") {
		if x, err = p.comprehension(x, false); err != nil {
			return err
		}
		if len(n.args) > 0 || !p.is(")") {
			return syntaxf("a generator among other arguments needs brackets")
		}
	}
	n.args = append(n.args, x)
	return nil
}

func (p *parser) subscript(x node) (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	var items []node
	comma := false
	for !p.is("]") {
		n, err := p.slice()
		if err != nil {
			return nil, err
		}
		items = append(items, n)
		if !p.take(",") {
			break
		}
		comma = true
	}
	if err := p.expect("]"); err != nil {
		return nil, err
	}
	switch {
	case len(items) == 0:
		return nil, syntaxf("empty subscript")
	case comma:
		return &indexNode{x, &tupleNode{items}}, nil
	default:
		return &indexNode{x, items[0]}, nil
	}
}

func (p *parser) slice() (node, error) {
	var parts [3]node
	colons := 0
	for {
		if !p.is(":") && !p.is("]") && !p.is(",") {
			x, err := p.expr()
			if err != nil {
				return nil, err
			}
			parts[colons] = x
		}
		if colons == 2 || !p.take(":") {
			break
		}
		colons++
	}
	switch {
	case colons > 0:
		return &sliceNode{parts[0], parts[1], parts[2]}, nil
	case parts[0] == nil:
		return nil, syntaxf("empty subscript")
	default:
		return parts[0], nil
	}
}
