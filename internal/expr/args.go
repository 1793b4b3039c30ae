package expr

import (
	"math"
	"strings"
)

// bind sorts the arguments of a call under the names of the parameters. A name
// with "?" may be missing (nil, false from has); "/" in front says that
// keywords are not taken.
func (c args) bind(fn string, params ...string) (*callArgs, error) {
	keywords := true
	if len(params) > 0 && params[0] == "/" {
		keywords, params = false, params[1:]
	}
	if len(c.pos) > len(params) {
		return nil, raise("TypeError", "%s() takes at most %d arguments (%d given)", fn, len(params), len(c.pos))
	}
	b := &callArgs{fn: fn, vals: make([]any, len(params)), given: make([]bool, len(params))}
	for i, v := range c.pos {
		b.vals[i], b.given[i] = v, true
	}
	for i, name := range c.names {
		at := indexOf(params, name)
		if at < 0 {
			at = indexOf(params, name+"?")
		}
		if at < 0 || b.given[at] || !keywords {
			return nil, raise("TypeError", "%s() got an unexpected keyword argument '%s'", fn, name)
		}
		b.vals[at], b.given[at] = c.named[i], true
	}
	for i, name := range params {
		if !b.given[i] && !strings.HasSuffix(name, "?") {
			return nil, raise("TypeError", "%s() missing required argument '%s'", fn, name)
		}
	}
	return b, nil
}

// callArgs are the sorted arguments of one call. Its readers note the first
// argument of a wrong kind in err.
type callArgs struct {
	fn    string
	vals  []any
	given []bool
	err   error
}

func (b *callArgs) has(i int) bool { return b.given[i] && b.vals[i] != nil }

func (b *callArgs) wrong(i int, want string) {
	if b.err == nil {
		b.err = raise("TypeError", "%s() argument %d must be %s, not %s", b.fn, i+1, want, typeName(b.vals[i]))
	}
}

// str reads a text; a missing one is the default.
func (b *callArgs) str(i int, missing string) string {
	if !b.has(i) {
		if b.given[i] && b.vals[i] == nil {
			b.wrong(i, "str")
		}
		return missing
	}
	s, ok := b.vals[i].(string)
	if !ok {
		b.wrong(i, "str")
	}
	return s
}

// int reads a whole number, cut to the range of int32.
func (b *callArgs) int(i, missing int) int {
	if !b.given[i] {
		return missing
	}
	n, ok := small(b.vals[i])
	if !ok {
		if big, isBig := intOf(b.vals[i]); isBig {
			return big.Sign() * math.MaxInt32
		}
		b.wrong(i, "int")
	}
	return int(max(math.MinInt32, min(math.MaxInt32, n)))
}

func (b *callArgs) bool(i int) bool { return b.given[i] && Truth(b.vals[i]) }

// optional gives the argument or nil.
func (b *callArgs) optional(i int) any {
	if !b.given[i] {
		return nil
	}
	return b.vals[i]
}
