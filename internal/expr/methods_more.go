package expr

import "sort"

// Methods that would change a value in place answer as Python does, but the
// value stays: it belongs to the caller, and one expression has no second
// statement that could look at the change.

// The tables are filled at start-up because their functions evaluate lambdas,
// which look methods up in the tables.
var (
	listMethods, tupleMethods map[string]method[[]any]
	dictMethods               map[string]method[*Dict]
	setMethods                map[string]method[*set]
	// classMethods are the members of classes that templates use.
	classMethods map[string]*builtin
)

func init() {
	listMethods, tupleMethods = listTable(), tupleTable()
	dictMethods, setMethods, classMethods = dictTable(), setTable(), classTable()
}

func listTable() map[string]method[[]any] {
	return map[string]method[[]any]{
		"index": func(ev *evaluator, items []any, c args) (any, error) { return ev.itemIndex("list", items, c) },
		"count": func(ev *evaluator, items []any, c args) (any, error) { return ev.itemCount(items, c) },
		"copy":  func(ev *evaluator, items []any, c args) (any, error) { return ev.concat(items, nil) },
		"pop":   popItem,
		"append": func(_ *evaluator, _ []any, c args) (any, error) {
			_, err := c.bind("append", "/", "object")
			return nil, err
		},
		"extend": func(ev *evaluator, _ []any, c args) (any, error) {
			b, err := c.bind("extend", "/", "iterable")
			if err != nil {
				return nil, err
			}
			_, err = ev.list(b.vals[0])
			return nil, err
		},
		"insert": func(_ *evaluator, _ []any, c args) (any, error) {
			_, err := c.bind("insert", "/", "index", "object")
			return nil, err
		},
		"remove": func(ev *evaluator, items []any, c args) (any, error) {
			_, err := ev.itemIndex("list.remove", items, c)
			return nil, err
		},
		"reverse": func(_ *evaluator, _ []any, c args) (any, error) {
			_, err := c.bind("reverse")
			return nil, err
		},
		"clear": func(_ *evaluator, _ []any, c args) (any, error) {
			_, err := c.bind("clear")
			return nil, err
		},
		"sort": func(ev *evaluator, items []any, c args) (any, error) {
			b, err := c.bind("sort", "key?", "reverse?")
			if err != nil {
				return nil, err
			}
			_, err = ev.sorted(items, b.optional(0), b.bool(1))
			return nil, err
		},
	}
}

func tupleTable() map[string]method[[]any] {
	return map[string]method[[]any]{
		"index": func(ev *evaluator, items []any, c args) (any, error) { return ev.itemIndex("tuple", items, c) },
		"count": func(ev *evaluator, items []any, c args) (any, error) { return ev.itemCount(items, c) },
	}
}

func (ev *evaluator) itemIndex(kind string, items []any, c args) (any, error) {
	b, err := c.bind("index", "/", "value", "start?", "stop?")
	if err != nil {
		return nil, err
	}
	start, err := clip(b.optional(1), 0, 0, len(items), len(items))
	if err != nil {
		return nil, err
	}
	stop, err := clip(b.optional(2), len(items), 0, len(items), len(items))
	if err != nil {
		return nil, err
	}
	for i := start; i < stop; i++ {
		same, err := ev.equal(items[i], b.vals[0])
		if err != nil {
			return nil, err
		}
		if same {
			return int64(i), nil
		}
	}
	return nil, raise("ValueError", "%s is not in %s", cut(reprOf(b.vals[0]), 60), kind)
}

func (ev *evaluator) itemCount(items []any, c args) (any, error) {
	b, err := c.bind("count", "/", "value")
	if err != nil {
		return nil, err
	}
	n := int64(0)
	for _, item := range items {
		same, err := ev.equal(item, b.vals[0])
		if err != nil {
			return nil, err
		}
		if same {
			n++
		}
	}
	return n, nil
}

func popItem(_ *evaluator, items []any, c args) (any, error) {
	b, err := c.bind("pop", "/", "index?")
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, raise("IndexError", "pop from empty list")
	}
	if !b.given[0] {
		return items[len(items)-1], nil
	}
	return at(items, b.vals[0], "pop")
}

func dictTable() map[string]method[*Dict] {
	return map[string]method[*Dict]{
		"get": func(_ *evaluator, d *Dict, c args) (any, error) { return dictGet("get", d, c, true) },
		"setdefault": func(_ *evaluator, d *Dict, c args) (any, error) {
			return dictGet("setdefault", d, c, true)
		},
		"pop": func(_ *evaluator, d *Dict, c args) (any, error) {
			return dictGet("pop", d, c, len(c.pos) > 1)
		},
		"keys": func(_ *evaluator, d *Dict, c args) (any, error) {
			_, err := c.bind("keys")
			return view{"dict_keys", d.keys}, err
		},
		"values": func(_ *evaluator, d *Dict, c args) (any, error) {
			_, err := c.bind("values")
			return view{"dict_values", d.vals}, err
		},
		"items": dictItems,
		"copy": func(ev *evaluator, d *Dict, c args) (any, error) {
			return d.copy(), ev.slots(d.Len())
		},
		"popitem": func(_ *evaluator, d *Dict, c args) (any, error) {
			if d.Len() == 0 {
				return nil, raise("KeyError", "'popitem(): dictionary is empty'")
			}
			key, v := d.At(d.Len() - 1)
			return tuple{key, v}, nil
		},
		"update": func(ev *evaluator, d *Dict, c args) (any, error) {
			_, err := toDict(ev, c)
			return nil, err
		},
		"clear": func(_ *evaluator, _ *Dict, c args) (any, error) {
			_, err := c.bind("clear")
			return nil, err
		},
	}
}

