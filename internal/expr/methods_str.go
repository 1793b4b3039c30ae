package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textMethods are the methods of str that change or split a text; the tests
// and searches are beside it. format and format_map are refused by the sandbox.
var textMethods map[string]method[string]

func init() {
	textMethods = map[string]method[string]{
		"upper":      mapped("upper", upperText),
		"lower":      mapped("lower", lowerText),
		"casefold":   mapped("casefold", foldText),
		"title":      mapped("title", titleText),
		"capitalize": mapped("capitalize", capitalText),
		"swapcase":   mapped("swapcase", swapText),
		"strip":      stripper("strip", true, true),
		"lstrip":     stripper("lstrip", true, false),
		"rstrip":     stripper("rstrip", false, true),
		"split":      func(ev *evaluator, s string, c args) (any, error) { return ev.split(s, c, false) },
		"rsplit":     func(ev *evaluator, s string, c args) (any, error) { return ev.split(s, c, true) },
		"splitlines": splitLines, "join": joinText, "replace": replaceText,
		"partition":  partition(strings.Index, false),
		"rpartition": partition(strings.LastIndex, true),
		"zfill":      zfill, "ljust": justify("ljust", 0), "rjust": justify("rjust", 1), "center": justify("center", 2),
		"expandtabs": expandTabs, "encode": encodeText,
		"removeprefix": fixed("removeprefix", strings.TrimPrefix),
		"removesuffix": fixed("removesuffix", strings.TrimSuffix),
		"translate":    translate,
	}
	for name, m := range textTests {
		textMethods[name] = m
	}
}

func mapped(name string, f func(string) string) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		if _, err := c.bind(name); err != nil {
			return nil, err
		}
		out := f(s)
		return out, ev.grow(len(out))
	}
}

// lowerText knows the one letter whose small form depends on its place.
func lowerText(s string) string {
	out := strings.ToLower(s)
	if !strings.ContainsRune(s, 'Σ') {
		return out
	}
	runes, source := []rune(out), []rune(s)
	for i := range source {
		before := i > 0 && unicode.IsLetter(source[i-1])
		after := i+1 < len(source) && unicode.IsLetter(source[i+1])
		if source[i] == 'Σ' && before && !after && len(runes) == len(source) {
			runes[i] = 'ς'
		}
	}
	return string(runes)
}

func upperText(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS") }

func foldText(s string) string {
	return strings.NewReplacer("ß", "ss", "ς", "σ", "ẞ", "ss").Replace(strings.ToLower(s))
}

func titleText(s string) string {
	inWord := false
	return strings.Map(func(r rune) rune {
		letter := unicode.IsLetter(r)
		out := r
		if letter && inWord {
			out = unicode.ToLower(r)
		} else if letter {
			out = unicode.ToTitle(r)
		}
		inWord = letter
		return out
	}, s)
}

func capitalText(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToTitle(r)) + strings.ToLower(s[n:])
}

func swapText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func stripper(name string, left, right bool) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		b, err := c.bind(name, "/", "chars?")
		if err != nil {
			return nil, err
		}
		cutset := trimmed
		if b.has(0) {
			cutset = b.str(0, "")
		}
		if b.err != nil {
			return nil, b.err
		}
		if left {
			s = strings.TrimLeft(s, cutset)
		}
		if right {
			s = strings.TrimRight(s, cutset)
		}
		return s, ev.work(1 + len(s)*(1+len(cutset)/16)/64)
	}
}

func fixed(name string, f func(s, part string) string) method[string] {
	return func(_ *evaluator, s string, c args) (any, error) {
		b, err := c.bind(name, "/", "part")
		if err != nil {
			return nil, err
		}
		return f(s, b.str(0, "")), b.err
	}
}

func replaceText(ev *evaluator, s string, c args) (any, error) {
	b, err := c.bind("replace", "/", "old", "new", "count?")
	if err != nil {
		return nil, err
	}
	from, to, n := b.str(0, ""), b.str(1, ""), b.int(2, -1)
	if b.err != nil {
		return nil, b.err
	}
	hits := strings.Count(s, from)
	if n >= 0 {
		hits = min(hits, n)
	}
	if err := ev.grow(len(s) + hits*max(0, len(to)-len(from))); err != nil {
		return nil, err
	}
	return strings.Replace(s, from, to, n), nil
}

