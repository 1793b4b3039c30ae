package simulate

import (
	"fmt"
	"math"
	"math/big"
	"slices"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// Difference says where an outcome first differs from the expectation, "" when
// it does not. Values are compared by value: numbers as numbers, objects without
// order; {"$any": "string"} matches any text that is not empty.
func (x *Expectation) Difference(got *Expectation) string {
	if x.Rejected != "" || got.Rejected != "" {
		if x.Rejected != got.Rejected {
			return fmt.Sprintf("rejected: got %q, want %q", got.Rejected, x.Rejected)
		}
		return ""
	}
	checks := []func(*Expectation) string{x.opsDiffer, x.statesDiffer, x.valuesDiffer, x.countsDiffer}
	for _, check := range checks {
		if d := check(got); d != "" {
			return d
		}
	}
	return ""
}

func (x *Expectation) opsDiffer(got *Expectation) string {
	if !slices.Equal(x.Ops, got.Ops) {
		return fmt.Sprintf("ops: got %v, want %v", got.Ops, x.Ops)
	}
	return ""
}

func (x *Expectation) statesDiffer(got *Expectation) string {
	for _, key := range keysOf(x.States, got.States) {
		want, wanted := x.States[key]
		have, ok := got.States[key]
		switch {
		case !ok:
			return fmt.Sprintf("states[%s]: not reached, want %+v", key, want)
		case !wanted:
			return fmt.Sprintf("states[%s]: got %+v, want it unreached", key, have)
		case want != have:
			return fmt.Sprintf("states[%s]: got %+v, want %+v", key, have, want)
		}
	}
	return ""
}

func (x *Expectation) valuesDiffer(got *Expectation) string {
	parts := []struct {
		name       string
		want, have map[string]engine.Value
	}{{"inputs", x.Inputs, got.Inputs}, {"outputs", x.Outputs, got.Outputs}, {"context", x.Context, got.Context}}
	for _, part := range parts {
		for _, key := range keysOf(part.want, part.have) {
			at := part.name + "[" + key + "]"
			want, wanted := part.want[key]
			have, ok := part.have[key]
			switch {
			case !ok && part.name != "context" && empty(want.Any), !wanted && part.name != "context" && empty(have.Any):
			case !ok:
				return at + ": missing, want " + show(want.Any)
			case !wanted:
				return at + ": got " + show(have.Any) + ", want none"
			default:
				if d := differ(at, want.Any, have.Any); d != "" {
					return d
				}
			}
		}
	}
	return ""
}

func (x *Expectation) countsDiffer(got *Expectation) string {
	for _, key := range keysOf(x.Histories, got.Histories) {
		if x.Histories[key] != got.Histories[key] {
			return fmt.Sprintf("history_counts[%s]: got %d, want %d", key, got.Histories[key], x.Histories[key])
		}
	}
	if math.Abs(x.Seconds-got.Seconds) > 1e-6 {
		return fmt.Sprintf("virtual_seconds: got %v, want %v", got.Seconds, x.Seconds)
	}
	return x.traceDiffers(got)
}

// traceDiffers compares the order of changes. Between parallel branches it is
// free; a run with such branches is compared node by node.
func (x *Expectation) traceDiffers(got *Expectation) string {
	if len(x.Trace) == 0 {
		return ""
	}
	if !got.parallel {
		if !slices.Equal(x.Trace, got.Trace) {
			return fmt.Sprintf("trace: got %v, want %v", got.Trace, x.Trace)
		}
		return ""
	}
	want, have := perNode(x.Trace), perNode(got.Trace)
	for _, key := range keysOf(want, have) {
		if !slices.Equal(want[key], have[key]) {
			return fmt.Sprintf("trace[%s]: got %v, want %v", key, have[key], want[key])
		}
	}
	return ""
}

func perNode(trace [][2]string) map[string][]string {
	out := map[string][]string{}
	for _, step := range trace {
		out[step[0]] = append(out[step[0]], step[1])
	}
	return out
}

// keysOf lists the keys of both maps, sorted.
func keysOf[V any](a, b map[string]V) []string {
	keys := make([]string, 0, len(a))
	for key := range a {
		keys = append(keys, key)
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// differ compares two values and names the first place where they are apart.
func differ(at string, want, have any) string {
	if w, ok := want.(*expr.Dict); ok {
		if kind, ok := w.Get("$any"); ok && w.Len() == 1 && kind == "string" {
			if s, ok := have.(string); ok && s != "" {
				return ""
			}
			return at + ": got " + show(have) + ", want some text"
		}
		if h, ok := have.(*expr.Dict); ok {
			return differDict(at, w, h)
		}
	}
	if w, ok := want.([]any); ok {
		if h, ok := have.([]any); ok && len(w) == len(h) {
			for i := range w {
				if d := differ(fmt.Sprintf("%s[%d]", at, i), w[i], h[i]); d != "" {
					return d
				}
			}
			return ""
		}
	}
	if !same(want, have) {
		return at + ": got " + show(have) + ", want " + show(want)
	}
	return ""
}

func differDict(at string, want, have *expr.Dict) string {
	for _, key := range want.Keys() {
		w, _ := want.Get(key)
		h, ok := have.Get(key)
		if !ok {
			return at + "." + key + ": missing, want " + show(w)
		}
		if d := differ(at+"."+key, w, h); d != "" {
			return d
		}
	}
	for _, key := range have.Keys() {
		if _, ok := want.Get(key); !ok {
			h, _ := have.Get(key)
			return at + "." + key + ": got " + show(h) + ", want none"
		}
	}
	return ""
}

func same(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x.Cmp(y) == 0
	}
	switch a := a.(type) {
	case nil:
		return b == nil
	case bool:
		x, ok := b.(bool)
		return ok && x == a
	case string:
		x, ok := b.(string)
		return ok && x == a
	default:
		return false
	}
}

func number(v any) (*big.Float, bool) {
	switch v := v.(type) {
	case int64:
		return new(big.Float).SetPrec(200).SetInt64(v), true
	case *big.Int:
		return new(big.Float).SetPrec(uint(max(200, v.BitLen()))).SetInt(v), true
	case float64:
		if !math.IsNaN(v) {
			return new(big.Float).SetPrec(200).SetFloat64(v), true
		}
	}
	return nil, false
}

func empty(v any) bool {
	d, ok := v.(*expr.Dict)
	return ok && d.Len() == 0
}

func show(v any) string {
	raw, err := expr.Encode(v)
	if err != nil {
		return expr.Str(v)
	}
	return string(raw)
}
