package flow

import (
	"math"
	"strconv"
	"strings"
)

// maxInteger is 2^53: beyond it a reader that uses doubles, such as a browser,
// sees another number than the one that was sent.
const maxInteger = "9007199254740992"

// walker builds an index out of text that encoding/json accepts.
type walker struct {
	index
	at    int
	found problems
}

// value reads the value at w.at. It returns false when the nesting is too deep;
// the last span is then the value that went too far.
func (w *walker) value(depth int, name literal) bool {
	w.space()
	i := len(w.spans)
	c := w.src[w.at]
	s := span{start: int32(w.at), depth: uint8(depth), kind: kind(c)}
	s.keyStart, s.keyEnd, s.keyEsc = int32(name.start), int32(name.end), name.escaped
	w.spans = append(w.spans, s)
	if name.escaped {
		w.escapes(i, w.src[name.start:name.end], "the name of the member")
	}
	switch c {
	case '{', '[':
		if depth == MaxDepth {
			return false
		}
		if !w.container(i, depth) {
			return false
		}
	case '"':
		text := w.stringLiteral()
		w.spans[i].escaped = text.escaped
		if text.escaped {
			w.escapes(i, w.src[text.start:text.end], "the text")
		}
	case 't', 'n':
		w.at += 4
	case 'f':
		w.at += 5
	default:
		w.spans[i].kind = kindNumber
		w.number(i)
	}
	w.spans[i].end = int32(w.at)
	w.spans[i].next = int32(len(w.spans))
	return true
}

// problem notes what is wrong with value i. The path is looked up only as long as
// the problem will be listed, which keeps a hostile document cheap.
func (w *walker) problem(i int, format string, args ...any) {
	var path []string
	if !w.found.full() {
		path = w.path(i)
	}
	w.found.addf(InvalidTree, path, "", format, args...)
}

// container reads the object or list that opens at w.at.
func (w *walker) container(i, depth int) bool {
	object := w.spans[i].kind == kindObject
	closing := byte(']')
	if object {
		closing = '}'
	}
	w.at++
	for {
		w.space()
		switch w.src[w.at] {
		case closing:
			w.at++
			if object {
				w.duplicates(i)
			}
			return true
		case ',':
			w.at++
			w.space()
		}
		var name literal
		if object {
			name = w.stringLiteral()
			w.space()
			w.at++ // the colon
		}
		if !w.value(depth+1, name) {
			return false
		}
	}
}

func (w *walker) space() {
	for w.at < len(w.src) {
		switch w.src[w.at] {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return
		}
	}
}

// literal is a string without its quotes.
type literal struct {
	start, end int
	escaped    bool
}

// stringLiteral reads the string at w.at.
func (w *walker) stringLiteral() literal {
	start := w.at + 1
	escaped := false
	for at := start; ; at++ {
		switch w.src[at] {
		case '\\':
			escaped = true
			at++
		case '"':
			w.at = at + 1
			return literal{start, at, escaped}
		}
	}
}

// escapes refuses NUL, which PostgreSQL cannot store, and half a surrogate pair,
// which encoding/json would replace silently.
func (w *walker) escapes(i int, s, what string) {
	for at := 0; at < len(s); at++ {
		if s[at] != '\\' {
			continue
		}
		at++
		if s[at] != 'u' {
			continue
		}
		r := hex4(s[at+1:])
		at += 4
		switch {
		case r == 0:
			w.problem(i, "%s holds a NUL character", what)
			return
		case r >= 0xDC00 && r <= 0xDFFF:
			w.problem(i, "%s holds half a surrogate pair", what)
			return
		case r >= 0xD800 && r <= 0xDBFF:
			rest := s[at+1:]
			if !strings.HasPrefix(rest, `\u`) || hex4(rest[2:]) < 0xDC00 || hex4(rest[2:]) > 0xDFFF {
				w.problem(i, "%s holds half a surrogate pair", what)
				return
			}
			at += 6
		}
	}
}

func hex4(s string) int {
	r, _ := strconv.ParseUint(s[:4], 16, 32)
	return int(r)
}

// number reads the number at w.at.
func (w *walker) number(i int) {
	start := w.at
	integer := true
	for w.at < len(w.src) {
		switch c := w.src[w.at]; {
		case c == '.' || c == 'e' || c == 'E':
			integer = false
		case c != '-' && c != '+' && (c < '0' || c > '9'):
			w.checkNumber(i, w.src[start:w.at], integer)
			return
		}
		w.at++
	}
	w.checkNumber(i, w.src[start:w.at], integer)
}

func (w *walker) checkNumber(i int, s string, integer bool) {
	digits := strings.TrimPrefix(s, "-")
	if integer {
		if len(digits) > len(maxInteger) || len(digits) == len(maxInteger) && digits > maxInteger {
			w.problem(i, "the integer %s is beyond 2^53: send it as text", brief(s))
		}
		return
	}
	if len(digits) < 17 && !strings.ContainsAny(digits, "eE") {
		return
	}
	if f, err := strconv.ParseFloat(s, 64); err != nil || math.IsInf(f, 0) {
		w.problem(i, "the number %s is out of range", brief(s))
	}
}

// manyMembers is where a map is cheaper than comparing all pairs of names.
const manyMembers = 12

// duplicates reports every name that object i has twice. Whichever of the two a
// reader takes, another one takes the other.
func (w *walker) duplicates(i int) {
	first, end, n := i+1, len(w.spans), 0
	for c := first; c < end; c = int(w.spans[c].next) {
		n++
	}
	if n < 2 {
		return
	}
	if n > manyMembers {
		seen := make(map[string]bool, n)
		for c := first; c < end; c = int(w.spans[c].next) {
			k := w.key(c)
			if seen[k] {
				w.duplicate(c)
			}
			seen[k] = true
		}
		return
	}
	for c := first; c < end; c = int(w.spans[c].next) {
		k := w.key(c)
		for d := first; d < c; d = int(w.spans[d].next) {
			if w.key(d) == k {
				w.duplicate(c)
				break
			}
		}
	}
}

func (w *walker) duplicate(c int) {
	w.problem(c, "the object has the member %q twice", brief(w.key(c)))
}
