package flow

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rehearse.dev/internal/fault"
)

// splice puts text in the place of the bytes from start to end.
type splice struct {
	start, end int
	text       []byte
}

// apply returns doc with the splices done; doc itself stays.
func apply(doc []byte, edits []splice) []byte {
	slices.SortStableFunc(edits, func(a, b splice) int { return a.start - b.start })
	size := len(doc)
	for _, e := range edits {
		size += len(e.text) - (e.end - e.start)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range edits {
		out = append(out, doc[at:e.start]...)
		out = append(out, e.text...)
		at = e.end
	}
	return append(out, doc[at:]...)
}

// Override returns the tree with constants[key].value set for every key that the
// tree has, hidden and output-bound constants included (domain §1.7). Of a
// constant with is_meta the former state is first copied into its meta field. All
// other bytes of the document stay as they are; when none changes, the receiver
// itself is returned. Keys that the tree lacks are returned sorted in unknown and
// are no error; a key is written with its braces.
//
// The error is a *fault.Error that lists the values which are no acceptable JSON,
// under the path constants, key.
func (p *Pipeline) Override(constants map[string]json.RawMessage) (result *Pipeline, unknown []string, err error) {
	var found problems
	keys := slices.Sorted(maps.Keys(constants))
	keys = slices.DeleteFunc(keys, func(key string) bool {
		if p.constants[key] == nil {
			unknown = append(unknown, key)
			return true
		}
		if !json.Valid(constants[key]) {
			found.addf(InvalidTree, []string{"constants", key}, "", "the value of %s is not JSON", brief(key))
		}
		return false
	})
	if len(found.list) > 0 {
		return nil, unknown, fault.Invalid(found.all()...)
	}
	if len(keys) == 0 {
		return p, unknown, nil
	}
	x, _ := newIndex(p.doc)
	if x == nil {
		return nil, unknown, fault.Newf(fault.CodeInternal, "the stored tree cannot be read")
	}
	e := editor{index: x, doc: p.doc}
	section := x.member(0, "constants")
	for c := range x.children(section) {
		key := x.key(c)
		if value, ok := constants[key]; ok {
			e.override(c, bytes.TrimSpace(value), p.constants[key].IsMeta)
		}
	}
	if len(e.edits) == 0 {
		return p, unknown, nil
	}
	result, err = parse(apply(p.doc, e.edits))
	if err != nil {
		return nil, unknown, err
	}
	return result, unknown, nil
}

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

// editor collects splices for one document.
type editor struct {
	*index
	doc   []byte
	edits []splice
}

// override sets the value of the constant at i.
func (e *editor) override(i int, value []byte, meta bool) {
	if meta {
		former := e.doc[e.spans[i].start:e.spans[i].end]
		e.set(i, "meta", former)
	}
	if at := e.member(i, "value"); at < 0 || meta || !sameJSON(e.doc[e.spans[at].start:e.spans[at].end], value) {
		e.set(i, "value", value)
	}
}

// set gives object i the member name with that text, in place or at the end.
func (e *editor) set(i int, name string, text []byte) {
	if at := e.member(i, name); at >= 0 {
		e.edits = append(e.edits, splice{int(e.spans[at].start), int(e.spans[at].end), text})
		return
	}
	var b []byte
	if int(e.spans[i].next) > i+1 {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	b = append(b, text...)
	end := int(e.spans[i].end) - 1
	e.edits = append(e.edits, splice{end, end, b})
}

// sameJSON says whether two texts differ in white space only.
func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
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
