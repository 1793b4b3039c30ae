package expr

// globals are the names that the sandbox knows besides the variables: Python's
// safe builtins and the allowed modules. The maps are never written after
// start-up.
var globals map[string]any

func init() {
	patternOps = patternTable()
	globals = map[string]any{
		"datetime": datetimeModule, "re": newReModule(), "hashlib": hashModule, "random": randomModule,
		"time": timeModule, "os": osModule, "json": jsonModule,
	}
	for name, call := range map[string]func(*evaluator, args) (any, error){
		"bool": toBool, "int": toInt, "float": toFloat, "str": toStr, "list": toList, "tuple": toTuple,
		"dict": toDict, "set": toSet, "range": toRange, "slice": toSlice,
		"enumerate": enumerate, "zip": zip, "reversed": reversed,
	} {
		globals[name] = &builtin{name, true, call}
	}
	for name, call := range map[string]func(*evaluator, args) (any, error){
		"abs": absOf, "round": roundOf, "pow": powOf, "sum": sumOf, "min": minOf, "max": maxOf, "len": lenOf,
		"sorted": sortedOf, "all": allOf, "any": anyOf,
	} {
		globals[name] = &builtin{name, false, call}
	}
}

func toBool(_ *evaluator, c args) (any, error) {
	b, err := c.bind("bool", "/", "x?")
	if err != nil {
		return nil, err
	}
	return Truth(b.optional(0)), nil
}

func toInt(ev *evaluator, c args) (any, error) {
	b, err := c.bind("int", "x?", "base?")
	if err != nil {
		return nil, err
	}
	if !b.given[0] {
		return int64(0), nil
	}
	if b.given[1] {
		s, ok := b.vals[0].(string)
		base := b.int(1, 10)
		if !ok || b.err != nil {
			return nil, raise("TypeError", "int() can't convert non-string with explicit base")
		}
		if base != 0 && (base < 2 || base > 36) {
			return nil, raise("ValueError", "int() base must be >= 2 and <= 36, or 0")
		}
		return intFromText(s, base)
	}
	switch x := b.vals[0].(type) {
	case string:
		if err := ev.scan(len(x)); err != nil {
			return nil, err
		}
		return intFromText(x, 10)
	case bytesVal:
		return intFromText(string(x), 10)
	case float64:
		return intFromFloat(x)
	}
	if i, ok := intOf(b.vals[0]); ok {
		return shrink(i), nil
	}
	return nil, raise("TypeError", "int() argument must be a string, a bytes-like object or a real number, not '%s'", typeName(b.vals[0]))
}

func toFloat(_ *evaluator, c args) (any, error) {
	b, err := c.bind("float", "/", "x?")
	if err != nil || !b.given[0] {
		return 0.0, err
	}
	if s, ok := b.vals[0].(string); ok {
		return floatFromText(s)
	}
	if !isNumber(b.vals[0]) {
		return nil, raise("TypeError", "float() argument must be a string or a real number, not '%s'", typeName(b.vals[0]))
	}
	return floatOf(b.vals[0])
}

func toStr(ev *evaluator, c args) (any, error) {
	b, err := c.bind("str", "object?", "encoding?", "errors?")
	if err != nil || !b.given[0] {
		return "", err
	}
	if b.given[1] {
		raw, ok := b.vals[0].(bytesVal)
		if !ok {
			return nil, raise("TypeError", "decoding to str: need a bytes-like object, %s found", typeName(b.vals[0]))
		}
		return decodeBytes(raw, b.str(1, "utf-8"), b.str(2, "strict"))
	}
	return ev.text(b.vals[0])
}

func toList(ev *evaluator, c args) (any, error) {
	b, err := c.bind("list", "/", "iterable?")
	if err != nil || !b.given[0] {
		return []any{}, err
	}
	return ev.list(b.vals[0])
}

func toTuple(ev *evaluator, c args) (any, error) {
	b, err := c.bind("tuple", "/", "iterable?")
	if err != nil || !b.given[0] {
		return tuple{}, err
	}
	items, err := ev.list(b.vals[0])
	return tuple(items), err
}

func toSet(ev *evaluator, c args) (any, error) {
	b, err := c.bind("set", "/", "iterable?")
	if err != nil {
		return nil, err
	}
	if !b.given[0] {
		return &set{NewDict(0)}, nil
	}
	return ev.newSet(b.vals[0])
}

