package engine

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// jsonError is a syntax error in JSON text, worded and placed as Python's json
// module does: positions count characters, lines start at 1.
type jsonError struct {
	message string
	text    string
	at      int // byte offset
}

func (e *jsonError) Error() string {
	head := e.text[:min(e.at, len(e.text))]
	char := utf8.RuneCountInString(head)
	line := strings.Count(head, "\n") + 1
	column := char + 1
	if nl := strings.LastIndexByte(head, '\n'); nl >= 0 {
		column = utf8.RuneCountInString(head[nl+1:]) + 1
	}
	return fmt.Sprintf("%s: line %d column %d (char %d)", e.message, line, column, char)
}

// newJSONError finds the first mistake in text, which a stricter reader refused.
func newJSONError(text string) error {
	r := jsonReader{text: text}
	if strings.HasPrefix(text, "\ufeff") {
		return &jsonError{"Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0}
	}
	end, err := r.value(r.space(0), 0)
	if err != nil {
		return err
	}
	if end = r.space(end); end != len(text) {
		return r.errorf(end, "Extra data")
	}
	return r.errorf(0, "Expecting value")
}

// jsonReader walks text in the order in which Python's decoder does.
type jsonReader struct{ text string }

func (r *jsonReader) errorf(at int, message string) error {
	return &jsonError{message, r.text, at}
}

func (r *jsonReader) byte(at int) byte {
	if at < len(r.text) {
		return r.text[at]
	}
	return 0
}

func (r *jsonReader) space(at int) int {
	for at < len(r.text) && strings.IndexByte(" \t\n\r", r.text[at]) >= 0 {
		at++
	}
	return at
}

func (r *jsonReader) value(at, depth int) (int, error) {
	if depth > 500 {
		return at, r.errorf(at, "maximum recursion depth exceeded")
	}
	switch c := r.byte(at); {
	case c == '"':
		return r.str(at + 1)
	case c == '{':
		return r.object(at+1, depth)
	case c == '[':
		return r.list(at+1, depth)
	case c == '-' || c >= '0' && c <= '9':
		return r.number(at)
	}
	for _, word := range []string{"null", "true", "false", "NaN", "Infinity"} {
		if strings.HasPrefix(r.text[min(at, len(r.text)):], word) {
			return at + len(word), nil
		}
	}
	return at, r.errorf(at, "Expecting value")
}

func (r *jsonReader) object(at, depth int) (int, error) {
	at = r.space(at)
	if r.byte(at) == '}' {
		return at + 1, nil
	}
	for {
		if r.byte(at) != '"' {
			return at, r.errorf(at, "Expecting property name enclosed in double quotes")
		}
		end, err := r.str(at + 1)
		if err != nil {
			return end, err
		}
		if at = r.space(end); r.byte(at) != ':' {
			return at, r.errorf(at, "Expecting ':' delimiter")
		}
		if at, err = r.value(r.space(at+1), depth+1); err != nil {
			return at, err
		}
		at = r.space(at)
		switch r.byte(at) {
		case '}':
			return at + 1, nil
		case ',':
			at = r.space(at + 1)
		default:
			return at, r.errorf(at, "Expecting ',' delimiter")
		}
	}
}

func (r *jsonReader) list(at, depth int) (int, error) {
	at = r.space(at)
	if r.byte(at) == ']' {
		return at + 1, nil
	}
	for {
		var err error
		if at, err = r.value(at, depth+1); err != nil {
			return at, err
		}
		at = r.space(at)
		switch r.byte(at) {
		case ']':
			return at + 1, nil
		case ',':
			at = r.space(at + 1)
		default:
			return at, r.errorf(at, "Expecting ',' delimiter")
		}
	}
}

func (r *jsonReader) number(at int) (int, error) {
	start := at
	if r.byte(at) == '-' {
		at++
	}
	digits := func() (n int) {
		for c := r.byte(at); c >= '0' && c <= '9'; c = r.byte(at) {
			at++
			n++
		}
		return n
	}
	switch {
	case strings.HasPrefix(r.text[at:], "Infinity"):
		return at + len("Infinity"), nil
	case r.byte(at) == '0':
		at++
	case digits() == 0:
		return start, r.errorf(start, "Expecting value")
	}
	if save := at; r.byte(at) == '.' {
		at++
		if digits() == 0 {
			at = save
		}
	}
	if save := at; r.byte(at) == 'e' || r.byte(at) == 'E' {
		at++
		if c := r.byte(at); c == '+' || c == '-' {
			at++
		}
		if digits() == 0 {
			at = save
		}
	}
	return at, nil
}

func (r *jsonReader) str(at int) (int, error) {
	begin := at - 1
	for at < len(r.text) {
		switch c := r.text[at]; {
		case c == '"':
			return at + 1, nil
		case c < 0x20:
			return at, r.errorf(at, "Invalid control character at")
		case c != '\\':
			at++
		case at+1 >= len(r.text):
			return at, r.errorf(begin, "Unterminated string starting at")
		case r.text[at+1] == 'u':
			if !hex4(r.text[min(at+2, len(r.text)):]) {
				return at, r.errorf(at+1, "Invalid \\uXXXX escape")
			}
			at += 6
		case strings.IndexByte(`"\/bfnrt`, r.text[at+1]) < 0:
			return at, r.errorf(at, "Invalid \\escape")
		default:
			at += 2
		}
	}
	return at, r.errorf(begin, "Unterminated string starting at")
}

func hex4(s string) bool {
	if len(s) < 4 {
		return false
	}
	for i := range 4 {
		if strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return true
}
