package render

import (
	"rehearse.dev/graph/read"
)

// writer appends one field of a view. It returns nil for a null where the schema
// allows none; the whole query is then left to the generated code, which makes
// the right error of it.
type writer[T any] func(b []byte, v T) []byte

// table holds the writers of an object type by field name. A nil table entry for
// a name means that the generated code has to do it.
type table[T any] func(f *read.Field) writer[T]

// object is a compiled selection on one object type.
type object[T any] struct{ fields []field[T] }

type field[T any] struct {
	name  string // with quotes and colon, as it stands in the answer
	write writer[T]
}

// compile looks up the writers of a selection; false when one is missing.
func compile[T any](s *read.Selection, of table[T]) (*object[T], bool) {
	o := &object[T]{fields: make([]field[T], 0, len(s.Fields))}
	for _, f := range s.Fields {
		if len(f.AST.Arguments) > 0 {
			return nil, false
		}
		var write writer[T]
		if f.Name == "__typename" {
			name := string(appendText(nil, s.Type))
			write = func(b []byte, _ T) []byte { return append(b, name...) }
		} else if write = of(f); write == nil {
			return nil, false
		}
		o.fields = append(o.fields, field[T]{name: string(appendText(nil, f.Alias)) + ":", write: write})
	}
	return o, true
}

// append writes v; nil when a writer gave up.
func (o *object[T]) append(b []byte, v T) []byte {
	b = append(b, '{')
	for i := range o.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, o.fields[i].name...)
		if b = o.fields[i].write(b, v); b == nil {
			return nil
		}
	}
	return append(b, '}')
}

// list writes views as a JSON list.
func list[T any](o *object[T], b []byte, views []T) []byte {
	b = append(b, '[')
	for i, v := range views {
		if i > 0 {
			b = append(b, ',')
		}
		if b = o.append(b, v); b == nil {
			return nil
		}
	}
	return append(b, ']')
}

// nested makes the writer of a field that holds another object; null is what is
// written for a missing one, nil to give up.
func nested[T, U any](f *read.Field, of table[U], get func(T) (U, bool), null func([]byte) []byte) writer[T] {
	o, ok := compile(f.Of, of)
	if !ok {
		return nil
	}
	return func(b []byte, v T) []byte {
		u, ok := get(v)
		if !ok {
			return null(b)
		}
		return o.append(b, u)
	}
}

// required gives up on a null.
func required([]byte) []byte { return nil }
