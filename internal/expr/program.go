package expr

import (
	"fmt"
	"sort"
	"strings"
)

// maxPiece is the longest piece in bytes that is evaluated.
const maxPiece = 16 << 10

// program is a compiled piece: everything about ${…} that does not depend on
// the values of variables.
type program struct {
	// refs are the names that Mako regards as undeclared.
	refs []string
	// root is the expression; fault tells why there is none to run.
	root    node
	filters []string
	fault   error
	// names are the free names that the sandbox has to know; known holds refs.
	names []string
	known map[string]bool
}

// unsafeError is a piece that the sandbox refuses.
type unsafeError struct{ msg string }

func (e *unsafeError) Error() string { return "unsafe: " + e.msg }

func unsafef(format string, a ...any) error { return &unsafeError{fmt.Sprintf(format, a...)} }

// compile takes a piece apart: expression, filters, references, safety.
//
// Mako reads the expression without its leading blanks, the safety check of the
// reference engine with them; so ${ n } refers to n and yet stays text.
func compile(piece string) *program {
	p := &program{}
	if len(piece) > maxPiece {
		p.fault = syntaxf("the piece is longer than %d bytes", maxPiece)
		return p
	}
	code, filters := splitFilters(strings.ReplaceAll(piece[2:len(piece)-1], "\r\n", "\n"))
	root, err := parse(strings.TrimLeft(code, " \t\n\r\f\v"))
	if err != nil {
		p.fault = err
		return p
	}
	list, bare := root.(*tupleNode)
	bare = bare && !strings.HasPrefix(strings.TrimSpace(code), "(")
	if bare && len(list.items) == 1 {
		root, bare = list.items[0], false
	}
	p.root, p.filters = root, filters
	p.refs = undeclared(root, filters)
	p.known = make(map[string]bool, len(p.refs))
	for _, name := range p.refs {
		p.known[name] = true
	}
	p.names, p.fault = check(root)
	if p.fault == nil {
		p.fault = checkFilters(filters)
	}
	if p.fault == nil {
		p.fault = checkLayout(code)
	}
	if bare && p.fault == nil {
		p.fault = raise("TypeError", "several expressions in one piece")
	}
	return p
}

// splitFilters cuts "x | h, trim" at the first bar outside of brackets and
// string literals.
func splitFilters(code string) (expr string, filters []string) {
	depth := 0
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '\'', '"':
			if _, n, err := lexString(code[i:], "r"); err == nil {
				i += n - 1
			}
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '|':
			if depth > 0 {
				continue
			}
			for _, f := range strings.Split(code[i+1:], ",") {
				if f = strings.TrimSpace(f); f != "" {
					filters = append(filters, f)
				}
			}
			return code[:i], filters
		}
	}
	return code, nil
}

// checkLayout refuses what Python's statement parser refuses although the
// expression inside brackets would be fine: an indented first line, and line
// breaks that cut a statement in two.
func checkLayout(code string) error {
	if strings.TrimLeft(code, " \t") != code && strings.TrimSpace(code) != "" {
		return syntaxf("unexpected indent: blanks after ${")
	}
	if !strings.Contains(code, "\n") {
		return nil
	}
	depth, start := 0, 0
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\'', '"':
			if _, n, err := lexString(code[i:], "r"); err == nil {
				i += n - 1
			}
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '\n':
			if depth > 0 || (i > 0 && code[i-1] == '\\') {
				continue
			}
			if err := checkLine(code[start:i]); err != nil {
				return err
			}
			start = i + 1
		}
	}
	return checkLine(code[start:])
}

func checkLine(line string) error {
	if strings.TrimSpace(line) == "" {
		return nil
	}
	if line[0] == ' ' || line[0] == '\t' {
		return syntaxf("unexpected indent")
	}
	_, err := parse(line)
	return err
}

// undeclared lists the references of an expression in order, the way Mako finds
// them: it reads the element of a comprehension before its loops, forgets every
// name that any loop outside of a lambda binds, and skips a lambda's defaults.
func undeclared(root node, filters []string) []string {
	found, declared := map[string]bool{}, map[string]bool{}
	var visit func(n node, local map[string]bool)
	visit = func(n node, local map[string]bool) {
		switch n := n.(type) {
		case *nameNode:
			if !declared[n.name] && !local[n.name] {
				found[n.name] = true
			}
		case *lambdaNode:
			inner := map[string]bool{}
			for name := range local {
				inner[name] = true
			}
			for _, name := range n.params {
				inner[name] = true
			}
			visit(n.body, inner)
		case *compNode:
			visit(n.elem, local)
			for _, l := range n.loops {
				if local != nil {
					targets(l.target, local)
				} else {
					targets(l.target, declared)
				}
				visit(l.iter, local)
				for _, test := range l.ifs {
					visit(test, local)
				}
			}
		default:
			children(n, func(c node) { visit(c, local) })
		}
	}
	visit(root, nil)
	for _, f := range filters {
		if name := f[:wordLen(f)]; name != "" && !makoFilters[name] && !declared[name] {
			found[name] = true
		}
	}
	out := make([]string, 0, len(found))
	for name := range found {
		if !declared[name] && name != "context" && name != "print" {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}
