package expr

import (
	"regexp"
	"strconv"
	"strings"
)

// newReModule makes the module re; patternOps must be filled before.
func newReModule() *module {
	re := &module{name: "re", attrs: map[string]any{
		"I": int64(flagIgnoreCase), "IGNORECASE": int64(flagIgnoreCase),
		"M": int64(flagMultiLine), "MULTILINE": int64(flagMultiLine),
		"S": int64(flagDotAll), "DOTALL": int64(flagDotAll),
		"A": int64(flagASCII), "ASCII": int64(flagASCII), "U": int64(32), "UNICODE": int64(32),
		"compile": function("compile", func(_ *evaluator, c args) (any, error) {
			b, err := c.bind("compile", "pattern", "flags?")
			if err != nil {
				return nil, err
			}
			return patternOf(b.vals[0], int64(b.int(1, 0)))
		}),
		"escape": function("escape", func(ev *evaluator, c args) (any, error) {
			b, err := c.bind("escape", "pattern")
			if err != nil {
				return nil, err
			}
			s := b.str(0, "")
			if b.err != nil {
				return nil, b.err
			}
			return escapePattern(s), ev.grow(2 * len(s))
		}),
	}}
	for name, op := range patternOps {
		re.attrs[name] = function(name, func(ev *evaluator, c args) (any, error) {
			params := append([]string{"pattern"}, op.params...)
			b, err := c.bind(name, append(params, "flags?")...)
			if err != nil {
				return nil, err
			}
			p, err := patternOf(b.vals[0], int64(b.int(len(params), 0)))
			if err != nil {
				return nil, err
			}
			return op.run(ev, p, &callArgs{fn: name, vals: b.vals[1:], given: b.given[1:], err: b.err})
		})
	}
	return re
}

func patternOf(v any, flags int64) (*pattern, error) {
	switch v := v.(type) {
	case *pattern:
		return v, nil
	case string:
		return newPattern(v, flags)
	default:
		return nil, raise("TypeError", "first argument must be string or compiled pattern")
	}
}

// escapePattern puts a backslash before every special character.
func escapePattern(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("()[]{}?*+-|^$\\.&~# \t\n\r\v\f", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// patternOp is a function of re that is a method of compiled patterns too.
type patternOp struct {
	params []string
	run    func(ev *evaluator, p *pattern, b *callArgs) (any, error)
}

// patternOps is filled at start-up: substitute may call a lambda, and that
// finds methods here.
var patternOps map[string]patternOp

func patternTable() map[string]patternOp {
	single := func(pick func(p *pattern) *regexp.Regexp) patternOp {
		return patternOp{[]string{"string"}, func(ev *evaluator, p *pattern, b *callArgs) (any, error) {
			s := b.str(0, "")
			if b.err != nil {
				return nil, b.err
			}
			m, err := p.find(ev, pick(p), s)
			if m == nil {
				return nil, err
			}
			return m, err
		}}
	}
	return map[string]patternOp{
		"match":     single(func(p *pattern) *regexp.Regexp { return p.start }),
		"fullmatch": single(func(p *pattern) *regexp.Regexp { return p.whole }),
		"search":    single(func(p *pattern) *regexp.Regexp { return p.re }),
		"findall":   {[]string{"string"}, findAll},
		"finditer":  {[]string{"string"}, findIter},
		"split":     {[]string{"string", "maxsplit?"}, splitPattern},
		"sub":       {[]string{"repl", "string", "count?"}, substitute},
		"subn":      {[]string{"repl", "string", "count?"}, substituteCount},
	}
}

func (p *pattern) member(name string) (any, bool) {
	switch name {
	case "pattern":
		return p.source, true
	case "groups":
		return int64(p.re.NumSubexp()), true
	case "flags":
		return p.flags | 32, true
	}
	op, ok := patternOps[name]
	if !ok {
		return nil, false
	}
	return function(name, func(ev *evaluator, c args) (any, error) {
		b, err := c.bind(name, op.params...)
		if err != nil {
			return nil, err
		}
		return op.run(ev, p, b)
	}), true
}

func findAll(ev *evaluator, p *pattern, b *callArgs) (any, error) {
	s := b.str(0, "")
	if b.err != nil {
		return nil, b.err
	}
	found, err := p.all(ev, s)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(found))
	for i, m := range found {
		switch groups := m.groups(""); len(groups) {
		case 0:
			out[i] = m.text(0)
		case 1:
			out[i] = groups[0]
		default:
			out[i] = groups
		}
	}
	return out, nil
}

func findIter(ev *evaluator, p *pattern, b *callArgs) (any, error) {
	s := b.str(0, "")
	if b.err != nil {
		return nil, b.err
	}
	found, err := p.all(ev, s)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(found))
	for i, m := range found {
		items[i] = m
	}
	return ev.iterate(items)
}

