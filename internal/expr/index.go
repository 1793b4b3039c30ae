package expr

import (
	"math"
	"unicode/utf8"
)

// index is x[i].
func (ev *evaluator) index(x, i any) (any, error) {
	if s, ok := i.(sliceVal); ok {
		return ev.sliced(x, s)
	}
	switch x := x.(type) {
	case *Dict:
		hash, err := hashKey(i)
		if err != nil {
			return nil, err
		}
		v, ok := x.get(hash)
		if !ok {
			return nil, raise("KeyError", "%s", cut(reprOf(i), 80))
		}
		return v, nil
	case []any:
		return at(x, i, "list")
	case tuple:
		return at(x, i, "tuple")
	case string:
		n := utf8.RuneCountInString(x)
		if err := ev.scan(len(x)); err != nil {
			return nil, err
		}
		at, err := place(i, n, "string")
		if err != nil {
			return nil, err
		}
		char, _ := charAt(x, int64(at))
		return char, nil
	case bytesVal:
		at, err := place(i, len(x), "bytes")
		if err != nil {
			return nil, err
		}
		return int64(x[at]), nil
	case span:
		at, err := place(i, int(min(x.len(), math.MaxInt32)), "range object")
		if err != nil {
			return nil, err
		}
		return x.start + int64(at)*x.step, nil
	case *match:
		return x.group(i)
	}
	return nil, raise("TypeError", "'%s' object is not subscriptable", typeName(x))
}

func at(items []any, i any, kind string) (any, error) {
	at, err := place(i, len(items), kind)
	if err != nil {
		return nil, err
	}
	return items[at], nil
}

// place turns an index, which may count from the end, into an offset.
func place(i any, n int, kind string) (int, error) {
	if !isInt(i) {
		return 0, raise("TypeError", "%s indices must be integers or slices, not %s", kind, typeName(i))
	}
	at, ok := small(i)
	if at < 0 {
		at += int64(n)
	}
	if !ok || at < 0 || at >= int64(n) {
		return 0, raise("IndexError", "%s index out of range", kind)
	}
	return int(at), nil
}

func (ev *evaluator) sliced(x any, s sliceVal) (any, error) {
	switch x := x.(type) {
	case []any:
		return ev.pick(x, s)
	case tuple:
		v, err := ev.pick(x, s)
		return tuple(v), err
	case bytesVal:
		at, err := ev.places(s, len(x))
		out := make([]byte, len(at))
		for i, from := range at {
			out[i] = x[from]
		}
		return bytesVal(out), err
	case string:
		return ev.pickText(x, s)
	case span:
		items, err := ev.list(x)
		if err != nil {
			return nil, err
		}
		start, stop, step, err := bounds(s, len(items))
		if err != nil {
			return nil, err
		}
		return span{x.start + int64(start)*x.step, x.start + int64(stop)*x.step, x.step * int64(step)}, nil
	}
	return nil, raise("TypeError", "'%s' object is not subscriptable", typeName(x))
}

func (ev *evaluator) pick(items []any, s sliceVal) ([]any, error) {
	at, err := ev.places(s, len(items))
	if err != nil {
		return nil, err
	}
	out := make([]any, len(at))
	for i, from := range at {
		out[i] = items[from]
	}
	return out, ev.slots(len(out))
}

func (ev *evaluator) pickText(x string, s sliceVal) (any, error) {
	if err := ev.grow(len(x)); err != nil {
		return nil, err
	}
	runes := []rune(x)
	at, err := ev.places(s, len(runes))
	if err != nil {
		return nil, err
	}
	out := make([]rune, len(at))
	for i, from := range at {
		out[i] = runes[from]
	}
	return string(out), nil
}

// places lists the offsets that a slice selects.
func (ev *evaluator) places(s sliceVal, n int) ([]int, error) {
	start, stop, step, err := bounds(s, n)
	if err != nil {
		return nil, err
	}
	var out []int
	for i := start; (step > 0 && i < stop) || (step < 0 && i > stop); i += step {
		out = append(out, i)
	}
	return out, ev.work(1 + len(out)/8)
}

// bounds are Python's slice.indices.
func bounds(s sliceVal, n int) (start, stop, step int, err error) {
	step, err = bound(s.step, 1)
	if err != nil {
		return 0, 0, 0, err
	}
	if step == 0 {
		return 0, 0, 0, raise("ValueError", "slice step cannot be zero")
	}
	low, high, first, last := 0, n, 0, n
	if step < 0 {
		low, high, first, last = -1, n-1, n-1, -1
	}
	if start, err = clip(s.start, first, low, high, n); err != nil {
		return 0, 0, 0, err
	}
	stop, err = clip(s.stop, last, low, high, n)
	return start, stop, step, err
}

func clip(v any, missing, low, high, n int) (int, error) {
	if v == nil {
		return missing, nil
	}
	i, err := bound(v, 0)
	if err != nil {
		return 0, err
	}
	if i < 0 {
		i += n
	}
	return max(low, min(high, i)), nil
}

// bound is one part of a slice, cut to a range that cannot overflow.
func bound(v any, missing int) (int, error) {
	if v == nil {
		return missing, nil
	}
	if !isInt(v) {
		return 0, raise("TypeError", "slice indices must be integers or None or have an __index__ method")
	}
	const far = 1 << 40
	i, ok := small(v)
	if !ok {
		b, _ := intOf(v)
		i = int64(b.Sign()) * far
	}
	return int(max(-far, min(far, i))), nil
}
