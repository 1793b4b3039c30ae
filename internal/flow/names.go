package flow

import (
	"slices"
	"strings"
)

// CleanNames returns the tree with every name of a node or constant as the
// original stores it (domain §6.5 step 1): without < > $ & ' " and at most 50
// characters long. Inner trees are cleaned too. All other bytes stay as they are;
// when no name changes, the receiver itself is returned.
func (p *Pipeline) CleanNames() *Pipeline {
	if !p.hasUncleanName() {
		return p
	}
	x, _ := newIndex(p.doc)
	if x == nil {
		return p
	}
	e := editor{index: x, doc: p.doc}
	e.cleanTree(0)
	// A clean name is never longer than the unclean one, so the result is a tree.
	if cleaned, err := parse(apply(p.doc, e.edits)); err == nil {
		return cleaned
	}
	return p
}

func (p *Pipeline) hasUncleanName() bool {
	unclean := func(name string) bool { return cleanName(name) != name }
	if p.Start != nil && unclean(p.Start.Name) || p.End != nil && unclean(p.End.Name) {
		return true
	}
	return slices.ContainsFunc(p.Activities, func(a *Activity) bool {
		return unclean(a.Name) || a.Pipeline != nil && a.Pipeline.hasUncleanName()
	}) ||
		slices.ContainsFunc(p.Gateways, func(g *Gateway) bool { return unclean(g.Name) }) ||
		slices.ContainsFunc(p.Constants, func(k *Constant) bool { return unclean(k.Name) })
}

// maxNameRunes is how long a name may be, in code points.
const maxNameRunes = 50

// cleanName drops what could break out of an HTML attribute or start a variable.
func cleanName(s string) string {
	const unwanted = "<>$&'\""
	if strings.ContainsAny(s, unwanted) {
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune(unwanted, r) {
				return -1
			}
			return r
		}, s)
	}
	if len(s) <= maxNameRunes {
		return s
	}
	n := 0
	for at := range s {
		if n == maxNameRunes {
			return s[:at]
		}
		n++
	}
	return s
}

// cleanTree cleans the names of the tree at i.
func (e *editor) cleanTree(i int) {
	for c := range e.children(i) {
		if e.spans[c].kind != kindObject {
			continue
		}
		switch e.key(c) {
		case "start_event", "end_event":
			e.cleanMember(c)
		case "gateways", "constants":
			for m := range e.children(c) {
				e.cleanMember(m)
			}
		case "activities":
			for m := range e.children(c) {
				e.cleanMember(m)
				if inner := e.innerTree(m); inner > 0 {
					e.cleanTree(inner)
				}
			}
		}
	}
}

// innerTree returns the position of the tree inside the activity at i, or -1.
func (e *editor) innerTree(i int) int {
	kind, inner := e.member(i, "type"), e.member(i, "pipeline")
	if kind < 0 || inner < 0 || e.spans[kind].kind != kindString || e.spans[inner].kind != kindObject {
		return -1
	}
	if e.text(kind) != string(SubProcess) {
		return -1
	}
	return inner
}

// cleanMember cleans the name of the object at i.
func (e *editor) cleanMember(i int) {
	at := e.member(i, "name")
	if at < 0 || e.spans[at].kind != kindString {
		return
	}
	if name := e.text(at); cleanName(name) != name {
		e.edits = append(e.edits, splice{int(e.spans[at].start), int(e.spans[at].end), quote(cleanName(name))})
	}
}

// quote writes a JSON string with as few escapes as the grammar allows, so that it
// is never longer than the literal it was read from.
func quote(s string) []byte {
	const hex = "0123456789abcdef"
	short := map[rune]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '"': '"', '\\': '\\'}
	out := []byte{'"'}
	for _, r := range s {
		switch c, ok := short[r]; {
		case ok:
			out = append(out, '\\', c)
		case r < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			out = append(out, string(r)...)
		}
	}
	return append(out, '"')
}
