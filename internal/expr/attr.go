package expr

// method is the code of a method of values of one kind.
type method[T any] func(ev *evaluator, self T, c args) (any, error)

// attr is x.name: a member of a module or object, or a bound method.
func (ev *evaluator) attr(x any, name string) (any, error) {
	switch x := x.(type) {
	case *module:
		if v, ok := x.attrs[name]; ok {
			return v, nil
		}
		return nil, raise("AttributeError", "module '%s' has no attribute '%s'", x.name, name)
	case *Object:
		if v, ok := x.Attrs.Get(name); ok {
			return normal(v), nil
		}
	case string:
		if m, ok := textMethods[name]; ok {
			return boundMethod(ev, name, x, m), nil
		}
	case bytesVal:
		if m, ok := bytesMethods[name]; ok {
			return boundMethod(ev, name, x, m), nil
		}
	case []any:
		if m, ok := listMethods[name]; ok {
			return boundMethod(ev, name, x, m), nil
		}
	case tuple:
		if m, ok := tupleMethods[name]; ok {
			return boundMethod(ev, name, []any(x), m), nil
		}
	case *Dict:
		if m, ok := dictMethods[name]; ok {
			return boundMethod(ev, name, x, m), nil
		}
	case *set:
		if m, ok := setMethods[name]; ok {
			return boundMethod(ev, name, x, m), nil
		}
	case *builtin:
		if v, ok := classAttr(x, name); ok {
			return v, nil
		}
	case member:
		if v, ok := x.member(name); ok {
			return v, nil
		}
	default:
		if v, ok := numberAttr(ev, x, name); ok {
			return v, nil
		}
	}
	return nil, raise("AttributeError", "'%s' object has no attribute '%s'", typeName(x), name)
}

// classAttr gives the members of a class: dict.fromkeys, str.maketrans, and the
// methods of str with the text as first argument.
func classAttr(x *builtin, name string) (any, bool) {
	if !x.class {
		return nil, false
	}
	if f, ok := classMethods[x.name+"."+name]; ok {
		return f, true
	}
	m, ok := textMethods[name]
	if !ok || x.name != "str" {
		return nil, false
	}
	return &builtin{name: name, call: func(ev *evaluator, c args) (any, error) {
		if len(c.pos) == 0 {
			return nil, raise("TypeError", "unbound method str.%s() needs an argument", name)
		}
		s, ok := c.pos[0].(string)
		if !ok {
			return nil, raise("TypeError", "descriptor '%s' for 'str' objects doesn't apply to a '%s' object", name, typeName(c.pos[0]))
		}
		return m(ev, s, args{c.pos[1:], c.names, c.named})
	}}, true
}

// member is a Python-only kind with attributes of its own.
type member interface {
	member(name string) (any, bool)
}

func boundMethod[T any](_ *evaluator, name string, self T, m method[T]) *builtin {
	return &builtin{name: name, call: func(ev *evaluator, c args) (any, error) { return m(ev, self, c) }}
}

// numberAttr gives the few members of numbers that templates use.
func numberAttr(_ *evaluator, x any, name string) (any, bool) {
	constant := func(v any) (any, bool) {
		return &builtin{name: name, call: func(_ *evaluator, c args) (any, error) {
			_, err := c.bind(name)
			return v, err
		}}, true
	}
	if f, ok := x.(float64); ok {
		switch name {
		case "is_integer":
			v, err := intFromFloat(f)
			back, _ := floatOfOr(v)
			return constant(err == nil && back == f)
		case "real":
			return f, true
		case "imag":
			return 0.0, true
		}
		return nil, false
	}
	if i, ok := intOf(x); ok {
		switch name {
		case "bit_length":
			return constant(int64(i.BitLen()))
		case "real", "numerator":
			return shrink(i), true
		case "imag":
			return int64(0), true
		case "denominator":
			return int64(1), true
		}
	}
	return nil, false
}

func floatOfOr(v any) (float64, bool) {
	if !isNumber(v) {
		return 0, false
	}
	f, err := floatOf(v)
	return f, err == nil
}
