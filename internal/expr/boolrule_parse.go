package expr

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxRuleDepth is the deepest nesting of brackets in a condition.
const maxRuleDepth = 100

// ruleParser reads boolrule. Like the reference grammar it takes the first
// alternative that fits at a place and never comes back to it, which is why
// "trueish" is the value true followed by something unexpected.
type ruleParser struct {
	src   string
	at    int
	depth int
	ev    *evaluator
	named bool // names are looked up: see Limits.Rule
}

func (p *ruleParser) blank() {
	for p.at < len(p.src) && strings.IndexByte(" \t\n\r", p.src[p.at]) >= 0 {
		p.at++
	}
}

func (p *ruleParser) unexpected(want string) error {
	rest := p.src[p.at:]
	if rest == "" {
		return fmt.Errorf("expected %s at the end", want)
	}
	return fmt.Errorf("expected %s at character %d, found %q", want, utf8.RuneCountInString(p.src[:p.at])+1, cut(rest, 20))
}

func (p *ruleParser) rule() (*rule, error) {
	if p.depth++; p.depth > maxRuleDepth {
		return nil, fmt.Errorf("brackets are nested deeper than %d", maxRuleDepth)
	}
	defer func() { p.depth-- }()
	first, err := p.cond()
	if err != nil {
		return nil, err
	}
	out := &rule{conds: []ruleCond{first}}
	for {
		word := p.word()
		if word == "" {
			return out, nil
		}
		next, err := p.cond()
		if err != nil {
			return nil, err
		}
		out.words, out.conds = append(out.words, word), append(out.conds, next)
	}
}

// word reads and/or, which must stand free of letters, digits, _ and $.
func (p *ruleParser) word() string {
	p.blank()
	for _, w := range []string{"and", "or"} {
		end := p.at + len(w)
		if end > len(p.src) || !strings.EqualFold(p.src[p.at:end], w) {
			continue
		}
		if (p.at > 0 && ruleWordByte(p.src[p.at-1])) || (end < len(p.src) && ruleWordByte(p.src[end])) {
			continue
		}
		p.at = end
		return w
	}
	return ""
}

func ruleWordByte(c byte) bool { return isAlnum(c) || c == '$' }

// cond reads "value op value", else a rule in brackets.
func (p *ruleParser) cond() (ruleCond, error) {
	if err := p.ev.work(1); err != nil {
		return ruleCond{}, err
	}
	start := p.at
	c, err := p.comparison()
	if err == nil {
		return c, nil
	}
	if _, limit := err.(*limitError); limit {
		return c, err
	}
	far := p.at
	p.at = start
	if p.blank(); p.at >= len(p.src) || p.src[p.at] != '(' {
		p.at = max(far, p.at)
		return c, err
	}
	p.at++
	inner, err := p.rule()
	if err != nil {
		return c, err
	}
	if p.blank(); p.at >= len(p.src) || p.src[p.at] != ')' {
		return c, p.unexpected(`")"`)
	}
	p.at++
	return ruleCond{inner: inner}, nil
}

func (p *ruleParser) comparison() (c ruleCond, err error) {
	if c.left, err = p.operand(); err != nil {
		return c, err
	}
	if c.op = p.operator(); c.op == "" {
		return c, p.unexpected("an operator")
	}
	c.right, err = p.operand()
	return c, err
}

var ruleOperators = []string{"==", "!=", "<=", ">=", "<", ">", "notissuperset", "issuperset", "notin", "in"}

func (p *ruleParser) operator() string {
	p.blank()
	for _, op := range ruleOperators {
		if end := p.at + len(op); end <= len(p.src) && strings.EqualFold(p.src[p.at:end], op) {
			p.at = end
			return op
		}
	}
	return ""
}