func joinText(ev *evaluator, sep string, c args) (any, error) {
	b, err := c.bind("join", "/", "iterable")
	if err != nil {
		return nil, err
	}
	var parts []string
	err = ev.each(b.vals[0], func(item any) (bool, error) {
		s, ok := item.(string)
		if !ok {
			return false, raise("TypeError", "sequence item %d: expected str instance, %s found", len(parts), typeName(item))
		}
		parts = append(parts, s)
		return true, ev.grow(len(s) + len(sep))
	})
	return strings.Join(parts, sep), err
}

func partition(find func(s, sep string) int, last bool) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		b, err := c.bind("partition", "/", "sep")
		if err != nil {
			return nil, err
		}
		sep := b.str(0, "")
		if b.err == nil && sep == "" {
			b.err = raise("ValueError", "empty separator")
		}
		if b.err != nil {
			return nil, b.err
		}
		i := find(s, sep)
		switch {
		case i >= 0:
			return tuple{s[:i], sep, s[i+len(sep):]}, ev.scan(len(s))
		case last:
			return tuple{"", "", s}, ev.scan(len(s))
		default:
			return tuple{s, "", ""}, ev.scan(len(s))
		}
	}
}

func zfill(ev *evaluator, s string, c args) (any, error) {
	b, err := c.bind("zfill", "/", "width")
	if err != nil {
		return nil, err
	}
	gap := max(0, b.int(0, 0)-utf8.RuneCountInString(s))
	if b.err != nil {
		return nil, b.err
	}
	if err := ev.grow(len(s) + gap); err != nil {
		return nil, err
	}
	zeros := strings.Repeat("0", gap)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return s[:1] + zeros + s[1:], nil
	}
	return zeros + s, nil
}

// justify pads on the right (0), on the left (1) or on both sides (2).
func justify(name string, side int) method[string] {
	return func(ev *evaluator, s string, c args) (any, error) {
		b, err := c.bind(name, "/", "width", "fill?")
		if err != nil {
			return nil, err
		}
		width, fill := b.int(0, 0), b.str(1, " ")
		if b.err == nil && utf8.RuneCountInString(fill) != 1 {
			b.err = raise("TypeError", "The fill character must be exactly one character long")
		}
		if b.err != nil {
			return nil, b.err
		}
		gap := max(0, width-utf8.RuneCountInString(s))
		if err := ev.grow(len(s) + gap*len(fill)); err != nil {
			return nil, err
		}
		left := 0
		switch side {
		case 1:
			left = gap
		case 2:
			left = gap/2 + (gap & width & 1)
		}
		return strings.Repeat(fill, left) + s + strings.Repeat(fill, gap-left), nil
	}
}

func expandTabs(ev *evaluator, s string, c args) (any, error) {
	b, err := c.bind("expandtabs", "tabsize?")
	if err != nil {
		return nil, err
	}
	size := b.int(0, 8)
	if b.err != nil {
		return nil, b.err
	}
	if err := ev.grow(len(s) + strings.Count(s, "\t")*max(0, size)); err != nil {
		return nil, err
	}
	return expand(s, size), nil
}

// expand replaces tabs by blanks up to the next column that size divides.
func expand(s string, size int) string {
	var out strings.Builder
	column := 0
	for _, r := range s {
		switch {
		case r == '\t' && size > 0:
			n := size - column%size
			out.WriteString(strings.Repeat(" ", n))
			column += n
		case r == '\t':
		default:
			out.WriteRune(r)
			column++
			if r == '\n' || r == '\r' {
				column = 0
			}
		}
	}
	return out.String()
}

// translate takes a table from code points to text, code points or None.
func translate(ev *evaluator, s string, c args) (any, error) {
	b, err := c.bind("translate", "/", "table")
	if err != nil {
		return nil, err
	}
	table, ok := b.vals[0].(*Dict)
	if !ok {
		return nil, raise("TypeError", "translate() needs a dict")
	}
	var out strings.Builder
	for _, r := range s {
		v, ok := table.get(int64(r))
		switch v := v.(type) {
		case nil:
			if !ok {
				out.WriteRune(r)
			}
		case string:
			if err := ev.grow(len(v)); err != nil {
				return nil, err
			}
			out.WriteString(v)
		case int64:
			out.WriteRune(rune(v))
		}
		if err := ev.work(1); err != nil {
			return nil, err
		}
	}
	return out.String(), ev.grow(out.Len())
}
