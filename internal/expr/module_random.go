package expr

import "math/rand/v2"

var randomModule = &module{name: "random", attrs: map[string]any{
	"random": function("random", func(ev *evaluator, c args) (any, error) {
		if _, err := c.bind("random"); err != nil {
			return nil, err
		}
		return ev.float()
	}),
	"uniform": function("uniform", func(ev *evaluator, c args) (any, error) {
		b, err := c.bind("uniform", "a", "b")
		if err != nil {
			return nil, err
		}
		lo, lok := floatOfOr(b.vals[0])
		hi, hok := floatOfOr(b.vals[1])
		if !lok || !hok {
			return nil, raise("TypeError", "uniform() needs numbers")
		}
		f, err := ev.float()
		return lo + (hi-lo)*f, err
	}),
	"randint": function("randint", func(ev *evaluator, c args) (any, error) {
		b, err := c.bind("randint", "a", "b")
		if err != nil {
			return nil, err
		}
		lo, lok := small(b.vals[0])
		hi, hok := small(b.vals[1])
		if !lok || !hok || lo > hi || hi-lo < 0 {
			return nil, raise("ValueError", "empty range for randint")
		}
		i, err := ev.below(hi - lo + 1)
		return lo + i, err
	}),
	"randrange": function("randrange", func(ev *evaluator, c args) (any, error) {
		r, err := toRange(ev, c)
		if err != nil {
			return nil, err
		}
		s := r.(span)
		if s.len() == 0 {
			return nil, raise("ValueError", "empty range for randrange()")
		}
		i, err := ev.below(s.len())
		return s.start + i*s.step, err
	}),
	"choice":  function("choice", func(ev *evaluator, c args) (any, error) { return ev.choose("choice", c) }),
	"choices": function("choices", func(ev *evaluator, c args) (any, error) { return ev.choose("choices", c) }),
	"sample":  function("sample", sample),
}}

// dice runs f with the source of the caller, one evaluation at a time.
func (ev *evaluator) dice(f func(r *rand.Rand)) error {
	if ev.r.Random == nil {
		return raise("RuntimeError", "there is no random source")
	}
	ev.r.dice.Lock()
	defer ev.r.dice.Unlock()
	f(rand.New(ev.r.Random))
	return nil
}

func (ev *evaluator) float() (f float64, err error) {
	return f, ev.dice(func(r *rand.Rand) { f = r.Float64() })
}

func (ev *evaluator) below(n int64) (i int64, err error) {
	err = ev.dice(func(r *rand.Rand) {
		if n > 0 {
			i = r.Int64N(n)
		}
	})
	return i, err
}

func (ev *evaluator) choose(name string, c args) (any, error) {
	b, err := c.bind(name, "seq", "weights?", "cum_weights?", "k?")
	if err != nil {
		return nil, err
	}
	if b.has(1) || b.has(2) {
		return nil, raise("TypeError", "weights are not supported")
	}
	items, err := ev.list(b.vals[0])
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, raise("IndexError", "Cannot choose from an empty sequence")
	}
	if name == "choice" {
		i, err := ev.below(int64(len(items)))
		return items[i], err
	}
	n := b.int(3, 1)
	if err := ev.slots(max(0, n)); err != nil {
		return nil, err
	}
	out := make([]any, 0, max(0, n))
	for range n {
		i, err := ev.below(int64(len(items)))
		if err != nil {
			return nil, err
		}
		out = append(out, items[i])
	}
	return out, nil
}

func sample(ev *evaluator, c args) (any, error) {
	b, err := c.bind("sample", "population", "k")
	if err != nil {
		return nil, err
	}
	items, err := ev.list(b.vals[0])
	if err != nil {
		return nil, err
	}
	n := b.int(1, 0)
	if n < 0 || n > len(items) || b.err != nil {
		return nil, raise("ValueError", "Sample larger than population or is negative")
	}
	err = ev.dice(func(r *rand.Rand) {
		r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	})
	return items[:n], err
}