func splitPattern(ev *evaluator, p *pattern, b *callArgs) (any, error) {
	s, most := b.str(0, ""), b.int(1, 0)
	if b.err != nil {
		return nil, b.err
	}
	found, err := p.all(ev, s)
	if err != nil {
		return nil, err
	}
	if most > 0 {
		found = found[:min(most, len(found))]
	} else if most < 0 {
		found = nil
	}
	var out []any
	at := 0
	for _, m := range found {
		out = append(out, s[at:m.at[0]])
		out = append(out, m.groups(nil)...)
		at = m.at[1]
	}
	return append(out, s[at:]), ev.grow(len(s))
}

func substitute(ev *evaluator, p *pattern, b *callArgs) (any, error) {
	s, _, err := replaceMatches(ev, p, b)
	return s, err
}

func substituteCount(ev *evaluator, p *pattern, b *callArgs) (any, error) {
	s, n, err := replaceMatches(ev, p, b)
	return tuple{s, int64(n)}, err
}

func replaceMatches(ev *evaluator, p *pattern, b *callArgs) (string, int, error) {
	s, most := b.str(1, ""), b.int(2, 0)
	if b.err != nil {
		return "", 0, b.err
	}
	found, err := p.all(ev, s)
	if err != nil {
		return "", 0, err
	}
	if most > 0 {
		found = found[:min(most, len(found))]
	}
	var out strings.Builder
	at := 0
	for _, m := range found {
		text, err := ev.replacement(m, b.vals[0])
		if err != nil {
			return "", 0, err
		}
		out.WriteString(s[at:m.at[0]])
		out.WriteString(text)
		at = m.at[1]
		if err := ev.grow(len(text)); err != nil {
			return "", 0, err
		}
	}
	out.WriteString(s[at:])
	return out.String(), len(found), ev.grow(len(s))
}

// replacement is the text for one match: a template with \1 and \g<name>, or
// what a function answers.
func (ev *evaluator) replacement(m *match, repl any) (string, error) {
	t, ok := repl.(string)
	if !ok {
		v, err := ev.call(repl, args{pos: []any{m}})
		if err != nil {
			return "", err
		}
		s, ok := v.(string)
		if !ok && v != nil {
			return "", raise("TypeError", "sequence item: expected str instance, %s found", typeName(v))
		}
		return s, nil
	}
	if strings.IndexByte(t, '\\') < 0 {
		return t, nil
	}
	var out strings.Builder
	for i := 0; i < len(t); i++ {
		if t[i] != '\\' || i+1 == len(t) {
			out.WriteByte(t[i])
			continue
		}
		i++
		key, used, err := groupRef(t[i:])
		if err != nil {
			return "", err
		}
		if used == 0 {
			out.WriteString(plainEscape(t[i]))
			continue
		}
		i += used - 1
		v, err := m.group(key)
		if err != nil {
			return "", raise("error", "invalid group reference")
		}
		if s, ok := v.(string); ok {
			if err := ev.grow(len(s)); err != nil {
				return "", err
			}
			out.WriteString(s)
		}
	}
	return out.String(), nil
}

// groupRef reads 1, 12 or g<name>; used is 0 for anything else.
func groupRef(t string) (key any, used int, err error) {
	if isDigit(t[0]) && t[0] != '0' {
		n := 1
		if len(t) > 1 && isDigit(t[1]) {
			n = 2
		}
		i, err := strconv.ParseInt(t[:n], 10, 64)
		return i, n, err
	}
	if t[0] != 'g' {
		return nil, 0, nil
	}
	end := strings.IndexByte(t, '>')
	if len(t) < 3 || t[1] != '<' || end < 3 {
		return nil, 0, raise("error", "missing group name")
	}
	if i, err := strconv.ParseInt(t[2:end], 10, 64); err == nil {
		return i, end + 1, nil
	}
	return t[2:end], end + 1, nil
}

func plainEscape(c byte) string {
	if at := strings.IndexByte("abfnrtv\\", c); at >= 0 {
		return "\a\b\f\n\r\t\v\\"[at : at+1]
	}
	if c == '0' {
		return "\x00"
	}
	return `\` + string(rune(c))
}
