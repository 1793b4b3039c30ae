package expr

import (
	"math"
	"math/big"
	"sort"
	"strconv"
	"unicode/utf8"
)

func absOf(_ *evaluator, c args) (any, error) {
	b, err := c.bind("abs", "/", "x")
	if err != nil {
		return nil, err
	}
	switch x := b.vals[0].(type) {
	case float64:
		return math.Abs(x), nil
	case delta:
		return max(x, -x), nil
	}
	if i, ok := intOf(b.vals[0]); ok {
		return shrink(new(big.Int).Abs(i)), nil
	}
	return nil, raise("TypeError", "bad operand type for abs(): '%s'", typeName(b.vals[0]))
}

// roundOf rounds halves to even, on the decimal digits as Python does.
func roundOf(_ *evaluator, c args) (any, error) {
	b, err := c.bind("round", "number", "ndigits?")
	if err != nil {
		return nil, err
	}
	if f, ok := b.vals[0].(float64); ok {
		if !b.has(1) {
			return intFromFloat(math.RoundToEven(f))
		}
		n := b.int(1, 0)
		if b.err != nil {
			return nil, b.err
		}
		return roundFloat(f, n), nil
	}
	i, ok := intOf(b.vals[0])
	if !ok {
		return nil, raise("TypeError", "type %s doesn't define __round__ method", typeName(b.vals[0]))
	}
	n := b.int(1, 0)
	if !b.has(1) || n >= 0 || b.err != nil {
		return shrink(i), b.err
	}
	if -n > 5000 {
		return int64(0), nil
	}
	return roundInt(i, -n), nil
}

func roundFloat(f float64, n int) any {
	if math.IsInf(f, 0) || math.IsNaN(f) || n > 323 {
		return f
	}
	if n < 0 {
		if n < -308 {
			return math.Copysign(0, f)
		}
		b, _ := new(big.Float).SetFloat64(math.Trunc(f)).Int(nil)
		if f == math.Trunc(f) {
			out, _ := floatOf(roundInt(b, -n))
			return out
		}
		p := math.Pow(10, float64(-n))
		return math.RoundToEven(f/p) * p
	}
	out, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', n, 64), 64)
	return out
}

// roundInt rounds to a multiple of 10**n, halves to even.
func roundInt(i *big.Int, n int) any {
	p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	q, m := new(big.Int).DivMod(i, p, new(big.Int))
	twice := m.Lsh(m, 1).Cmp(p)
	if twice > 0 || (twice == 0 && q.Bit(0) == 1) {
		q.Add(q, big.NewInt(1))
	}
	return shrink(q.Mul(q, p))
}

func powOf(ev *evaluator, c args) (any, error) {
	b, err := c.bind("pow", "base", "exp", "mod?")
	if err != nil {
		return nil, err
	}
	if !b.has(2) {
		return ev.binary("**", b.vals[0], b.vals[1])
	}
	x, xok := intOf(b.vals[0])
	y, yok := intOf(b.vals[1])
	m, mok := intOf(b.vals[2])
	if !xok || !yok || !mok || m.Sign() == 0 {
		return nil, raise("ValueError", "pow() 3rd argument needs whole numbers and must not be 0")
	}
	if err := ev.work(y.BitLen() * (1 + m.BitLen()/64)); err != nil {
		return nil, err
	}
	out := new(big.Int).Exp(x, y, new(big.Int).Abs(m))
	if out == nil {
		return nil, raise("ValueError", "base is not invertible for the given modulus")
	}
	if m.Sign() < 0 && out.Sign() > 0 {
		out.Add(out, m)
	}
	return shrink(out), nil
}

func sumOf(ev *evaluator, c args) (any, error) {
	b, err := c.bind("sum", "iterable", "start?")
	if err != nil {
		return nil, err
	}
	var total any = int64(0)
	if b.given[1] {
		total = b.vals[1]
	}
	if _, text := total.(string); text {
		return nil, raise("TypeError", "sum() can't sum strings [use ''.join(seq) instead]")
	}
	err = ev.each(b.vals[0], func(item any) (bool, error) {
		var err error
		total, err = ev.binary("+", total, item)
		return true, err
	})
	return total, err
}

