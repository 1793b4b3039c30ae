package expr

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// maxPattern and maxProgram bound a regular expression in bytes and in compiled
// instructions.
const (
	maxPattern = 1000
	maxProgram = 2000
)

// pattern is a compiled regular expression. Go's engine runs in linear time,
// so look-around and back-references do not compile.
type pattern struct {
	source string
	flags  int64
	re     *regexp.Regexp
	// start and whole are bound to the beginning, and to both ends.
	start, whole *regexp.Regexp
	size         int
	empty        bool // matches the empty text
}

func (p *pattern) kindName() string { return "re.Pattern" }
func (p *pattern) repr() string     { return "re.compile(" + reprOf(p.source) + ")" }

// The flags of the re module.
const (
	flagIgnoreCase = 2
	flagMultiLine  = 8
	flagDotAll     = 16
	flagASCII      = 256
)

func newPattern(source string, flags int64) (*pattern, error) {
	if len(source) > maxPattern {
		return nil, &limitError{"the regular expression is too long"}
	}
	if flags&^(flagIgnoreCase|flagMultiLine|flagDotAll|flagASCII|32) != 0 {
		return nil, raise("error", "a flag of this regular expression is not supported")
	}
	adapted := adapt(source, flags&flagASCII != 0)
	mode := ""
	for flag, letter := range map[int64]string{flagIgnoreCase: "i", flagMultiLine: "m", flagDotAll: "s"} {
		if flags&flag != 0 {
			mode += letter
		}
	}
	if mode != "" {
		adapted = "(?" + mode + ")" + adapted
	}
	parsed, err := syntax.Parse(adapted, syntax.Perl)
	if err != nil {
		return nil, badPattern(err)
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, badPattern(err)
	}
	if len(prog.Inst) > maxProgram {
		return nil, &limitError{"the regular expression is too large"}
	}
	p := &pattern{source: source, flags: flags, size: len(prog.Inst)}
	for _, form := range []struct {
		to   **regexp.Regexp
		text string
	}{{&p.re, adapted}, {&p.start, `\A(?:` + adapted + `)`}, {&p.whole, `\A(?:` + adapted + `)\z`}} {
		if *form.to, err = regexp.Compile(form.text); err != nil {
			return nil, badPattern(err)
		}
	}
	p.empty = p.re.MatchString("")
	return p, nil
}

func badPattern(err error) error {
	return raise("error", "the regular expression does not compile (look-around and back-references are not supported): %s", err.Error())
}

// adapt writes Python's classes, which know all scripts, in RE2's words.
func adapt(s string, ascii bool) string {
	var b strings.Builder
	class := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			b.WriteByte(c)
			switch {
			case c == '[' && !class:
				class = true
				if i+1 < len(s) && s[i+1] == '^' {
					i++
					b.WriteByte('^')
				}
				if i+1 < len(s) && s[i+1] == ']' {
					i++
					b.WriteString(`\]`)
				}
			case c == '[':
				// A bracket inside a class is itself, not the start of [:alpha:].
				text := b.String()
				b.Reset()
				b.WriteString(text[:len(text)-1] + `\[`)
			case c == ']':
				class = false
			}
			continue
		}
		i++
		b.WriteString(escapeClass(s[i], class, ascii))
	}
	return b.String()
}

