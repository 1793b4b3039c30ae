package expr

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxFeelDepth is the deepest nesting of a FEEL expression.
const maxFeelDepth = 100

// feelParser reads FEEL without a separate token list: which words are keywords
// depends on the place, as in the reference grammar with its contextual lexer.
type feelParser struct {
	src   string
	at    int
	depth int
	nodes int
}

// feel is a parsed FEEL expression; vars are the names that lists and
// quantifiers bind, nothing else has a value.
type feel func(ev *evaluator, vars *Dict) (any, error)

// feelCondition evaluates a condition and takes the truth of the result
// (engine.md §9.2).
func feelCondition(r *Renderer, text string) (bool, error) {
	if len(text) > maxPiece {
		return false, &limitError{fmt.Sprintf("the condition is longer than %d bytes", maxPiece)}
	}
	p := &feelParser{src: text}
	f, err := p.expr()
	if err != nil {
		return false, err
	}
	if p.blank(); p.at < len(p.src) {
		return false, p.unexpected("an operator or the end")
	}
	ev := &evaluator{budget: r.Limits.budget(), r: r}
	v, err := f(ev, nil)
	if err != nil {
		return false, err
	}
	return Truth(v), nil
}

// blank skips spaces and tabs; a line break is an error wherever it stands.
func (p *feelParser) blank() {
	for p.at < len(p.src) && (p.src[p.at] == ' ' || p.src[p.at] == '\t') {
		p.at++
	}
}

func (p *feelParser) unexpected(want string) error {
	rest := p.src[p.at:]
	if rest == "" {
		return fmt.Errorf("expected %s at the end", want)
	}
	return fmt.Errorf("expected %s at character %d, found %q", want, utf8.RuneCountInString(p.src[:p.at])+1, cut(rest, 20))
}

// enter counts a level; every production that can contain itself calls it.
func (p *feelParser) enter() error {
	p.depth++
	p.nodes++
	if p.depth > maxFeelDepth || p.nodes > maxNodes {
		return &limitError{"the condition is nested too deep or too long"}
	}
	return nil
}

func (p *feelParser) leave() { p.depth-- }

// peek is the word at the next place, or "".
func (p *feelParser) peek() string {
	p.blank()
	n := p.at
	for n < len(p.src) && isAlnum(p.src[n]) && (n > p.at || !isDigit(p.src[n])) {
		n++
	}
	return p.src[p.at:n]
}

// word takes the next word if it is this one.
func (p *feelParser) word(w string) bool {
	if p.peek() != w {
		return false
	}
	p.at += len(w)
	return true
}

func (p *feelParser) words(words string) error {
	for _, w := range strings.Fields(words) {
		if !p.word(w) {
			return p.unexpected(w)
		}
	}
	return nil
}

// sign takes a symbol. "." is not the first half of "..".
func (p *feelParser) sign(s string) bool {
	p.blank()
	if !strings.HasPrefix(p.src[p.at:], s) || (s == "." && strings.HasPrefix(p.src[p.at:], "..")) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *feelParser) need(s string) error {
	if p.sign(s) {
		return nil
	}
	return p.unexpected(`"` + s + `"`)
}

func (p *feelParser) name() (string, error) {
	w := p.peek()
	if w == "" {
		return "", p.unexpected("a name")
	}
	p.at += len(w)
	return w, nil
}

var (
	feelNumber = regexp.MustCompile(`^[-+]?(?:[0-9]*\.[0-9]+|[0-9]+)`)
	feelWhole  = regexp.MustCompile(`^[-+]?[0-9]+`)
	feelDate   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)
	feelTime   = regexp.MustCompile(`^\d{2}:\d{2}:\d{2}`)
	feelOffset = regexp.MustCompile(`^[+-]\d{2}:\d{2}`)
)

// token takes what a pattern matches at the next place.
func (p *feelParser) token(re *regexp.Regexp) string {
	p.blank()
	s := re.FindString(p.src[p.at:])
	p.at += len(s)
	return s
}

// text reads a string. A backslash keeps the quote behind it inside, and both
// stay in the value.
func (p *feelParser) text() (string, bool) {
	p.blank()
	if p.at >= len(p.src) || p.src[p.at] != '"' {
		return "", false
	}
	for i := p.at + 1; i < len(p.src) && p.src[i] != '\n'; i++ {
		if p.src[i] == '\\' {
			i++
			continue
		}
		if p.src[i] == '"' {
			s := p.src[p.at+1 : i]
			p.at = i + 1
			return s, true
		}
	}
	return "", false
}