// operand reads a value or a list of values in brackets.
func (p *ruleParser) operand() (any, error) {
	p.blank()
	if p.at >= len(p.src) || p.src[p.at] != '(' {
		return p.value()
	}
	p.at++
	items := []any{}
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		if err := p.ev.slots(1); err != nil {
			return nil, err
		}
		items = append(items, v)
		p.blank()
		switch {
		case p.at < len(p.src) && p.src[p.at] == ',':
			p.at++
		case p.at < len(p.src) && p.src[p.at] == ')':
			p.at++
			return items, nil
		default:
			return nil, p.unexpected(`"," or ")"`)
		}
	}
}

// value reads a float, a whole number, a text, a bool or a name, in this order.
func (p *ruleParser) value() (any, error) {
	p.blank()
	rest := p.src[p.at:]
	if v, n, err := ruleNumber(rest); n > 0 || err != nil {
		p.at += n
		return v, err
	}
	if s, n := ruleText(rest); n > 0 {
		p.at += n
		return s, nil
	}
	for _, word := range []string{"true", "false"} {
		if len(rest) >= len(word) && strings.EqualFold(rest[:len(word)], word) {
			p.at += len(word)
			return word == "true", nil
		}
	}
	if n := ruleName(rest); n > 0 {
		p.at += n
		if p.named {
			return ruleRef(rest[:n]), nil
		}
		return rest[:n], nil
	}
	return nil, p.unexpected("a value")
}

// ruleNumber reads 1.5, .5, 1.5E3 as float and 15 as int. An int with an
// exponent is taken too, but has no value.
func ruleNumber(s string) (any, int, error) {
	n := 0
	if s != "" && (s[0] == '+' || s[0] == '-') {
		n++
	}
	whole := digitsEnd(s, n)
	end := whole
	if end < len(s) && s[end] == '.' {
		fraction := digitsEnd(s, end+1)
		if whole > n || fraction > end+1 {
			end = exponentEnd(s, fraction, "+-")
			f, err := strconv.ParseFloat(s[:end], 64)
			if err != nil && f == 0 {
				return nil, 0, fmt.Errorf("bad number %s", cut(s[:end], 20))
			}
			return f, end, nil
		}
	}
	if whole == n {
		return nil, 0, nil
	}
	if end = exponentEnd(s, whole, "+"); end > whole {
		return nil, 0, fmt.Errorf("a whole number with an exponent, %s, has no value", cut(s[:end], 20))
	}
	if whole-n > maxDigits {
		return nil, 0, fmt.Errorf("number with more than %d digits", maxDigits)
	}
	b, _ := new(big.Int).SetString(s[:whole], 10)
	return shrink(b), whole, nil
}

func digitsEnd(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// exponentEnd reads E, a sign and digits, if they are all there.
func exponentEnd(s string, i int, signs string) int {
	if i >= len(s) || (s[i] != 'e' && s[i] != 'E') {
		return i
	}
	from := i + 1
	if from < len(s) && strings.IndexByte(signs, s[from]) >= 0 {
		from++
	}
	if end := digitsEnd(s, from); end > from {
		return end
	}
	return i
}

var ruleEscapes = strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\f`, "\f", `\r`, "\r")

// ruleText reads a text in quotes: on one line, with four escapes and none for
// the quote itself.
func ruleText(s string) (string, int) {
	if s == "" || (s[0] != '"' && s[0] != '\'') {
		return "", 0
	}
	end := strings.IndexAny(s[1:], s[:1]+"\n\r")
	if end < 0 || s[1+end] != s[0] {
		return "", 0
	}
	return ruleEscapes.Replace(s[1 : 1+end]), end + 2
}

// ruleName reads names with dots between them, each bare or with ${ and }.
func ruleName(s string) int {
	end := 0
	for {
		n := end
		if strings.HasPrefix(s[n:], "${") {
			n += 2
		}
		if n < len(s) && s[n] == '_' {
			n++
		}
		if n >= len(s) || !isAlnum(s[n]) || isDigit(s[n]) || s[n] == '_' {
			return max(0, end-1)
		}
		for n < len(s) && isAlnum(s[n]) {
			n++
		}
		if n < len(s) && s[n] == '}' {
			n++
		}
		end = n
		if end >= len(s) || s[end] != '.' {
			return end
		}
		end++
	}
}
