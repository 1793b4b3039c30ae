package flow

import (
	"encoding/json"
	"strconv"
)

// reader turns indexed values into fields and notes every one of the wrong type.
// Each method treats null as an absent field.
type reader struct {
	*index
	doc   []byte
	found problems
	node  string // the node that is being read, for the problems
}

func (r *reader) problem(i int, format string, args ...any) {
	var path []string
	if !r.found.full() {
		path = r.path(i)
	}
	r.found.addf(InvalidTree, path, r.node, format, args...)
}

func (r *reader) wrong(i int, want string) {
	name := "the item"
	if r.spans[i].keyStart > 0 {
		name = strconv.Quote(brief(r.key(i)))
	}
	r.problem(i, "%s must be %s, not %s", name, want, r.spans[i].kind)
}

func (r *reader) null(i int) bool { return r.spans[i].kind == kindNull }

// is says whether value i has kind k; anything else but null is a problem.
func (r *reader) is(i int, k kind) bool {
	if r.spans[i].kind == k {
		return true
	}
	if !r.null(i) {
		r.wrong(i, k.String())
	}
	return false
}

func (r *reader) object(i int) bool { return r.is(i, kindObject) }

// bytes returns value i as it stands in the document.
func (r *reader) bytes(i int) json.RawMessage {
	s := r.spans[i]
	return json.RawMessage(r.doc[s.start:s.end:s.end])
}

func (r *reader) str(i int) string {
	if !r.is(i, kindString) {
		return ""
	}
	return r.text(i)
}

func (r *reader) boolean(i int, fallback bool) bool {
	switch r.spans[i].kind {
	case kindTrue:
		return true
	case kindFalse:
		return false
	case kindNull:
		return fallback
	default:
		r.wrong(i, "a boolean")
		return fallback
	}
}

func (r *reader) integer(i int) int {
	n, ok := r.whole(i)
	if !ok && !r.null(i) {
		r.wrong(i, "a whole number")
	}
	return n
}

// whole returns value i if it is a number without fraction and exponent.
func (r *reader) whole(i int) (int, bool) {
	if r.spans[i].kind != kindNumber {
		return 0, false
	}
	n, err := strconv.Atoi(r.raw(i))
	return n, err == nil
}

// truthy reads a flag as the reference engine does: everything but false, null,
// zero and the empty text, list and object is set.
func (r *reader) truthy(i int) bool {
	s := r.spans[i]
	switch s.kind {
	case kindFalse, kindNull:
		return false
	case kindString:
		return s.end-s.start > 2
	case kindObject, kindList:
		return int(s.next) > i+1
	case kindNumber:
		f, err := strconv.ParseFloat(r.raw(i), 64)
		return err != nil || f != 0
	default:
		return true
	}
}

// strs reads a list of texts.
func (r *reader) strs(i int) []string {
	if !r.is(i, kindList) {
		return nil
	}
	list := make([]string, 0, 2)
	for c := range r.children(i) {
		if r.spans[c].kind != kindString {
			r.wrong(c, "a string")
			continue
		}
		list = append(list, r.text(c))
	}
	return list
}

// flowIDs reads the incoming or outgoing field of a node: one flow, a list of
// flows, or "" for none (engine §1).
func (r *reader) flowIDs(i int) []string {
	switch r.spans[i].kind {
	case kindString:
		if id := r.text(i); id != "" {
			return []string{id}
		}
		return nil
	case kindList:
		return r.strs(i)
	case kindNull:
		return nil
	default:
		r.wrong(i, "a string or a list")
		return nil
	}
}