func escapeClass(c byte, class, ascii bool) string {
	const word, blank = `\p{L}\p{N}_`, `\t\n\v\f\r \x1c-\x1f\x{85}\p{Z}`
	wrap := func(set string, not bool) string {
		switch {
		case class && !not:
			return set
		case not:
			return "[^" + set + "]"
		default:
			return "[" + set + "]"
		}
	}
	switch {
	case c == 'Z':
		return `\z`
	case ascii || (class && strings.IndexByte("DWS", c) >= 0):
		return `\` + string(c)
	case c == 'd':
		return `\p{Nd}`
	case c == 'D':
		return `\P{Nd}`
	case c == 'w' || c == 'W':
		return wrap(word, c == 'W')
	case c == 's' || c == 'S':
		return wrap(blank, c == 'S')
	case c == 'b' && class:
		return `\x08`
	case c >= utf8.RuneSelf:
		return string([]byte{c})
	default:
		return `\` + string(c)
	}
}

// cost is the price of one search in s.
func (p *pattern) cost(s string) int { return 1 + len(s)*(1+p.size/16)/64 }

// find looks for one match.
func (p *pattern) find(ev *evaluator, re *regexp.Regexp, s string) (*match, error) {
	if err := ev.work(p.cost(s)); err != nil {
		return nil, err
	}
	at := re.FindStringSubmatchIndex(s)
	if at == nil {
		return nil, nil
	}
	return &match{p, s, at}, nil
}

// all looks for every match. Where Python finds an empty match right behind
// another one Go does not; those are put in.
func (p *pattern) all(ev *evaluator, s string) ([]*match, error) {
	per := p.cost(s)
	most := max(0, ev.steps/per)
	found := p.re.FindAllStringSubmatchIndex(s, most+1)
	if len(found) > most {
		return nil, &limitError{"too many steps"}
	}
	if err := ev.work(per * (1 + len(found))); err != nil {
		return nil, err
	}
	if err := ev.slots(len(found) * 4); err != nil {
		return nil, err
	}
	var out []*match
	for i, at := range found {
		out = append(out, &match{p, s, at})
		follows := i+1 < len(found) && found[i+1][0] == at[1]
		if !p.empty || at[0] == at[1] || follows {
			continue
		}
		if err := ev.work(per); err != nil {
			return nil, err
		}
		if next := p.re.FindStringSubmatchIndex(s[at[1]:]); next != nil && next[0] == 0 && next[1] == 0 {
			for j := range next {
				if next[j] >= 0 {
					next[j] += at[1]
				}
			}
			out = append(out, &match{p, s, next})
		}
	}
	return out, nil
}

// match is a match object.
type match struct {
	p  *pattern
	s  string
	at []int
}

func (m *match) kindName() string { return "re.Match" }

func (m *match) text(i int) any {
	if m.at[2*i] < 0 {
		return nil
	}
	return m.s[m.at[2*i]:m.at[2*i+1]]
}

// number finds a group by number or name.
func (m *match) number(key any) (int, error) {
	i := int64(-1)
	if name, ok := key.(string); ok {
		i = int64(m.p.re.SubexpIndex(name))
	} else if n, ok := small(key); ok {
		i = n
	}
	if i < 0 || i > int64(m.p.re.NumSubexp()) {
		return 0, raise("IndexError", "no such group")
	}
	return int(i), nil
}

func (m *match) group(key any) (any, error) {
	i, err := m.number(key)
	if err != nil {
		return nil, err
	}
	return m.text(i), nil
}

func (m *match) member(name string) (any, bool) {
	call := func(f func(ev *evaluator, c args) (any, error)) (any, bool) { return function(name, f), true }
	switch name {
	case "string":
		return m.s, true
	case "group":
		return call(func(_ *evaluator, c args) (any, error) {
			if len(c.pos) == 0 {
				return m.text(0), nil
			}
			out := make(tuple, len(c.pos))
			for i, key := range c.pos {
				var err error
				if out[i], err = m.group(key); err != nil {
					return nil, err
				}
			}
			if len(out) == 1 {
				return out[0], nil
			}
			return out, nil
		})
	case "groups":
		return call(func(ev *evaluator, c args) (any, error) {
			b, err := c.bind("groups", "default?")
			if err != nil {
				return nil, err
			}
			return m.groups(b.optional(0)), ev.slots(len(m.at))
		})
	case "groupdict":
		return call(func(_ *evaluator, c args) (any, error) {
			b, err := c.bind("groupdict", "default?")
			if err != nil {
				return nil, err
			}
			out := NewDict(0)
			values := m.groups(b.optional(0))
			for i, group := range m.p.re.SubexpNames() {
				if group != "" {
					out.Set(group, values[i-1])
				}
			}
			return out, nil
		})
	case "start", "end", "span":
		return call(func(_ *evaluator, c args) (any, error) { return m.place(name, c) })
	}
	return nil, false
}

func (m *match) groups(missing any) tuple {
	out := make(tuple, 0, m.p.re.NumSubexp())
	for i := 1; i <= m.p.re.NumSubexp(); i++ {
		v := m.text(i)
		if v == nil {
			v = missing
		}
		out = append(out, v)
	}
	return out
}

func (m *match) place(name string, c args) (any, error) {
	b, err := c.bind(name, "/", "group?")
	if err != nil {
		return nil, err
	}
	i := 0
	if b.given[0] {
		if i, err = m.number(b.vals[0]); err != nil {
			return nil, err
		}
	}
	count := func(at int) int64 {
		if at < 0 {
			return -1
		}
		return int64(utf8.RuneCountInString(m.s[:at]))
	}
	start, end := count(m.at[2*i]), count(m.at[2*i+1])
	switch name {
	case "start":
		return start, nil
	case "end":
		return end, nil
	default:
		return tuple{start, end}, nil
	}
}
