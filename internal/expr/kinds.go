package expr

import (
	"fmt"
	"math/big"
	"strconv"
)

// The kinds that only an evaluation knows.
type (
	tuple []any
	// bytesVal is Python's bytes.
	bytesVal string
	// set keeps its members as the keys of a Dict.
	set struct{ d *Dict }
	// span is Python's range.
	span struct{ start, stop, step int64 }
	// view is dict.keys(), values() or items().
	view struct {
		kind  string
		items []any
	}
	// sliceVal is what a[b:c:d] makes of the brackets; nil means left out.
	sliceVal struct{ start, stop, step any }
	// iterator is a one-way sequence: enumerate, zip, reversed, a generator.
	iterator struct {
		kind string
		next func() (v any, ok bool, err error)
	}
	// builtin is a function, a class or a bound method.
	builtin struct {
		name  string
		class bool
		call  func(ev *evaluator, c args) (any, error)
	}
	// module is one of the allowed modules or a class with members.
	module struct {
		name  string
		attrs map[string]any
		call  *builtin
	}
	// args are the arguments of a call.
	args struct {
		pos   []any
		names []string
		named []any
	}
)

func (b bytesVal) repr() string {
	w := &writer{}
	w.WriteString("b")
	quote := byte('\'')
	for i := range len(b) {
		if b[i] == '"' {
			quote = '\''
			break
		}
		if b[i] == '\'' {
			quote = '"'
		}
	}
	w.WriteByte(quote)
	for i := range len(b) {
		switch c := b[i]; {
		case c == quote || c == '\\':
			w.WriteString(`\` + string(rune(c)))
		case c == '\n':
			w.WriteString(`\n`)
		case c == '\r':
			w.WriteString(`\r`)
		case c == '\t':
			w.WriteString(`\t`)
		case c < 0x20 || c >= 0x7f:
			w.WriteString(`\x` + pad(strconv.FormatInt(int64(c), 16), 2))
		default:
			w.WriteByte(c)
		}
	}
	w.WriteByte(quote)
	return w.String()
}

func (r span) repr() string {
	if r.step == 1 {
		return fmt.Sprintf("range(%d, %d)", r.start, r.stop)
	}
	return fmt.Sprintf("range(%d, %d, %d)", r.start, r.stop, r.step)
}

func (r span) len() int64 {
	switch {
	case r.step > 0 && r.start < r.stop:
		return int64((uint64(r.stop)-uint64(r.start)-1)/uint64(r.step) + 1)
	case r.step < 0 && r.start > r.stop:
		return int64((uint64(r.start)-uint64(r.stop)-1)/uint64(-r.step) + 1)
	default:
		return 0
	}
}

func (v view) repr() string {
	w := &writer{}
	w.items(v.kind+"([", v.items, "])")
	return w.String()
}

func (s sliceVal) repr() string {
	return "slice(" + reprOf(s.start) + ", " + reprOf(s.stop) + ", " + reprOf(s.step) + ")"
}

func (b *builtin) repr() string {
	if b.class {
		return "<class '" + b.name + "'>"
	}
	return "<built-in function " + b.name + ">"
}

func reprOf(v any) string {
	w := &writer{}
	w.value(v)
	return w.String()
}

// addressed tells whether Python would print the value with a memory address,
// so that it has no text that two runs agree on.
func addressed(v any) bool {
	switch v := v.(type) {
	case *iterator, *lambda, *module, *hashVal, *match:
		return true
	case *builtin:
		return !v.class && globals[v.name] != any(v)
	default:
		return false
	}
}

// typeName is the name that Python gives to the kind of v.
func typeName(v any) string {
	switch v := normal(v).(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case int64, *big.Int:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []any:
		return "list"
	case tuple:
		return "tuple"
	case *Dict:
		return "dict"
	case *set:
		return "set"
	case span:
		return "range"
	case bytesVal:
		return "bytes"
	case view:
		return v.kind
	case sliceVal:
		return "slice"
	case *iterator:
		return v.kind
	case *builtin:
		if v.class {
			return "type"
		}
		return "builtin_function_or_method"
	case *lambda:
		return "function"
	case *module:
		return "module"
	case *Object:
		return "object"
	case named:
		return v.kindName()
	default:
		return fmt.Sprintf("%T", v)
	}
}

// named is a Python-only kind that knows its type's name.
type named interface{ kindName() string }
