package flow

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// Limits of a document. A real tree has some 10 KB and a depth below 20.
const (
	// MaxTreeBytes is the largest document that Parse reads.
	MaxTreeBytes = 4 << 20
	// MaxDepth is how deep objects and lists may be nested.
	MaxDepth = 100
)

// kind is the first byte of a JSON value; every number has kindNumber.
type kind byte

const (
	kindObject kind = '{'
	kindList   kind = '['
	kindString kind = '"'
	kindTrue   kind = 't'
	kindFalse  kind = 'f'
	kindNull   kind = 'n'
	kindNumber kind = '0'
)

func (k kind) String() string {
	switch k {
	case kindObject:
		return "an object"
	case kindList:
		return "a list"
	case kindString:
		return "a string"
	case kindTrue, kindFalse:
		return "a boolean"
	case kindNull:
		return "null"
	default:
		return "a number"
	}
}

// span is one JSON value of the document. The spans of an index stand in
// document order, so the first child of spans[i] is spans[i+1] and its next
// sibling spans[spans[i].next].
type span struct {
	start, end int32
	// keyStart and keyEnd enclose the member's name without its quotes; both are 0
	// for list items and for the root.
	keyStart, keyEnd int32
	// next is the position behind this value and everything in it.
	next int32
	// depth is 0 for the root.
	depth   uint8
	kind    kind
	escaped bool // the string has a backslash
	keyEsc  bool // the member's name has a backslash
}

// index is a document with the place of every value in it. encoding/json has
// checked the grammar before, so that this walk needs no case for broken input;
// what it adds is what encoding/json lets pass: duplicate keys, half surrogates,
// NUL, numbers that no double can hold.
type index struct {
	src   string
	spans []span
}

// newIndex checks doc and finds every value in it. The index is nil when the
// text cannot be walked; otherwise found holds the remaining problems.
func newIndex(doc []byte) (x *index, found problems) {
	return checkedIndex(doc, "the tree", MaxTreeBytes)
}

// checkedIndex is newIndex for a text that messages call what.
func checkedIndex(doc []byte, what string, limit int) (x *index, found problems) {
	if len(doc) > limit {
		found.addf(InvalidTree, nil, "", "%s has %d bytes, more than the limit of %d", what, len(doc), limit)
		return nil, found
	}
	if !utf8.Valid(doc) {
		found.addf(InvalidTree, nil, "", "%s is not UTF-8: invalid byte at offset %d", what, invalidUTF8(doc))
		return nil, found
	}
	if !json.Valid(doc) {
		found.addf(InvalidTree, nil, "", "%s is not JSON: %s", what, syntaxError(doc))
		return nil, found
	}
	w := walker{index: index{src: string(doc), spans: make([]span, 0, len(doc)/12+8)}}
	if !w.value(0, literal{}) {
		found.addf(InvalidTree, w.path(len(w.spans)-1), "", "%s is nested deeper than %d levels", what, MaxDepth)
		return nil, found
	}
	return &w.index, w.found
}

// syntaxError returns what encoding/json says about doc, with the offset.
func syntaxError(doc []byte) string {
	var raw json.RawMessage
	err := json.Unmarshal(doc, &raw)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Error() + " at offset " + itoa(int(syntax.Offset))
	}
	return "the text is incomplete"
}

func invalidUTF8(doc []byte) int {
	for i := 0; i < len(doc); {
		r, size := utf8.DecodeRune(doc[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(doc)
}

// raw returns the text of value i.
func (x *index) raw(i int) string { return x.src[x.spans[i].start:x.spans[i].end] }

// key returns the decoded name of member i.
func (x *index) key(i int) string {
	s := &x.spans[i]
	if s.keyEsc {
		return unquote(x.src[s.keyStart-1 : s.keyEnd+1])
	}
	return x.src[s.keyStart:s.keyEnd]
}

// text returns the decoded string value i.
func (x *index) text(i int) string {
	s := &x.spans[i]
	if s.escaped {
		return unquote(x.src[s.start:s.end])
	}
	return x.src[s.start+1 : s.end-1]
}

// children yields the position of every member or item of value i.
func (x *index) children(i int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		end := int(x.spans[i].next)
		for c := i + 1; c < end; c = int(x.spans[c].next) {
			if !yield(c) {
				return
			}
		}
	}
}

// member returns the position of the member with that name in object i, or -1.
func (x *index) member(i int, name string) int {
	if x.spans[i].kind != kindObject {
		return -1
	}
	for c := range x.children(i) {
		if x.key(c) == name {
			return c
		}
	}
	return -1
}

// path returns the way from the root to value i: names and list positions. It is
// built for problems only, so it searches instead of remembering.
func (x *index) path(i int) []string {
	if i < 0 || i >= len(x.spans) {
		return nil
	}
	path := make([]string, 0, x.spans[i].depth)
	for at := 0; at < i; {
		c, n := at+1, 0
		// A value that is still being read has no end yet: it holds i.
		for x.spans[c].next != 0 && int(x.spans[c].next) <= i {
			c, n = int(x.spans[c].next), n+1
		}
		if x.spans[at].kind == kindObject {
			path = append(path, x.key(c))
		} else {
			path = append(path, itoa(n))
		}
		at = c
	}
	return path
}

// unquote decodes a JSON string literal that is known to be valid.
func unquote(literal string) string {
	var s string
	if err := json.Unmarshal([]byte(literal), &s); err != nil {
		return literal
	}
	return s
}
