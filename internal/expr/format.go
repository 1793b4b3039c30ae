package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// formatSpec is one %-directive.
type formatSpec struct {
	key                            string
	keyed                          bool
	left, plus, blank, zero, sharp bool
	width, precision               int // precision -1 when absent
	verb                           byte
}

// format is text % values.
func (ev *evaluator) format(s string, values any) (any, error) {
	f := &formatter{ev: ev, rest: s, values: values}
	if t, ok := values.(tuple); ok {
		f.items, f.many = t, true
	}
	for {
		i := strings.IndexByte(f.rest, '%')
		if i < 0 {
			f.out.WriteString(f.rest)
			break
		}
		f.out.WriteString(f.rest[:i])
		f.rest = f.rest[i+1:]
		if err := f.directive(); err != nil {
			return nil, err
		}
		if err := ev.work(1); err != nil {
			return nil, err
		}
	}
	_, mapping := values.(*Dict)
	_, list := values.([]any)
	if (f.many && f.used < len(f.items)) || (!f.many && f.used == 0 && !mapping && !list) {
		return nil, raise("TypeError", "not all arguments converted during string formatting")
	}
	return f.out.String(), ev.grow(len(s))
}

type formatter struct {
	ev     *evaluator
	rest   string
	values any
	items  []any
	many   bool
	used   int
	out    strings.Builder
}

// next takes the next value; a single value counts as a tuple of one.
func (f *formatter) next() (any, error) {
	f.used++
	switch {
	case f.many && f.used <= len(f.items):
		return f.items[f.used-1], nil
	case !f.many && f.used == 1:
		return f.values, nil
	}
	return nil, raise("TypeError", "not enough arguments for format string")
}

func (f *formatter) directive() error {
	spec, err := f.spec()
	if err != nil {
		return err
	}
	if spec.verb == '%' {
		f.out.WriteByte('%')
		return nil
	}
	var v any
	if spec.keyed {
		d, ok := f.values.(*Dict)
		if !ok {
			return raise("TypeError", "format requires a mapping")
		}
		if v, ok = d.Get(spec.key); !ok {
			return raise("KeyError", "%s", cut(reprOf(spec.key), 80))
		}
		f.used++
	} else if v, err = f.next(); err != nil {
		return err
	}
	text, err := f.ev.directive(spec, v)
	if err != nil {
		return err
	}
	f.out.WriteString(text)
	return nil
}

// spec reads a directive behind its percent sign.
func (f *formatter) spec() (formatSpec, error) {
	spec := formatSpec{precision: -1}
	incomplete := raise("ValueError", "incomplete format")
	if strings.HasPrefix(f.rest, "(") {
		end := strings.IndexByte(f.rest, ')')
		if end < 0 {
			return spec, raise("ValueError", "incomplete format key")
		}
		spec.key, spec.keyed, f.rest = f.rest[1:end], true, f.rest[end+1:]
	}
	for f.rest != "" && strings.IndexByte("-+ 0#", f.rest[0]) >= 0 {
		switch f.rest[0] {
		case '-':
			spec.left = true
		case '+':
			spec.plus = true
		case ' ':
			spec.blank = true
		case '0':
			spec.zero = true
		default:
			spec.sharp = true
		}
		f.rest = f.rest[1:]
	}
	var err error
	if spec.width, err = f.number(0); err != nil {
		return spec, err
	}
	if spec.width < 0 {
		spec.left, spec.width = true, -spec.width
	}
	if strings.HasPrefix(f.rest, ".") {
		f.rest = f.rest[1:]
		if spec.precision, err = f.number(0); err != nil {
			return spec, err
		}
		spec.precision = max(0, spec.precision)
	}
	f.rest = strings.TrimLeft(f.rest, "hlL")
	if f.rest == "" {
		return spec, incomplete
	}
	spec.verb, f.rest = f.rest[0], f.rest[1:]
	return spec, nil
}

func (f *formatter) number(missing int) (int, error) {
	if strings.HasPrefix(f.rest, "*") {
		f.rest = f.rest[1:]
		v, err := f.next()
		if err != nil {
			return 0, err
		}
		n, ok := small(v)
		if !ok || n > math.MaxInt32 || n < -math.MaxInt32 {
			return 0, raise("TypeError", "* wants int")
		}
		return int(n), nil
	}
	end := 0
	for end < len(f.rest) && isDigit(f.rest[end]) {
		end++
	}
	if end == 0 {
		return missing, nil
	}
	n, err := strconv.Atoi(f.rest[:end])
	f.rest = f.rest[end:]
	if err != nil || n > math.MaxInt32 {
		return 0, raise("ValueError", "width too big")
	}
	return n, nil
}

