package expr

import (
	"math"
	"time"
)

// now is the moment by the caller's clock, in the zone of its time.
func (ev *evaluator) now() (time.Time, error) {
	if ev.r.Now == nil {
		return time.Time{}, raise("RuntimeError", "there is no clock")
	}
	return ev.r.Now(), nil
}

// fields reads whole numbers for the parts of a date or time.
func fields(fn string, c args, params ...string) ([]int, error) {
	b, err := c.bind(fn, params...)
	if err != nil {
		return nil, err
	}
	out := make([]int, len(params))
	for i := range params {
		out[i] = b.int(i, 0)
	}
	return out, b.err
}

var timeModule = &module{name: "time", attrs: map[string]any{
	"time": function("time", func(ev *evaluator, c args) (any, error) {
		if _, err := c.bind("time"); err != nil {
			return nil, err
		}
		t, err := ev.now()
		return float64(t.UnixMicro()) / 1e6, err
	}),
	"strftime": function("strftime", func(ev *evaluator, c args) (any, error) {
		b, err := c.bind("strftime", "/", "format")
		if err != nil {
			return nil, err
		}
		layout := b.str(0, "")
		t, err := ev.now()
		if b.err != nil || err != nil {
			return nil, raise("TypeError", "time.strftime() needs a format and a clock")
		}
		return ev.strftime(civil(t), layout)
	}),
}}

func (ev *evaluator) strftime(d dateTime, layout string) (any, error) {
	if err := ev.grow(4 * len(layout)); err != nil {
		return nil, err
	}
	s, err := strftime(d, layout)
	if err != nil {
		return nil, err
	}
	return s, ev.grow(len(s))
}

var datetimeModule = &module{name: "datetime", attrs: map[string]any{
	"datetime":  datetimeClass,
	"date":      dateClass,
	"time":      clockClass,
	"timedelta": deltaClass,
	"MINYEAR":   int64(1), "MAXYEAR": int64(9999),
}}

var datetimeClass = &module{name: "datetime.datetime", call: function("datetime", func(_ *evaluator, c args) (any, error) {
	f, err := fields("datetime", c, "year", "month", "day", "hour?", "minute?", "second?", "microsecond?")
	if err != nil {
		return nil, err
	}
	return makeMoment(f)
}), attrs: map[string]any{
	"now":    nowFunction("now"),
	"today":  nowFunction("today"),
	"utcnow": nowFunction("utcnow"),
	"strptime": function("strptime", func(ev *evaluator, c args) (any, error) {
		b, err := c.bind("strptime", "/", "date_string", "format")
		if err != nil {
			return nil, err
		}
		s, layout := b.str(0, ""), b.str(1, "")
		if b.err != nil {
			return nil, b.err
		}
		if err := ev.scan(len(s) + len(layout)); err != nil {
			return nil, err
		}
		return strptime(s, layout)
	}),
	"fromtimestamp": function("fromtimestamp", func(ev *evaluator, c args) (any, error) {
		b, err := c.bind("fromtimestamp", "timestamp")
		if err != nil {
			return nil, err
		}
		t, err := ev.now()
		if err != nil {
			return nil, err
		}
		f, ok := floatOfOr(b.vals[0])
		if !ok || math.Abs(f) > 2e11 {
			return nil, raise("ValueError", "timestamp is out of range")
		}
		return civil(time.UnixMicro(int64(math.RoundToEven(f * 1e6))).In(t.Location())), nil
	}),
	"fromisoformat": function("fromisoformat", func(_ *evaluator, c args) (any, error) {
		b, err := c.bind("fromisoformat", "/", "date_string")
		if err != nil {
			return nil, err
		}
		s := b.str(0, "")
		for _, layout := range []string{"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
			"%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f"} {
			if d, err := strptime(s, layout); err == nil {
				return d, nil
			}
		}
		return nil, raise("ValueError", "Invalid isoformat string: %s", cut(reprOf(s), 60))
	}),
	"combine": function("combine", func(_ *evaluator, c args) (any, error) {
		b, err := c.bind("combine", "date", "time")
		if err != nil {
			return nil, err
		}
		d, dok := b.vals[0].(date)
		t, tok := b.vals[1].(clock)
		if !dok || !tok {
			return nil, raise("TypeError", "combine() needs a date and a time")
		}
		return d.midnight() + dateTime(t), nil
	}),
	"min": firstMoment, "max": lastMoment,
}}

func nowFunction(name string) *builtin {
	return function(name, func(ev *evaluator, c args) (any, error) {
		if _, err := c.bind(name); err != nil {
			return nil, err
		}
		t, err := ev.now()
		if name == "utcnow" {
			t = t.UTC()
		}
		return civil(t), err
	})
}

var dateClass = &module{name: "datetime.date", call: function("date", func(_ *evaluator, c args) (any, error) {
	f, err := fields("date", c, "year", "month", "day")
	if err != nil {
		return nil, err
	}
	d, err := makeMoment(f)
	return d.date(), err
}), attrs: map[string]any{
	"today": function("today", func(ev *evaluator, c args) (any, error) {
		if _, err := c.bind("today"); err != nil {
			return nil, err
		}
		t, err := ev.now()
		return civil(t).date(), err
	}),
	"fromisoformat": function("fromisoformat", func(_ *evaluator, c args) (any, error) {
		b, err := c.bind("fromisoformat", "/", "date_string")
		if err != nil {
			return nil, err
		}
		d, err := strptime(b.str(0, ""), "%Y-%m-%d")
		return d.date(), err
	}),
}}

var clockClass = &module{name: "datetime.time", call: function("time", func(_ *evaluator, c args) (any, error) {
	f, err := fields("time", c, "hour?", "minute?", "second?", "microsecond?")
	if err != nil {
		return nil, err
	}
	d, err := makeMoment(append([]int{1970, 1, 1}, f...))
	return d.clock(), err
}), attrs: map[string]any{}}

var deltaClass = &module{name: "datetime.timedelta", call: function("timedelta", func(_ *evaluator, c args) (any, error) {
	b, err := c.bind("timedelta", "days?", "seconds?", "microseconds?", "milliseconds?", "minutes?", "hours?", "weeks?")
	if err != nil {
		return nil, err
	}
	units := []float64{float64(day), float64(second), 1, 1000, 60 * float64(second), 3600 * float64(second), 7 * float64(day)}
	total := 0.0
	for i, unit := range units {
		if !b.given[i] {
			continue
		}
		f, ok := floatOfOr(b.vals[i])
		if !ok {
			return nil, raise("TypeError", "unsupported type for timedelta component: %s", typeName(b.vals[i]))
		}
		total += f * unit
	}
	if math.IsNaN(total) || math.Abs(total) > 1e18 {
		return nil, raise("OverflowError", "timedelta is out of range")
	}
	return delta(math.RoundToEven(total)), nil
}), attrs: map[string]any{}}