func minOf(ev *evaluator, c args) (any, error) { return ev.extreme("min", "<", c) }
func maxOf(ev *evaluator, c args) (any, error) { return ev.extreme("max", ">", c) }

func (ev *evaluator) extreme(fn, op string, c args) (any, error) {
	opts, err := args{names: c.names, named: c.named}.bind(fn, "key?", "default?")
	if err != nil {
		return nil, err
	}
	items := c.pos
	if len(items) == 0 {
		return nil, raise("TypeError", "%s expected at least 1 argument, got 0", fn)
	}
	if len(items) == 1 {
		if items, err = ev.list(items[0]); err != nil {
			return nil, err
		}
	}
	if len(items) == 0 {
		if opts.given[1] {
			return opts.vals[1], nil
		}
		return nil, raise("ValueError", "%s() iterable argument is empty", fn)
	}
	keys, err := ev.keys(items, opts.optional(0))
	if err != nil {
		return nil, err
	}
	best := 0
	for i := 1; i < len(items); i++ {
		better, err := ev.compare(op, keys[i], keys[best])
		if err != nil {
			return nil, err
		}
		if better {
			best = i
		}
	}
	return items[best], nil
}

// keys applies the key function of min, max and sorted.
func (ev *evaluator) keys(items []any, key any) ([]any, error) {
	if key == nil {
		return items, nil
	}
	out := make([]any, len(items))
	for i, item := range items {
		var err error
		if out[i], err = ev.call(key, args{pos: []any{item}}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func lenOf(ev *evaluator, c args) (any, error) {
	b, err := c.bind("len", "/", "obj")
	if err != nil {
		return nil, err
	}
	switch x := b.vals[0].(type) {
	case string:
		return int64(utf8.RuneCountInString(x)), ev.scan(len(x))
	case bytesVal:
		return int64(len(x)), nil
	case []any:
		return int64(len(x)), nil
	case tuple:
		return int64(len(x)), nil
	case *Dict:
		return int64(x.Len()), nil
	case *set:
		return int64(x.d.Len()), nil
	case view:
		return int64(len(x.items)), nil
	case span:
		return x.len(), nil
	}
	return nil, raise("TypeError", "object of type '%s' has no len()", typeName(b.vals[0]))
}

func sortedOf(ev *evaluator, c args) (any, error) {
	b, err := c.bind("sorted", "iterable", "key?", "reverse?")
	if err != nil {
		return nil, err
	}
	if len(c.pos) > 1 {
		return nil, raise("TypeError", "sorted expected 1 argument, got %d", len(c.pos))
	}
	items, err := ev.list(b.vals[0])
	if err != nil {
		return nil, err
	}
	return ev.sorted(items, b.optional(1), b.bool(2))
}

// sorted sorts stably; in reverse equal items keep their order too.
func (ev *evaluator) sorted(items []any, key any, reverse bool) ([]any, error) {
	keys, err := ev.keys(items, key)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(items))
	for i := range at {
		at[i] = i
	}
	sort.SliceStable(at, func(i, j int) bool {
		if err != nil {
			return false
		}
		a, b := keys[at[i]], keys[at[j]]
		if reverse {
			a, b = b, a
		}
		less, e := ev.compare("<", a, b)
		if e != nil {
			err = e
		}
		return less
	})
	if err != nil {
		return nil, err
	}
	out := make([]any, len(items))
	for i, from := range at {
		out[i] = items[from]
	}
	return out, nil
}

func allOf(ev *evaluator, c args) (any, error) { return ev.every("all", c, true) }
func anyOf(ev *evaluator, c args) (any, error) { return ev.every("any", c, false) }

func (ev *evaluator) every(fn string, c args, want bool) (any, error) {
	b, err := c.bind(fn, "/", "iterable")
	if err != nil {
		return nil, err
	}
	out := want
	err = ev.each(b.vals[0], func(item any) (bool, error) {
		if Truth(item) != want {
			out = !want
		}
		return out == want, nil
	})
	return out, err
}