func toDict(ev *evaluator, c args) (any, error) {
	out := NewDict(len(c.names))
	if len(c.pos) > 1 {
		return nil, raise("TypeError", "dict expected at most 1 argument, got %d", len(c.pos))
	}
	if len(c.pos) == 1 {
		var err error
		if out, err = ev.dictOf(c.pos[0]); err != nil {
			return nil, err
		}
	}
	for i, name := range c.names {
		out.Set(name, c.named[i])
	}
	return out, ev.slots(out.Len())
}

// dictOf copies a dict or builds one from pairs.
func (ev *evaluator) dictOf(v any) (*Dict, error) {
	if d, ok := v.(*Dict); ok {
		return d.copy(), ev.slots(d.Len())
	}
	out := NewDict(0)
	return out, ev.each(v, func(item any) (bool, error) {
		pair, err := ev.list(item)
		if err != nil {
			return false, err
		}
		if len(pair) != 2 {
			return false, raise("ValueError", "dictionary update sequence element has length %d; 2 is required", len(pair))
		}
		hash, err := hashKey(pair[0])
		if err != nil {
			return false, err
		}
		out.set(hash, pair[0], pair[1])
		return true, nil
	})
}

func toRange(_ *evaluator, c args) (any, error) {
	b, err := c.bind("range", "/", "start", "stop?", "step?")
	if err != nil {
		return nil, err
	}
	nums := [3]int64{0, 0, 1}
	for i, v := range c.pos {
		n, ok := small(v)
		if !ok || n > 1<<62 || n < -1<<62 {
			return nil, raise("TypeError", "'%s' object cannot be interpreted as an integer", typeName(v))
		}
		nums[i] = n
	}
	if !b.given[1] {
		nums[0], nums[1] = 0, nums[0]
	}
	if nums[2] == 0 {
		return nil, raise("ValueError", "range() arg 3 must not be zero")
	}
	return span{nums[0], nums[1], nums[2]}, nil
}

func toSlice(_ *evaluator, c args) (any, error) {
	b, err := c.bind("slice", "/", "start", "stop?", "step?")
	if err != nil {
		return nil, err
	}
	if len(c.pos) == 1 {
		return sliceVal{nil, b.vals[0], nil}, nil
	}
	return sliceVal{b.vals[0], b.vals[1], b.vals[2]}, nil
}

func enumerate(ev *evaluator, c args) (any, error) {
	b, err := c.bind("enumerate", "iterable", "start?")
	if err != nil {
		return nil, err
	}
	n := int64(b.int(1, 0))
	if b.err != nil {
		return nil, b.err
	}
	it, err := ev.iterate(b.vals[0])
	if err != nil {
		return nil, err
	}
	return &iterator{"enumerate", func() (any, bool, error) {
		item, ok, err := it.next()
		if err != nil || !ok {
			return nil, false, err
		}
		n++
		return tuple{n - 1, item}, true, ev.slots(2)
	}}, nil
}

func zip(ev *evaluator, c args) (any, error) {
	var its []*iterator
	for _, v := range c.pos {
		it, err := ev.iterate(v)
		if err != nil {
			return nil, err
		}
		its = append(its, it)
	}
	if len(c.names) > 0 {
		return nil, raise("TypeError", "zip() takes no keyword arguments here")
	}
	return &iterator{"zip", func() (any, bool, error) {
		row := make(tuple, len(its))
		for i, it := range its {
			item, ok, err := it.next()
			if err != nil || !ok {
				return nil, false, err
			}
			row[i] = item
		}
		return row, len(its) > 0, ev.slots(len(its))
	}}, nil
}

func reversed(ev *evaluator, c args) (any, error) {
	b, err := c.bind("reversed", "/", "sequence")
	if err != nil {
		return nil, err
	}
	switch b.vals[0].(type) {
	case *set, *iterator:
		return nil, raise("TypeError", "'%s' object is not reversible", typeName(b.vals[0]))
	}
	items, err := ev.list(b.vals[0])
	if err != nil {
		return nil, err
	}
	n := len(items)
	return &iterator{"reversed", func() (any, bool, error) {
		if n == 0 {
			return nil, false, nil
		}
		n--
		return items[n], true, ev.work(1)
	}}, nil
}