func dictGet(name string, d *Dict, c args, orDefault bool) (any, error) {
	b, err := c.bind(name, "/", "key", "default?")
	if err != nil {
		return nil, err
	}
	hash, err := hashKey(b.vals[0])
	if err != nil {
		return nil, err
	}
	if v, ok := d.get(hash); ok {
		return v, nil
	}
	if !orDefault {
		return nil, raise("KeyError", "%s", cut(reprOf(b.vals[0]), 80))
	}
	return b.optional(1), nil
}

func dictItems(ev *evaluator, d *Dict, c args) (any, error) {
	if _, err := c.bind("items"); err != nil {
		return nil, err
	}
	out := make([]any, d.Len())
	for i := range out {
		key, v := d.At(i)
		out[i] = tuple{key, v}
	}
	return view{"dict_items", out}, ev.slots(3 * len(out))
}

func setTable() map[string]method[*set] {
	return map[string]method[*set]{
		"union":                setMethod("|"),
		"intersection":         setMethod("&"),
		"symmetric_difference": setMethod("^"),
		"difference":           setMethod("-"),
		"issubset":             setTest(func(a, b *set) bool { return b.covers(a) }),
		"issuperset":           setTest(func(a, b *set) bool { return a.covers(b) }),
		"isdisjoint":           setTest(func(a, b *set) bool { return a.filter(b.has).d.Len() == 0 }),
		"copy": func(ev *evaluator, s *set, _ args) (any, error) {
			return &set{s.d.copy()}, ev.slots(s.d.Len())
		},
	}
}

func setMethod(op string) method[*set] {
	return func(ev *evaluator, s *set, c args) (any, error) {
		out := s
		for _, v := range c.pos {
			other, err := ev.newSet(v)
			if err != nil {
				return nil, err
			}
			if err := ev.slots(out.d.Len() + other.d.Len()); err != nil {
				return nil, err
			}
			if op == "-" {
				out = out.filter(func(hash any) bool { return !other.has(hash) })
			} else {
				out = combine(op, out, other)
			}
		}
		return out, nil
	}
}

func setTest(test func(a, b *set) bool) method[*set] {
	return func(ev *evaluator, s *set, c args) (any, error) {
		b, err := c.bind("set method", "/", "other")
		if err != nil {
			return nil, err
		}
		other, err := ev.newSet(b.vals[0])
		if err != nil {
			return nil, err
		}
		return test(s, other), ev.work(s.d.Len())
	}
}

func classTable() map[string]*builtin {
	return map[string]*builtin{
		"dict.fromkeys": {name: "fromkeys", call: func(ev *evaluator, c args) (any, error) {
			b, err := c.bind("fromkeys", "/", "iterable", "value?")
			if err != nil {
				return nil, err
			}
			members, err := ev.newSet(b.vals[0])
			if err != nil {
				return nil, err
			}
			for i := range members.d.vals {
				members.d.vals[i] = b.optional(1)
			}
			return members.d, nil
		}},
		"str.maketrans": {name: "maketrans", call: makeTrans},
	}
}

// makeTrans builds the table of str.translate from two texts of equal length,
// a third one with the characters to drop, or a dict.
func makeTrans(ev *evaluator, c args) (any, error) {
	b, err := c.bind("maketrans", "/", "x", "y?", "z?")
	if err != nil {
		return nil, err
	}
	out := NewDict(0)
	if d, ok := b.vals[0].(*Dict); ok {
		for i := range d.Len() {
			key, v := d.At(i)
			if s, ok := key.(string); ok && len([]rune(s)) == 1 {
				key = int64([]rune(s)[0])
			}
			hash, err := hashKey(key)
			if err != nil {
				return nil, err
			}
			out.set(hash, key, v)
		}
		return out, ev.slots(d.Len())
	}
	from, to, drop := []rune(b.str(0, "")), []rune(b.str(1, "")), []rune(b.str(2, ""))
	if b.err == nil && len(from) != len(to) {
		b.err = raise("ValueError", "the first two maketrans arguments must have equal length")
	}
	if b.err != nil {
		return nil, b.err
	}
	for i, r := range from {
		out.set(int64(r), int64(r), int64(to[i]))
	}
	for _, r := range drop {
		out.set(int64(r), int64(r), nil)
	}
	return out, ev.slots(len(from) + len(drop))
}

// sortedKeys are the keys of a dict in order, for json.dumps(sort_keys=True).
func (ev *evaluator) sortedKeys(d *Dict) ([]int, error) {
	at := make([]int, d.Len())
	for i := range at {
		at[i] = i
	}
	var failed error
	sort.SliceStable(at, func(i, j int) bool {
		less, err := ev.compare("<", d.keys[at[i]], d.keys[at[j]])
		if err != nil {
			failed = err
		}
		return less
	})
	return at, failed
}
