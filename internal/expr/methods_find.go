package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textTests are the methods of str that ask a question.
var textTests = map[string]method[string]{
	"startswith": affix("startswith", strings.HasPrefix),
	"endswith":   affix("endswith", strings.HasSuffix),
	"find":       finder("find", strings.Index, false),
	"rfind":      finder("rfind", strings.LastIndex, false),
	"index":      finder("index", strings.Index, true),
	"rindex":     finder("rindex", strings.LastIndex, true),
	"count":      countText,
	"isdigit":    chars("isdigit", isDigitRune),
	"isdecimal":  chars("isdecimal", func(r rune) bool { return unicode.Is(unicode.Nd, r) }),
	"isnumeric":  chars("isnumeric", isNumericRune),
	"isalpha":    chars("isalpha", unicode.IsLetter),
	"isalnum":    chars("isalnum", func(r rune) bool { return unicode.IsLetter(r) || isNumericRune(r) }),
	"isspace":    chars("isspace", func(r rune) bool { return strings.ContainsRune(trimmed, r) }),
	"isprintable": func(_ *evaluator, s string, c args) (any, error) {
		_, err := c.bind("isprintable")
		return strings.IndexFunc(s, func(r rune) bool { return !printable(r) }) < 0, err
	},
	"isascii": func(_ *evaluator, s string, c args) (any, error) {
		_, err := c.bind("isascii")
		return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0, err
	},
	"isidentifier": func(_ *evaluator, s string, c args) (any, error) {
		_, err := c.bind("isidentifier")
		return s != "" && wordLen(s) == len(s), err
	},
	"isupper": cased("isupper", unicode.IsUpper, unicode.IsLower),
	"islower": cased("islower", unicode.IsLower, unicode.IsUpper),
	"istitle": func(_ *evaluator, s string, c args) (any, error) {
		_, err := c.bind("istitle")
		return strings.IndexFunc(s, unicode.IsLetter) >= 0 && titleText(s) == s, err
	},
}

func isDigitRune(r rune) bool {
	return unicode.Is(unicode.Nd, r) || strings.ContainsRune("²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", r) || (r >= 0x2460 && r <= 0x2468)
}

func isNumericRune(r rune) bool {
	return unicode.IsNumber(r) || strings.ContainsRune("一二三四五六七八九十百千万亿零〇壹贰叁肆伍陆柒捌玖拾佰仟", r)
}

// chars asks whether the text is not empty and all characters pass.
func chars(name string, ok func(rune) bool) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		if _, err := c.bind(name); err != nil {
			return nil, err
		}
		return s != "" && strings.IndexFunc(s, func(r rune) bool { return !ok(r) }) < 0, ev.scan(len(s))
	}
}

// cased asks whether there are letters of the one case and none of the other.
func cased(name string, want, other func(rune) bool) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		if _, err := c.bind(name); err != nil {
			return nil, err
		}
		return strings.IndexFunc(s, want) >= 0 && strings.IndexFunc(s, other) < 0, ev.scan(len(s))
	}
}

// window cuts s to the optional bounds that searches take, in characters.
func window(ev *evaluator, s string, b *callArgs, first int) (part string, offset int, ok bool, err error) {
	if err := ev.scan(len(s)); err != nil || (!b.has(first) && !b.has(first+1)) {
		return s, 0, true, err
	}
	n := utf8.RuneCountInString(s)
	start, err := clip(b.optional(first), 0, 0, n+1, n)
	if err != nil {
		return "", 0, false, err
	}
	stop, err := clip(b.optional(first+1), n, 0, n, n)
	if err != nil {
		return "", 0, false, err
	}
	if start > stop {
		return "", 0, false, nil
	}
	return s[byteAt(s, start):byteAt(s, stop)], start, true, nil
}

func byteAt(s string, chars int) int {
	at := 0
	for ; chars > 0 && at < len(s); chars-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

func affix(name string, test func(s, part string) bool) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		b, err := c.bind(name, "/", "part", "start?", "end?")
		if err != nil {
			return nil, err
		}
		part, _, ok, err := window(ev, s, b, 1)
		if err != nil {
			return nil, err
		}
		options, many := b.vals[0].(tuple)
		if !many {
			options = tuple{b.vals[0]}
		}
		for _, o := range options {
			text, isText := o.(string)
			if !isText {
				return nil, raise("TypeError", "%s first arg must be str or a tuple of str, not %s", name, typeName(o))
			}
			if ok && test(part, text) {
				return true, nil
			}
		}
		return false, nil
	}
}

