package expr

// Dict is an object with ordered keys. Python-only keys (numbers, tuples …) can
// occur inside an evaluation; outside of one all keys are strings.
//
// A Dict handed to this package is not changed by it. The zero value is empty
// and ready for use.
type Dict struct {
	keys  []any
	vals  []any
	index map[any]int
}

// NewDict makes an empty Dict with room for size entries.
func NewDict(size int) *Dict {
	return &Dict{keys: make([]any, 0, size), vals: make([]any, 0, size), index: make(map[any]int, size)}
}

// DictOf makes a Dict from alternating string keys and values; a value without
// a key is dropped.
func DictOf(pairs ...any) *Dict {
	d := NewDict(len(pairs) / 2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if key, ok := pairs[i].(string); ok {
			d.Set(key, pairs[i+1])
		}
	}
	return d
}

// Len returns the number of entries; a nil Dict has none.
func (d *Dict) Len() int {
	if d == nil {
		return 0
	}
	return len(d.keys)
}

// Get returns the value of key.
func (d *Dict) Get(key string) (any, bool) { return d.get(key) }

// Set adds the entry or replaces its value; a replaced entry keeps its place.
func (d *Dict) Set(key string, v any) { d.set(key, key, v) }

// Keys returns the string keys in order, as a new slice.
func (d *Dict) Keys() []string {
	if d == nil {
		return nil
	}
	out := make([]string, 0, len(d.keys))
	for _, k := range d.keys {
		if s, ok := k.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// At returns the entry at place i of the order, 0 ≤ i < Len.
func (d *Dict) At(i int) (key, value any) { return d.keys[i], d.vals[i] }

// get finds the value under a hash key made by hashKey; strings are their own.
func (d *Dict) get(hash any) (any, bool) {
	if d == nil {
		return nil, false
	}
	i, ok := d.index[hash]
	if !ok {
		return nil, false
	}
	return d.vals[i], true
}

func (d *Dict) set(hash, key, v any) {
	if d.index == nil {
		d.index = map[any]int{}
	}
	if i, ok := d.index[hash]; ok {
		d.vals[i] = v
		return
	}
	d.index[hash] = len(d.keys)
	d.keys = append(d.keys, key)
	d.vals = append(d.vals, v)
}

// copy makes a shallow copy.
func (d *Dict) copy() *Dict {
	out := NewDict(d.Len())
	if d == nil {
		return out
	}
	out.keys = append(out.keys, d.keys...)
	out.vals = append(out.vals, d.vals...)
	for h, i := range d.index {
		out.index[h] = i
	}
	return out
}

// Object is a value with attributes instead of keys: ${_system.task_id}, or a
// datatable's ${k.column[0]}. Text is what Python's str() says of it.
type Object struct {
	Text  string
	Attrs *Dict
}
