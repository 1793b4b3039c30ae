package expr

// node is a part of a parsed expression.
type node interface{}

type (
	constNode struct{ value any }
	nameNode  struct{ name string }
	unaryNode struct {
		op string
		x  node
	}
	binaryNode struct {
		op   string
		l, r node
	}
	// logicNode is and/or, which answer with one of their operands.
	logicNode struct {
		and  bool
		l, r node
	}
	// compareNode is a chain: 1 < x <= 3.
	compareNode struct {
		first node
		ops   []string
		rest  []node
	}
	condNode struct{ test, yes, no node }
	attrNode struct {
		x    node
		name string
	}
	indexNode struct{ x, index node }
	sliceNode struct{ start, stop, step node }
	callNode  struct {
		fn    node
		args  []node // *x is a starNode
		names []string
		named []node // name "" is **x
	}
	listNode  struct{ items []node }
	tupleNode struct{ items []node }
	starNode  struct{ x node }
	compNode  struct {
		list  bool // a list, else a generator
		elem  node
		loops []loop
	}
	loop struct {
		target, iter node
		ifs          []node
	}
	lambdaNode struct {
		params   []string
		defaults []node // of the last parameters
		rest     string // *rest, or ""
		body     node
	}
)

// children calls visit for the direct parts of n in the order of Python's ast,
// which is the order in which Mako looks for names.
func children(n node, visit func(node)) {
	all := func(nodes []node) {
		for _, c := range nodes {
			visit(c)
		}
	}
	switch n := n.(type) {
	case *unaryNode:
		visit(n.x)
	case *binaryNode:
		visit(n.l)
		visit(n.r)
	case *logicNode:
		visit(n.l)
		visit(n.r)
	case *compareNode:
		visit(n.first)
		all(n.rest)
	case *condNode:
		visit(n.test)
		visit(n.yes)
		visit(n.no)
	case *attrNode:
		visit(n.x)
	case *indexNode:
		visit(n.x)
		visit(n.index)
	case *sliceNode:
		for _, c := range []node{n.start, n.stop, n.step} {
			if c != nil {
				visit(c)
			}
		}
	case *callNode:
		visit(n.fn)
		all(n.args)
		all(n.named)
	case *listNode:
		all(n.items)
	case *tupleNode:
		all(n.items)
	case *starNode:
		visit(n.x)
	case *compNode:
		visit(n.elem)
		for _, l := range n.loops {
			visit(l.target)
			visit(l.iter)
			all(l.ifs)
		}
	case *lambdaNode:
		all(n.defaults)
		visit(n.body)
	}
}

// targets collects the names that a loop target binds.
func targets(n node, into map[string]bool) {
	switch n := n.(type) {
	case *nameNode:
		into[n.name] = true
	case *tupleNode:
		for _, c := range n.items {
			targets(c, into)
		}
	}
}
