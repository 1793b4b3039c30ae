package expr

// The parser's own limits; Python refuses nesting of brackets beyond 200 too.
const (
	maxParseDepth = 200
	maxNodes      = 5000
)

// parser is a precedence climber over the expression part of Python's grammar.
type parser struct {
	toks  []token
	at    int
	depth int
	nodes int
}

// parse reads a whole expression. At top level a tuple may lack its brackets,
// as in a statement.
func parse(src string) (node, error) {
	toks, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{toks: toks}
	n, err := p.tuple()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, syntaxf("unexpected %q", cut(t.text, 20))
	}
	return n, nil
}

func (p *parser) peek() token { return p.toks[p.at] }

func (p *parser) next() token {
	t := p.toks[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

// is tells whether the next token is this operator or keyword.
func (p *parser) is(op string) bool {
	t := p.toks[p.at]
	return t.kind == tokOp && t.text == op
}

func (p *parser) take(op string) bool {
	if !p.is(op) {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(op string) error {
	if p.take(op) {
		return nil
	}
	t := p.peek()
	if t.kind == tokEnd {
		return syntaxf("expected %q at the end", op)
	}
	return syntaxf("expected %q, found %q", op, cut(t.text, 20))
}

// enter counts one more level or node; leave gives the level back.
func (p *parser) enter() error {
	p.depth++
	p.nodes++
	if p.depth > maxParseDepth {
		return syntaxf("nested deeper than %d", maxParseDepth)
	}
	if p.nodes > maxNodes {
		return syntaxf("more than %d parts", maxNodes)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// tuple reads one expression or several with commas.
func (p *parser) tuple() (node, error) {
	n, err := p.expr()
	if err != nil || !p.is(",") {
		return n, err
	}
	items := []node{n}
	for p.take(",") {
		if p.ends() {
			break
		}
		if n, err = p.expr(); err != nil {
			return nil, err
		}
		items = append(items, n)
	}
	return &tupleNode{items}, nil
}

func (p *parser) ends() bool {
	return p.peek().kind == tokEnd || p.is(")") || p.is("]") || p.is("=") || p.is("in")
}

// expr reads a lambda, a conditional expression or anything that binds tighter.
func (p *parser) expr() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.take("lambda") {
		return p.lambda()
	}
	n, err := p.binary(1)
	if err != nil || !p.take("if") {
		return n, err
	}
	test, err := p.binary(1)
	if err != nil {
		return nil, err
	}
	if err := p.expect("else"); err != nil {
		return nil, err
	}
	no, err := p.expr()
	return &condNode{test, n, no}, err
}

func (p *parser) lambda() (node, error) {
	n := &lambdaNode{}
	for !p.is(":") {
		if p.take("*") {
			name := p.next()
			if name.kind != tokName {
				return nil, syntaxf("keyword-only parameters are not supported")
			}
			n.rest = name.text
			p.take(",")
			break
		}
		name := p.next()
		if name.kind != tokName {
			return nil, syntaxf("expected a parameter, found %q", cut(name.text, 20))
		}
		n.params = append(n.params, name.text)
		if p.take("=") {
			d, err := p.expr()
			if err != nil {
				return nil, err
			}
			n.defaults = append(n.defaults, d)
		} else if len(n.defaults) > 0 {
			return nil, syntaxf("parameter without a default after one with a default")
		}
		if !p.take(",") {
			break
		}
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	var err error
	n.body, err = p.expr()
	return n, err
}

// The levels of binary operators, loosest first.
const (
	levelOr = iota + 1
	levelAnd
	levelNot
	levelCompare
	levelUnary = 10
)

var levels = map[string]int{
	"or": levelOr, "and": levelAnd,
	"<": levelCompare, ">": levelCompare, "<=": levelCompare, ">=": levelCompare, "==": levelCompare, "!=": levelCompare,
	"in": levelCompare, "is": levelCompare, "not": levelCompare,
	"|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": levelUnary, "/": levelUnary, "//": levelUnary, "%": levelUnary,
}

// binary reads operators of at least the given level.
func (p *parser) binary(level int) (node, error) {
	left, err := p.unary(level)
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		at := levels[t.text]
		if t.kind != tokOp || at == 0 || at < level {
			return left, nil
		}
		if at == levelCompare {
			if left, err = p.compare(left); err != nil {
				return nil, err
			}
			continue
		}
		p.next()
		if p.nodes++; p.nodes > maxNodes {
			return nil, syntaxf("more than %d parts", maxNodes)
		}
		right, err := p.binary(at + 1)
		if err != nil {
			return nil, err
		}
		if at <= levelAnd {
			left = &logicNode{at == levelAnd, left, right}
			continue
		}
		left = &binaryNode{t.text, left, right}
	}
}

func (p *parser) compare(first node) (node, error) {
	n := &compareNode{first: first}
	for {
		t := p.peek()
		if t.kind != tokOp || levels[t.text] != levelCompare {
			return n, nil
		}
		op := p.next().text
		if op == "not" {
			if err := p.expect("in"); err != nil {
				return nil, err
			}
			op = "not in"
		}
		if op == "is" && p.take("not") {
			op = "is not"
		}
		if p.nodes++; p.nodes > maxNodes {
			return nil, syntaxf("more than %d parts", maxNodes)
		}
		right, err := p.binary(levelCompare + 1)
		if err != nil {
			return nil, err
		}
		n.ops, n.rest = append(n.ops, op), append(n.rest, right)
	}
}

// unary reads the prefix operators. "not" binds looser than a comparison, the
// signs tighter than a product and looser than a power.
func (p *parser) unary(level int) (node, error) {
	t := p.peek()
	if t.kind == tokOp {
		switch t.text {
		case "not":
			if level > levelNot {
				return nil, syntaxf(`unexpected "not"`)
			}
			return p.prefix("not", levelNot)
		case "-", "+", "~":
			return p.prefix(t.text, levelUnary+1)
		}
	}
	return p.power()
}

func (p *parser) prefix(op string, level int) (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.next()
	x, err := p.binary(level)
	return &unaryNode{op, x}, err
}

func (p *parser) power() (node, error) {
	base, err := p.primary()
	if err != nil || !p.take("**") {
		return base, err
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	exp, err := p.unary(levelUnary + 1)
	return &binaryNode{"**", base, exp}, err
}
