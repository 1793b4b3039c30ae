package expr

import (
	"math"
	"math/big"
	"strings"
)

// compare applies one comparison operator.
func (ev *evaluator) compare(op string, l, r any) (bool, error) {
	switch op {
	case "==", "!=":
		same, err := ev.equal(l, r)
		return same == (op == "=="), err
	case "is":
		return same(l, r), nil
	case "is not":
		return !same(l, r), nil
	case "in", "not in":
		in, err := ev.contains(r, l)
		return in == (op == "in"), err
	}
	order, ok, err := ev.order(l, r)
	if err != nil {
		return false, err
	}
	if !ok {
		return false, raise("TypeError", "'%s' not supported between instances of '%s' and '%s'", op, typeName(l), typeName(r))
	}
	if order == unordered {
		return false, nil
	}
	switch op {
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	default:
		return order >= 0, nil
	}
}

// unordered is the order of values of which neither is less, equal or greater:
// NaN, sets that overlap.
const unordered = 2

// same is Python's "is", as far as values have an identity here.
func same(l, r any) bool {
	switch a := l.(type) {
	case nil:
		return r == nil
	case bool:
		b, ok := r.(bool)
		return ok && a == b
	case int64:
		b, ok := r.(int64)
		return ok && a == b && a >= -5 && a <= 256
	case string:
		b, ok := r.(string)
		return ok && a == b
	case float64:
		b, ok := r.(float64)
		return ok && a == b
	case *big.Int:
		b, ok := r.(*big.Int)
		return ok && a.Cmp(b) == 0
	case []any:
		b, ok := r.([]any)
		return ok && len(a) > 0 && len(a) == len(b) && &a[0] == &b[0]
	case tuple:
		b, ok := r.(tuple)
		return ok && len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
	case *Dict, *Object, *builtin, *lambda, *module, *set, *iterator:
		return l == r
	default:
		return false
	}
}

func (ev *evaluator) equal(l, r any) (bool, error) {
	if err := ev.work(1); err != nil {
		return false, err
	}
	if isNumber(l) && isNumber(r) {
		return numberOrder(l, r) == 0, nil
	}
	switch a := l.(type) {
	case nil:
		return r == nil, nil
	case string:
		b, ok := r.(string)
		if !ok || len(a) != len(b) {
			return false, nil
		}
		return a == b, ev.scan(len(a))
	case []any:
		b, ok := r.([]any)
		return ev.equalItems(a, b, ok)
	case tuple:
		b, ok := r.(tuple)
		return ev.equalItems(a, b, ok)
	case *Dict:
		b, ok := r.(*Dict)
		return ev.equalDicts(a, b, ok)
	case *set:
		b, ok := r.(*set)
		return ok && a.d.Len() == b.d.Len() && b.covers(a), ev.work(a.d.Len())
	case view:
		b, ok := r.(view)
		return ev.equalItems(a.items, b.items, ok)
	case bytesVal, span, dateTime, date, delta, clock:
		return l == r, nil
	case zoned:
		b, ok := r.(zoned)
		return ok && a.kind == b.kind && a.utc() == b.utc(), nil
	case *Object, *builtin, *lambda, *module, *iterator:
		return l == r, nil
	default:
		return false, nil
	}
}

func (ev *evaluator) equalItems(a, b []any, ok bool) (bool, error) {
	if !ok || len(a) != len(b) {
		return false, nil
	}
	for i := range a {
		if same, err := ev.equal(a[i], b[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (ev *evaluator) equalDicts(a, b *Dict, ok bool) (bool, error) {
	if !ok || a.Len() != b.Len() {
		return false, nil
	}
	for hash, i := range a.indexed() {
		other, ok := b.get(hash)
		if !ok {
			return false, nil
		}
		if same, err := ev.equal(a.vals[i], other); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

// numberOrder compares numbers exactly, also a float with a whole number.
func numberOrder(l, r any) int {
	a, aok := small(l)
	b, bok := small(r)
	if aok && bok {
		return compareInts(a, b)
	}
	fa, afloat := l.(float64)
	fb, bfloat := r.(float64)
	if (afloat && math.IsNaN(fa)) || (bfloat && math.IsNaN(fb)) {
		return unordered
	}
	return exact(l).Cmp(exact(r))
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

func exact(v any) *big.Float {
	if f, ok := v.(float64); ok {
		return big.NewFloat(f)
	}
	i, _ := intOf(v)
	return new(big.Float).SetPrec(uint(max(64, i.BitLen()))).SetInt(i)
}

// order compares two values of kinds that have an order among themselves.
func (ev *evaluator) order(l, r any) (int, bool, error) {
	if err := ev.work(1); err != nil {
		return 0, false, err
	}
	if isNumber(l) && isNumber(r) {
		return numberOrder(l, r), true, nil
	}
	switch a := l.(type) {
	case string:
		if b, ok := r.(string); ok {
			return strings.Compare(a, b), true, ev.scan(min(len(a), len(b)))
		}
	case bytesVal:
		if b, ok := r.(bytesVal); ok {
			return strings.Compare(string(a), string(b)), true, nil
		}
	case []any:
		if b, ok := r.([]any); ok {
			return ev.orderItems(a, b)
		}
	case tuple:
		if b, ok := r.(tuple); ok {
			return ev.orderItems(a, b)
		}
	case *set:
		if b, ok := r.(*set); ok {
			return setOrder(a, b), true, ev.work(a.d.Len() + b.d.Len())
		}
	default:
		order, ok := timeOrder(l, r)
		return order, ok, nil
	}
	return 0, false, nil
}

func (ev *evaluator) orderItems(a, b []any) (int, bool, error) {
	for i := range min(len(a), len(b)) {
		same, err := ev.equal(a[i], b[i])
		if err != nil {
			return 0, false, err
		}
		if !same {
			order, ok, err := ev.order(a[i], b[i])
			if err == nil && !ok {
				err = raise("TypeError", "'<' not supported between instances of '%s' and '%s'", typeName(a[i]), typeName(b[i]))
			}
			return order, ok, err
		}
	}
	return compareInts(int64(len(a)), int64(len(b))), true, nil
}

// contains is "item in v".
func (ev *evaluator) contains(v, item any) (bool, error) {
	switch v := v.(type) {
	case string:
		s, ok := item.(string)
		if !ok {
			return false, raise("TypeError", "'in <string>' requires string as left operand, not %s", typeName(item))
		}
		return strings.Contains(v, s), ev.scan(len(v))
	case *Dict:
		hash, err := hashKey(item)
		if err != nil {
			return false, err
		}
		_, ok := v.get(hash)
		return ok, nil
	case *set:
		hash, err := hashKey(item)
		return err == nil && v.has(hash), err
	}
	if !iterable(v) {
		return false, raise("TypeError", "argument of type '%s' is not iterable", typeName(v))
	}
	found := false
	err := ev.each(v, func(other any) (bool, error) {
		same, err := ev.equal(item, other)
		found = same
		return !same, err
	})
	return found, err
}

// Truth is Python's bool(): empty, zero and null values are false.
func Truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case *big.Int:
		return v.Sign() != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case bytesVal:
		return v != ""
	case []any:
		return len(v) > 0
	case tuple:
		return len(v) > 0
	case *Dict:
		return v.Len() > 0
	case *set:
		return v.d.Len() > 0
	case view:
		return len(v.items) > 0
	case span:
		return v.len() > 0
	case delta:
		return v != 0
	default:
		return true
	}
}