func finder(name string, find func(s, part string) int, must bool) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		b, err := c.bind(name, "/", "sub", "start?", "end?")
		if err != nil {
			return nil, err
		}
		sub := b.str(0, "")
		if b.err != nil {
			return nil, b.err
		}
		part, offset, ok, err := window(ev, s, b, 1)
		if err != nil {
			return nil, err
		}
		at := -1
		if ok {
			at = find(part, sub)
		}
		switch {
		case at >= 0:
			return int64(offset + utf8.RuneCountInString(part[:at])), nil
		case must:
			return nil, raise("ValueError", "substring not found")
		default:
			return int64(-1), nil
		}
	}
}

func countText(ev *evaluator, s string, c args) (any, error) {
	b, err := c.bind("count", "/", "sub", "start?", "end?")
	if err != nil {
		return nil, err
	}
	sub := b.str(0, "")
	if b.err != nil {
		return nil, b.err
	}
	part, _, ok, err := window(ev, s, b, 1)
	if err != nil || !ok {
		return int64(0), err
	}
	return int64(strings.Count(part, sub)), nil
}

// split cuts at a separator, or at runs of blanks when there is none.
func (ev *evaluator) split(s string, c args, right bool) (any, error) {
	b, err := c.bind("split", "sep?", "maxsplit?")
	if err != nil {
		return nil, err
	}
	limit, sep := b.int(1, -1), ""
	if b.has(0) {
		if sep = b.str(0, ""); b.err == nil && sep == "" {
			return nil, raise("ValueError", "empty separator")
		}
	}
	if b.err != nil {
		return nil, b.err
	}
	if err := ev.grow(len(s) + 32*cuts(s, sep)); err != nil {
		return nil, err
	}
	if sep == "" {
		return textList(splitBlanks(s, limit, right)), nil
	}
	return textList(splitAt(s, sep, limit, right)), nil
}

// cuts is an upper bound of the places where a text is cut.
func cuts(s, sep string) int {
	if sep != "" {
		return strings.Count(s, sep)
	}
	n := 0
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

func textList(parts []string) []any {
	out := make([]any, len(parts))
	for i, p := range parts {
		out[i] = p
	}
	return out
}

func splitAt(s, sep string, limit int, right bool) []string {
	if limit < 0 {
		return strings.Split(s, sep)
	}
	if !right {
		return strings.SplitN(s, sep, limit+1)
	}
	var tail []string
	for len(tail) < limit {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		tail = append(tail, s[i+len(sep):])
		s = s[:i]
	}
	return backwards(append(tail, s))
}

func backwards(parts []string) []string {
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return parts
}

func splitBlanks(s string, limit int, right bool) []string {
	blank := func(r rune) bool { return strings.ContainsRune(trimmed, r) }
	if limit < 0 {
		return strings.FieldsFunc(s, blank)
	}
	var out []string
	for {
		if right {
			s = strings.TrimRightFunc(s, blank)
		} else {
			s = strings.TrimLeftFunc(s, blank)
		}
		if s == "" {
			break
		}
		i := strings.IndexFunc(s, blank)
		if right {
			i = strings.LastIndexFunc(s, blank)
		}
		if i < 0 || len(out) == limit {
			if right {
				s = strings.TrimLeftFunc(s, func(r rune) bool { return i < 0 && blank(r) })
			}
			out = append(out, s)
			break
		}
		if right {
			_, size := utf8.DecodeRuneInString(s[i:])
			out, s = append(out, s[i+size:]), s[:i]
		} else {
			out, s = append(out, s[:i]), s[i:]
		}
	}
	if right {
		return backwards(out)
	}
	return out
}

func splitLines(ev *evaluator, s string, c args) (any, error) {
	b, err := c.bind("splitlines", "keepends?")
	if err != nil {
		return nil, err
	}
	var parts []string
	for s != "" {
		i := strings.IndexAny(s, "\n\r\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if i < 0 {
			parts = append(parts, s)
			break
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		if strings.HasPrefix(s[i:], "\r\n") {
			size = 2
		}
		end := i
		if b.bool(0) {
			end = i + size
		}
		parts = append(parts, s[:end])
		s = s[i+size:]
	}
	return textList(parts), ev.grow(16 * (len(parts) + 1))
}
