package expr

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokValue // a number or a string literal
	tokOp    // an operator, a bracket or a keyword
)

type token struct {
	kind  tokenKind
	text  string
	value any
}

// syntaxError is a text that does not parse.
type syntaxError struct{ msg string }

func (e *syntaxError) Error() string { return "SyntaxError: " + e.msg }

func syntaxf(format string, a ...any) error { return &syntaxError{fmt.Sprintf(format, a...)} }

// operators are tried in this order, so that longer ones come first.
var operators = []string{
	"**", "//", "<<", ">>", "<=", ">=", "==", "!=",
	"+", "-", "*", "/", "%", "<", ">", "&", "|", "^", "~", "(", ")", "[", "]", ",", ":", ".", "=",
}

// keywords of Python; those that no expression uses never parse.
var keywords = wordSet(`False None True and as assert async await break class continue def del elif else except
	finally for from global if import in is lambda nonlocal not or pass raise return try while with yield`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// lex cuts one expression into tokens. Line breaks are blanks here; compile has
// already refused those that would end a statement.
func lex(src string) ([]token, error) {
	var out []token
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
			i++
		case c == '\\' && i+1 < len(src) && src[i+1] == '\n':
			i += 2
		case isDigit(c) || (c == '.' && i+1 < len(src) && isDigit(src[i+1])):
			v, n, err := lexNumber(src[i:])
			if err != nil {
				return nil, err
			}
			out = append(out, token{tokValue, src[i : i+n], v})
			i += n
		case c == '"' || c == '\'':
			v, n, err := lexString(src[i:], "")
			if err != nil {
				return nil, err
			}
			out = append(out, token{tokValue, src[i : i+n], v})
			i += n
		default:
			t, n, err := lexWord(src[i:])
			if err != nil {
				return nil, err
			}
			out = append(out, t)
			i += n
		}
	}
	return append(out, token{kind: tokEnd}), nil
}

// lexWord reads a name, a keyword, a prefixed string or an operator.
func lexWord(src string) (token, int, error) {
	n := wordLen(src)
	if n == 0 {
		for _, op := range operators {
			if strings.HasPrefix(src, op) {
				return token{tokOp, op, nil}, len(op), nil
			}
		}
		r, _ := utf8.DecodeRuneInString(src)
		return token{}, 0, syntaxf("unexpected character %q", r)
	}
	word := src[:n]
	if n < len(src) && (src[n] == '"' || src[n] == '\'') && n <= 2 {
		prefix := strings.ToLower(word)
		switch prefix {
		case "r", "b", "u", "f", "rb", "br", "rf", "fr":
			v, used, err := lexString(src[n:], prefix)
			return token{tokValue, src[:n+used], v}, n + used, err
		}
	}
	if keywords[word] {
		return token{tokOp, word, nil}, n, nil
	}
	return token{tokName, word, nil}, n, nil
}

