package expr

import (
	"fmt"
	"strings"
)

// Language is one of the three languages of gateway conditions.
type Language string

// The languages, as extra_info.parse_lang spells them.
const (
	// Boolrule is the default: comparisons joined by and/or without precedence.
	Boolrule Language = "boolrule"
	// FEEL is bkflow-feel, a part of the OMG's FEEL.
	FEEL Language = "FEEL"
	// MAKO takes a condition that renders to exactly True or False.
	MAKO Language = "MAKO"
)

// LanguageOf reads extra_info.parse_lang. Anything but FEEL and MAKO means
// Boolrule, absent and unknown names too (engine.md §9).
func LanguageOf(parseLang string) Language {
	switch l := Language(parseLang); l {
	case FEEL, MAKO:
		return l
	default:
		return Boolrule
	}
}

// Decision is the answer to one condition and what led to it.
type Decision struct {
	// Text is the condition as written.
	Text string
	// Rendered is the condition after its pieces were replaced. It is no string
	// when the whole condition is one variable of another type.
	Rendered any
	// Operands are the pieces of the condition, each once, in order.
	Operands []Operand
	// Hit is whether the condition holds. It is false when Err is set.
	Hit bool
	// Err is a *ConditionError when the language refuses the condition, or the
	// error of Env as it is. Either fails the gateway, also one with a default.
	Err error
	// Unresolved are the pieces that stayed text.
	Unresolved []Unresolved
	// Warnings are traps that the condition fell into without failing.
	Warnings []string
}

// Operand is one piece of a condition and what it stood for.
type Operand struct {
	// Name is the piece without its braces, Text with them.
	Name, Text string
	// Value is the value put in, or nil when the piece stayed text.
	Value any
}

// ConditionError says why a condition could not be decided.
type ConditionError struct {
	Language Language
	// Rendered is the text that the language was given.
	Rendered string
	Message  string
}

// Error gives language, reason and rendered text.
func (e *ConditionError) Error() string {
	return fmt.Sprintf("%s: %s in %q", e.Language, e.Message, cut(e.Rendered, 300))
}

// Decide renders a condition and evaluates it in its language. Text values of
// variables have their line breaks and tabs replaced by the two characters of
// the escape, unless they hold such an escape already (engine.md §9).
func (r *Renderer) Decide(l Language, text string, env Env) Decision {
	d := Decision{Text: text}
	job := r.job(escaping{env})
	out, err := job.text(text)
	if err != nil {
		d.Err = err
		return d
	}
	d.Rendered, d.Unresolved = out, job.unresolved
	d.Operands = job.operands(text)
	d.judge(job, l)
	return d
}

// judge hands the rendered condition to its language.
func (d *Decision) judge(job *render, l Language) {
	refuse := func(err error) {
		d.Err = &ConditionError{l, Str(d.Rendered), err.Error()}
	}
	if l == MAKO {
		hit, err := makoCondition(job, d.Rendered)
		if h, ok := err.(*hydrationError); ok {
			d.Err = h.err
			return
		}
		if d.Hit = hit; err != nil {
			refuse(err)
		}
		return
	}
	s, ok := d.Rendered.(string)
	if !ok {
		refuse(fmt.Errorf("the condition is a %s, not a text; compare it with a value or put it in quotes", typeName(d.Rendered)))
		return
	}
	var err error
	if l == FEEL {
		d.Hit, err = feelCondition(job.r, s)
	} else {
		d.Hit, d.Warnings, err = boolrule(job.r.Limits.budget(), s)
	}
	if err != nil {
		d.Hit = false
		refuse(err)
	}
}

// operands lists the pieces of a condition with their values for a person: a
// variable keeps its type, an expression shows its text.
func (j *render) operands(text string) []Operand {
	failed := map[string]bool{}
	for _, u := range j.unresolved {
		failed[u.Piece] = true
	}
	var out []Operand
	for _, piece := range Pieces(text) {
		o := Operand{Name: piece[2 : len(piece)-1], Text: piece}
		if v, ok, err := j.typed(piece); ok && err == nil {
			o.Value = v
		} else if s, ok := j.texts[piece]; ok && !failed[piece] {
			o.Value = s
		}
		out = append(out, o)
	}
	return out
}

// escaping is an Env for conditions.
type escaping struct{ env Env }

func (e escaping) Lookup(name string) (any, bool, error) {
	v, ok, err := e.env.Lookup(name)
	if s, text := v.(string); text {
		v = escapeBreaks(s)
	}
	return v, ok, err
}

var breaks = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)

func escapeBreaks(s string) string {
	if strings.Contains(s, `\n`) || strings.Contains(s, `\r`) || strings.Contains(s, `\t`) {
		return s
	}
	return breaks.Replace(s)
}
