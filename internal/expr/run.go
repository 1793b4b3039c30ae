package expr

import "strings"

// run evaluates a program to the text that stands for its piece.
func (r *Renderer) run(p *program, env Env, b *budget) (string, error) {
	if p.fault != nil {
		return "", p.hydrate(env)
	}
	ev := &evaluator{budget: b, r: r, names: make(map[string]any, len(p.names))}
	for _, name := range p.names {
		if err := ev.bind(name, p.known[name], env); err != nil {
			return "", err
		}
	}
	v, err := ev.eval(p.root, nil)
	if err != nil {
		return "", err
	}
	return ev.filter(v, p.filters)
}

// hydrate looks at the references of a piece that cannot run: a variable that
// cannot be made fails the value even then. Else the answer is the fault.
func (p *program) hydrate(env Env) error {
	for _, name := range p.refs {
		if _, _, err := env.Lookup(name); err != nil {
			return &hydrationError{err}
		}
	}
	return p.fault
}

// bind finds the value of a free name: a variable, else one of the names that
// the sandbox allows. A name that Mako does not count as a reference has no
// value when it is used.
func (ev *evaluator) bind(name string, known bool, env Env) error {
	v, ok, err := env.Lookup(name)
	if err != nil {
		return &hydrationError{err}
	}
	if !ok {
		if v, ok = globals[name]; !ok {
			return raise("NameError", "name '%s' is not defined", name)
		}
	}
	if known {
		ev.names[name] = normal(v)
	}
	return nil
}

// trimmed is what Python's str.strip() takes off.
const trimmed = " \t\n\r\v\f\x1c\x1d\x1e\x1f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// filter applies the filters behind the bar. Without n the value becomes text
// first.
func (ev *evaluator) filter(v any, filters []string) (string, error) {
	if indexOf(filters, "n") < 0 {
		s, err := ev.text(v)
		if err != nil {
			return "", err
		}
		v = s
	}
	for _, f := range filters {
		if f == "n" {
			continue
		}
		s, isText := v.(string)
		if !isText && f != "str" && f != "unicode" && f != "h" && !strings.HasPrefix(f, "decode.") {
			return "", raise("AttributeError", "filter %s needs a text, not %s", f, typeName(v))
		}
		if !isText {
			var err error
			if s, err = ev.text(v); err != nil {
				return "", err
			}
		}
		s = applyFilter(f, s)
		if err := ev.grow(len(s)); err != nil {
			return "", err
		}
		v = s
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", raise("TypeError", "sequence item: expected str instance, %s found", typeName(v))
}
