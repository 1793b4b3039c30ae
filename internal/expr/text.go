package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Str gives the text that Python's str() gives: True, None, [1, 2], {'a': 1},
// 1e+16. It is what a piece inside a longer text becomes.
func Str(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if o, ok := v.(*Object); ok {
		return o.Text
	}
	w := &writer{}
	w.value(v)
	return w.String()
}

// writer builds Python's repr() of a value. A limit above 0 ends the work with
// full set, so that a small piece cannot print a huge value again and again.
type writer struct {
	strings.Builder
	limit int
	full  bool
	// unstable is set when a part has no text that two runs agree on.
	unstable bool
}

func (w *writer) value(v any) {
	if w.full || (w.limit > 0 && w.Len() > w.limit) {
		w.full = true
		return
	}
	w.unstable = w.unstable || addressed(v)
	switch v := normal(v).(type) {
	case nil:
		w.WriteString("None")
	case bool:
		w.WriteString(boolText(v))
	case int64:
		w.WriteString(strconv.FormatInt(v, 10))
	case *big.Int:
		w.WriteString(v.String())
	case float64:
		w.WriteString(floatText(v))
	case string:
		w.quoted(v)
	case []any:
		w.items("[", v, "]")
	case tuple:
		if len(v) == 1 {
			w.items("(", v, ",)")
			return
		}
		w.items("(", v, ")")
	case *Dict:
		w.dict(v)
	case *set:
		w.set(v)
	case *Object:
		w.WriteString(v.Text)
	case texter:
		w.WriteString(v.repr())
	default:
		w.WriteString("<" + typeName(v) + ">")
	}
}

// texter is a Python-only kind that knows its own repr().
type texter interface{ repr() string }

func (w *writer) items(open string, items []any, end string) {
	w.WriteString(open)
	for i, item := range items {
		if i > 0 {
			w.WriteString(", ")
		}
		w.value(item)
	}
	w.WriteString(end)
}

func (w *writer) dict(d *Dict) {
	w.WriteByte('{')
	for i := range d.Len() {
		if i > 0 {
			w.WriteString(", ")
		}
		key, v := d.At(i)
		w.value(key)
		w.WriteString(": ")
		w.value(v)
	}
	w.WriteByte('}')
}

func (w *writer) set(s *set) {
	if s.d.Len() == 0 {
		w.WriteString("set()")
		return
	}
	w.items("{", s.d.keys, "}")
}

func boolText(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// floatText is Python's repr of a float: the shortest digits that read back the
// same, with an exponent below 1e-4 and from 1e16 on.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	e := strconv.FormatFloat(f, 'e', -1, 64)
	exp, _ := strconv.Atoi(e[strings.IndexByte(e, 'e')+1:])
	if exp < -4 || exp >= 16 {
		return e
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.ContainsRune(s, '.') {
		s += ".0"
	}
	return s
}

// quoted writes a string literal as Python's repr does: single quotes unless
// the text holds a single and no double quote.
func (w *writer) quoted(s string) {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	w.WriteByte(quote)
	for _, r := range s {
		switch {
		case r == rune(quote) || r == '\\':
			w.WriteByte('\\')
			w.WriteRune(r)
		case r == '\n':
			w.WriteString(`\n`)
		case r == '\r':
			w.WriteString(`\r`)
		case r == '\t':
			w.WriteString(`\t`)
		case printable(r):
			w.WriteRune(r)
		default:
			w.escaped(r)
		}
	}
	w.WriteByte(quote)
}

func (w *writer) escaped(r rune) {
	hex := strconv.FormatInt(int64(r), 16)
	switch {
	case r < 0x100:
		w.WriteString(`\x` + pad(hex, 2))
	case r < 0x10000:
		w.WriteString(`\u` + pad(hex, 4))
	default:
		w.WriteString(`\U` + pad(hex, 8))
	}
}

func pad(hex string, n int) string { return strings.Repeat("0", max(0, n-len(hex))) + hex }

func printable(r rune) bool {
	return r == ' ' || (r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.IsSpace(r)) || r == utf8.RuneError
}

// cut shortens a text for a message.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