// wordLen is the length in bytes of the identifier that src begins with.
func wordLen(src string) int {
	for i, r := range src {
		if r == '_' || unicode.IsLetter(r) || (i > 0 && (unicode.IsDigit(r) || unicode.Is(unicode.Mn, r))) {
			continue
		}
		return i
	}
	return len(src)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool {
	return isDigit(c) || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_'
}

// lexNumber reads a whole number or a float.
func lexNumber(src string) (any, int, error) {
	if len(src) > 1 && src[0] == '0' && strings.IndexByte("xXoObB", src[1]) >= 0 {
		n := 2
		for n < len(src) && isAlnum(src[n]) {
			n++
		}
		v, ok := parseDigits(src[:n], 0)
		if !ok {
			return nil, 0, syntaxf("bad number %s", cut(src[:n], 20))
		}
		return v, n, nil
	}
	n := digitRun(src, 0)
	whole := n
	if n < len(src) && src[n] == '.' {
		n = digitRun(src, n+1)
	}
	if n < len(src) && (src[n] == 'e' || src[n] == 'E') {
		m := n + 1
		if m < len(src) && (src[m] == '+' || src[m] == '-') {
			m++
		}
		if end := digitRun(src, m); end > m {
			n = end
		}
	}
	if n < len(src) && (src[n] == 'j' || src[n] == 'J') {
		return nil, 0, syntaxf("complex numbers are not supported")
	}
	text := src[:n]
	if strings.HasSuffix(text, "_") || strings.Contains(text, "__") || strings.Contains(text, "_.") || strings.Contains(text, "._") {
		return nil, 0, syntaxf("bad number %s", cut(text, 20))
	}
	text = strings.ReplaceAll(text, "_", "")
	if n > whole {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil && f == 0 {
			return nil, 0, syntaxf("bad number %s", cut(text, 20))
		}
		return f, n, nil
	}
	if len(text) > 1 && text[0] == '0' && strings.Trim(text, "0") != "" {
		return nil, 0, syntaxf("leading zeros in a number")
	}
	v, ok := parseDigits(text, 10)
	if !ok {
		return nil, 0, syntaxf("bad number %s", cut(text, 20))
	}
	return v, n, nil
}

func digitRun(src string, i int) int {
	for i < len(src) && (isDigit(src[i]) || src[i] == '_') {
		i++
	}
	return i
}

// parseDigits reads a whole number of any size up to maxDigits; base 0 goes by
// the prefix.
func parseDigits(s string, base int) (any, bool) {
	if v, err := strconv.ParseInt(s, base, 64); err == nil {
		return v, true
	}
	if len(s) > maxDigits {
		return nil, false
	}
	b, ok := new(big.Int).SetString(s, base)
	if !ok {
		return nil, false
	}
	return b, true
}

// lexString reads a literal that begins with a quote. A piece has no braces, so
// an f-string has no fields and is an ordinary string.
func lexString(src, prefix string) (any, int, error) {
	quote := src[:1]
	if strings.HasPrefix(src, strings.Repeat(quote, 3)) {
		quote = src[:3]
	}
	raw, isBytes := strings.Contains(prefix, "r"), strings.Contains(prefix, "b")
	i := len(quote)
	for ; ; i++ {
		if i >= len(src) || (src[i] == '\n' && len(quote) == 1) {
			return nil, 0, syntaxf("string is not closed")
		}
		if src[i] == '\\' {
			i++
			continue
		}
		if strings.HasPrefix(src[i:], quote) {
			break
		}
	}
	body := src[len(quote):i]
	n := i + len(quote)
	if !raw {
		var err error
		if body, err = unescape(body, isBytes); err != nil {
			return nil, 0, err
		}
	}
	if isBytes {
		return bytesVal(body), n, nil
	}
	return body, n, nil
}

// unescape resolves backslash escapes; an unknown one stays as it is.
func unescape(s string, isBytes bool) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		c := s[i]
		if at := strings.IndexByte("\\'\"abfnrtv", c); at >= 0 {
			b.WriteByte("\\'\"\a\b\f\n\r\t\v"[at])
			continue
		}
		switch {
		case c == '\n':
		case c >= '0' && c <= '7':
			end := i + 1
			for end < len(s) && end < i+3 && s[end] >= '0' && s[end] <= '7' {
				end++
			}
			v, _ := strconv.ParseUint(s[i:end], 8, 32)
			writeCode(&b, rune(v), isBytes)
			i = end - 1
		case c == 'x' || (!isBytes && (c == 'u' || c == 'U')):
			n := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			if i+n >= len(s) {
				return "", syntaxf("truncated \\%c escape", c)
			}
			v, err := strconv.ParseUint(s[i+1:i+1+n], 16, 32)
			if err != nil || v > unicode.MaxRune {
				return "", syntaxf("bad \\%c escape", c)
			}
			writeCode(&b, rune(v), isBytes)
			i += n
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func writeCode(b *strings.Builder, r rune, isBytes bool) {
	if isBytes {
		b.WriteByte(byte(r))
		return
	}
	b.WriteRune(r)
}
