package expr

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pathOf reads a chain of subscripts that are whole numbers without a sign or
// quoted words: [0]['key']. The empty chain is a path too.
func pathOf(s string) (steps []any, ok bool) {
	for s != "" {
		end := strings.IndexByte(s, ']')
		if s[0] != '[' || end < 2 {
			return nil, false
		}
		step, ok := pathStep(s[1:end])
		if !ok {
			return nil, false
		}
		steps, s = append(steps, step), s[end+1:]
	}
	return steps, true
}

func pathStep(s string) (any, bool) {
	if isDigit(s[0]) {
		i, err := strconv.ParseInt(s, 10, 64)
		return i, err == nil && strings.Trim(s, "0123456789") == ""
	}
	quote := s[0]
	if (quote != '\'' && quote != '"') || len(s) < 3 || s[len(s)-1] != quote {
		return nil, false
	}
	word := s[1 : len(s)-1]
	for _, r := range word {
		if !isWord(r) {
			return nil, false
		}
	}
	return word, !strings.HasPrefix(word, "__")
}

// descend takes one step into a value.
func descend(v, step any) (any, bool) {
	switch step := step.(type) {
	case string:
		if d, ok := v.(*Dict); ok {
			return d.Get(step)
		}
	case int64:
		switch v := v.(type) {
		case []any:
			if step < int64(len(v)) {
				return v[step], true
			}
		case string:
			return charAt(v, step)
		}
	}
	return nil, false
}

// charAt returns the character at a place counted in characters.
func charAt(s string, i int64) (string, bool) {
	for at := 0; at < len(s); i-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		if i == 0 {
			return s[at : at+size], true
		}
		at += size
	}
	return "", false
}

// isWord tells whether a character counts as \w in Python's regular expressions.
func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }
