package expr

import (
	"iter"
	"math"
	"math/big"
)

// Keys of dicts and sets are found by a hash that makes 1, 1.0 and True one key.
type (
	nilHash   struct{}
	bigHash   string
	tupleHash string
)

// hashKey is the map key of a value; lists, dicts and sets have none.
func hashKey(v any) (any, error) {
	switch v := v.(type) {
	case string, int64, bytesVal, dateTime, date, delta, clock, span, *builtin:
		return v, nil
	case nil:
		return nilHash{}, nil
	case bool:
		i, _ := small(v)
		return i, nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<62 {
			return int64(v), nil
		}
		return v, nil
	case *big.Int:
		return bigHash(v.String()), nil
	case tuple:
		out := ""
		for _, item := range v {
			if _, err := hashKey(item); err != nil {
				return nil, err
			}
			if f, ok := item.(float64); ok && f == math.Trunc(f) && math.Abs(f) < 1<<62 {
				item = int64(f)
			}
			if b, ok := item.(bool); ok {
				item, _ = small(b)
			}
			out += typeName(item) + reprOf(item) + ","
			if len(out) > 1<<16 {
				return nil, &limitError{"a key grows too large"}
			}
		}
		return tupleHash(out), nil
	default:
		return nil, raise("TypeError", "unhashable type: '%s'", typeName(v))
	}
}

// indexed goes over the hashes and their places.
func (d *Dict) indexed() iter.Seq2[any, int] {
	return func(yield func(any, int) bool) {
		if d == nil {
			return
		}
		for hash, i := range d.index {
			if !yield(hash, i) {
				return
			}
		}
	}
}

func (s *set) has(hash any) bool {
	_, ok := s.d.get(hash)
	return ok
}

func (s *set) covers(other *set) bool {
	for hash := range other.d.indexed() {
		if !s.has(hash) {
			return false
		}
	}
	return true
}

// filter keeps the members whose hash passes, in order.
func (s *set) filter(keep func(hash any) bool) *set {
	out := &set{NewDict(s.d.Len())}
	for i, hash := range s.hashes() {
		if keep(hash) {
			out.d.set(hash, s.d.keys[i], nil)
		}
	}
	return out
}

func setOrder(a, b *set) int {
	switch {
	case a.d.Len() == b.d.Len() && a.covers(b):
		return 0
	case b.covers(a):
		return -1
	case a.covers(b):
		return 1
	default:
		return unordered
	}
}

// newSet collects the members of a sequence.
func (ev *evaluator) newSet(v any) (*set, error) {
	out := &set{NewDict(0)}
	err := ev.each(v, func(item any) (bool, error) {
		hash, err := hashKey(item)
		if err != nil {
			return false, err
		}
		if !out.has(hash) {
			out.d.set(hash, item, nil)
		}
		return true, ev.slots(4)
	})
	return out.arranged(), err
}

// arranged puts a set of whole numbers into the order in which Python walks it:
// the slots of its hash table. Other members stay in the order they came in,
// as Python's order of text changes from process to process anyway.
func (s *set) arranged() *set {
	table := make([]any, 8)
	used := 0
	for _, key := range s.d.keys {
		i, ok := key.(int64)
		if !ok {
			return s
		}
		slot(table, i)
		if used++; used*5 >= (len(table)-1)*3 {
			size := 8
			for size <= used*4 {
				size *= 2
			}
			grown := make([]any, size)
			for _, old := range table {
				if old != nil {
					slot(grown, old.(int64))
				}
			}
			table = grown
		}
	}
	out := &set{NewDict(used)}
	for _, key := range table {
		if key != nil {
			out.d.set(key, key, nil)
		}
	}
	return out
}

// slot puts a number into the first free slot from its hash on.
func slot(table []any, i int64) {
	hash := i
	if i == -1 {
		hash = -2
	}
	at := int(uint64(hash) & uint64(len(table)-1))
	for table[at] != nil {
		at = (at + 1) % len(table)
	}
	table[at] = i
}

func (ev *evaluator) setOp(op string, l, r any) (any, bool, error) {
	if a, ok := l.(*Dict); ok && op == "|" {
		b, ok := r.(*Dict)
		if !ok {
			return nil, false, nil
		}
		out := a.copy()
		for hash, i := range b.indexed() {
			out.set(hash, b.keys[i], b.vals[i])
		}
		return out, true, ev.slots(out.Len())
	}
	a, aok := l.(*set)
	b, bok := r.(*set)
	if !aok || !bok {
		return nil, false, nil
	}
	if err := ev.slots(a.d.Len() + b.d.Len()); err != nil {
		return nil, false, err
	}
	return combine(op, a, b), true, nil
}

func combine(op string, a, b *set) *set {
	switch op {
	case "&":
		return a.filter(b.has)
	case "|":
		return union(a, b.filter(func(hash any) bool { return !a.has(hash) }))
	default:
		return union(a.filter(func(hash any) bool { return !b.has(hash) }), b.filter(func(hash any) bool { return !a.has(hash) }))
	}
}

func union(a, b *set) *set {
	out := &set{a.d.copy()}
	for i, hash := range b.hashes() {
		out.d.set(hash, b.d.keys[i], nil)
	}
	return out.arranged()
}

func (s *set) hashes() []any {
	out := make([]any, s.d.Len())
	for hash, i := range s.d.indexed() {
		out[i] = hash
	}
	return out
}