// directive formats one value.
func (ev *evaluator) directive(spec formatSpec, v any) (string, error) {
	if err := ev.grow(spec.width + max(0, spec.precision)); err != nil {
		return "", err
	}
	switch spec.verb {
	case 's', 'r', 'a':
		text, err := ev.text(v)
		if spec.verb != 's' {
			text, err = ev.repr(v)
		}
		if err != nil {
			return "", err
		}
		if spec.precision >= 0 {
			text = text[:byteAt(text, spec.precision)]
		}
		return padText(text, spec, false), ev.grow(len(text))
	case 'c':
		if s, ok := v.(string); ok && utf8.RuneCountInString(s) == 1 {
			return padText(s, spec, false), nil
		}
		if i, ok := small(v); ok && i >= 0 && i <= 0x10ffff {
			return padText(string(rune(i)), spec, false), nil
		}
		return "", raise("TypeError", "%%c requires int or char")
	case 'd', 'i', 'u', 'x', 'X', 'o':
		return ev.wholeDirective(spec, v)
	case 'f', 'F', 'e', 'E', 'g', 'G':
		if !isNumber(v) {
			return "", raise("TypeError", "must be real number, not %s", typeName(v))
		}
		f, err := floatOf(v)
		if err != nil {
			return "", err
		}
		return padText(signed(floatDirective(spec, f), spec), spec, true), nil
	}
	return "", raise("ValueError", "unsupported format character '%c'", spec.verb)
}

func (ev *evaluator) wholeDirective(spec formatSpec, v any) (string, error) {
	if f, ok := v.(float64); ok && strings.IndexByte("diu", spec.verb) >= 0 {
		var err error
		if v, err = intFromFloat(f); err != nil {
			return "", err
		}
	}
	i, ok := intOf(v)
	if !ok {
		return "", raise("TypeError", "%%%c format: a real number is required, not %s", spec.verb, typeName(v))
	}
	base, prefix := 10, ""
	switch spec.verb {
	case 'x', 'X':
		base, prefix = 16, "0x"
	case 'o':
		base, prefix = 8, "0o"
	}
	digits := new(big.Int).Abs(i).Text(base)
	if spec.precision > len(digits) {
		digits = strings.Repeat("0", spec.precision-len(digits)) + digits
	}
	if spec.sharp {
		digits = prefix + digits
	}
	if spec.verb == 'X' {
		digits = strings.ToUpper(digits)
	}
	if i.Sign() < 0 {
		digits = "-" + digits
	}
	return padText(signed(digits, spec), spec, true), ev.grow(len(digits))
}

func floatDirective(spec formatSpec, f float64) string {
	precision := spec.precision
	if precision < 0 {
		precision = 6
	}
	precision = min(precision, 1000)
	lower := spec.verb | 0x20
	var s string
	switch {
	case math.IsInf(f, 0) || math.IsNaN(f):
		s = floatText(f)
	case lower == 'g':
		s = generalFloat(f, max(1, precision), spec.sharp)
	default:
		s = strconv.FormatFloat(f, lower, precision, 64)
	}
	if spec.verb != lower {
		s = strings.ToUpper(s)
	}
	return s
}

// generalFloat is C's %g.
func generalFloat(f float64, precision int, keep bool) string {
	e := strconv.FormatFloat(f, 'e', precision-1, 64)
	mark := strings.IndexByte(e, 'e')
	exp, _ := strconv.Atoi(e[mark+1:])
	if exp < -4 || exp >= precision {
		if keep {
			return e
		}
		return trimZeros(e[:mark]) + e[mark:]
	}
	s := strconv.FormatFloat(f, 'f', precision-1-exp, 64)
	if keep {
		return s
	}
	return trimZeros(s)
}

func trimZeros(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

func signed(s string, spec formatSpec) string {
	if strings.HasPrefix(s, "-") {
		return s
	}
	switch {
	case spec.plus:
		return "+" + s
	case spec.blank:
		return " " + s
	default:
		return s
	}
}

func padText(s string, spec formatSpec, number bool) string {
	gap := spec.width - utf8.RuneCountInString(s)
	if gap <= 0 {
		return s
	}
	switch {
	case spec.left:
		return s + strings.Repeat(" ", gap)
	case spec.zero && number:
		head := 0
		if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
			head = 1
		}
		if strings.HasPrefix(s[head:], "0x") || strings.HasPrefix(s[head:], "0X") || strings.HasPrefix(s[head:], "0o") {
			head += 2
		}
		return s[:head] + strings.Repeat("0", gap) + s[head:]
	default:
		return strings.Repeat(" ", gap) + s
	}
}
