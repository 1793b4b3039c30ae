package engine

import (
	"encoding/json"
	"fmt"

	"rehearse.dev/internal/expr"
)

// Value is one value of the expr package that keeps its kind through JSON. An
// *expr.Object, which JSON lacks, becomes its text.
type Value struct{ Any any }

// MarshalJSON writes the value as expr.Encode does.
func (v Value) MarshalJSON() ([]byte, error) { return expr.Encode(v.Any) }

// UnmarshalJSON reads the value as expr.Decode does.
func (v *Value) UnmarshalJSON(raw []byte) (err error) {
	v.Any, err = expr.Decode(raw)
	return err
}

// Fields is an object that keeps order and kinds through JSON. A nil Dict is
// null.
type Fields struct{ *expr.Dict }

// MarshalJSON writes the object as expr.Encode does.
func (f Fields) MarshalJSON() ([]byte, error) {
	if f.Dict == nil {
		return []byte("null"), nil
	}
	return expr.Encode(f.Dict)
}

// UnmarshalJSON reads an object or null.
func (f *Fields) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		f.Dict = nil
		return nil
	}
	v, err := expr.Decode(raw)
	if err != nil {
		return err
	}
	d, ok := v.(*expr.Dict)
	if !ok {
		return fmt.Errorf("an object is needed, not %s", pythonType(v))
	}
	f.Dict = d
	return nil
}

// Stored is the value of a variable. Unlike Value it keeps an *expr.Object, so
// that a datatable that was handed to a sub-process still has its columns when the
// run goes on after a stop.
type Stored struct{ Any any }

// objectKey marks an object of the expr package in stored JSON. No tree can hold
// the key: flow refuses NUL.
const objectKey = "\x00object"

// MarshalJSON writes the value; an object becomes a marked pair of its text and its
// attributes.
func (s Stored) MarshalJSON() ([]byte, error) { return expr.Encode(convert(s.Any, mark)) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Stored) UnmarshalJSON(raw []byte) error {
	v, err := expr.Decode(raw)
	if err == nil {
		s.Any = convert(v, unmark)
	}
	return err
}

func mark(v any) (any, bool) {
	o, ok := v.(*expr.Object)
	if !ok {
		return nil, false
	}
	return expr.DictOf(objectKey, []any{o.Text, o.Attrs}), true
}

func unmark(v any) (any, bool) {
	d, ok := v.(*expr.Dict)
	if !ok || d.Len() != 1 {
		return nil, false
	}
	marked, _ := d.Get(objectKey)
	pair, _ := marked.([]any)
	if len(pair) != 2 {
		return nil, false
	}
	text, isText := pair[0].(string)
	attrs, isDict := pair[1].(*expr.Dict)
	return &expr.Object{Text: text, Attrs: attrs}, isText && isDict
}

// storable replaces objects by their text: what a row shows is plain JSON.
func storable(v any) any {
	return convert(v, func(v any) (any, bool) {
		o, ok := v.(*expr.Object)
		if !ok {
			return nil, false
		}
		return o.Text, true
	})
}

// convert replaces parts of v, outermost first. A value in which nothing is to be
// replaced is returned as it is.
func convert(v any, replace func(any) (any, bool)) any {
	if with, ok := replace(v); ok {
		return with
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			if with := convert(v[i], replace); !same(with, v[i]) {
				return convertList(v, replace)
			}
		}
	case *expr.Dict:
		for i := range v.Len() {
			if _, item := v.At(i); !same(convert(item, replace), item) {
				return convertDict(v, replace)
			}
		}
	}
	return v
}

func convertList(v []any, replace func(any) (any, bool)) []any {
	out := make([]any, len(v))
	for i := range v {
		out[i] = convert(v[i], replace)
	}
	return out
}

func convertDict(v *expr.Dict, replace func(any) (any, bool)) *expr.Dict {
	out := expr.NewDict(v.Len())
	for i := range v.Len() {
		key, item := v.At(i)
		out.Set(expr.Str(key), convert(item, replace))
	}
	return out
}

// same tells whether convert has left a part alone: only lists, objects and
// dictionaries can be replaced, and those are compared by identity.
func same(a, b any) bool {
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		return ok && len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
	case *expr.Dict:
		b, ok := b.(*expr.Dict)
		return ok && a == b
	default:
		_, object := b.(*expr.Object)
		return !object
	}
}

var (
	_ json.Marshaler   = Value{}
	_ json.Marshaler   = Fields{}
	_ json.Marshaler   = Stored{}
	_ json.Unmarshaler = (*Value)(nil)
	_ json.Unmarshaler = (*Fields)(nil)
)
