package expr

import "time"

func (d dateTime) member(name string) (any, bool) {
	t := d.time()
	switch name {
	case "hour", "minute", "second", "microsecond":
		return d.clock().member(name)
	case "date":
		return answer(name, d.date()), true
	case "time":
		return answer(name, d.clock()), true
	case "isoformat":
		return function(name, func(_ *evaluator, c args) (any, error) {
			b, err := c.bind(name, "sep?", "timespec?")
			if err != nil {
				return nil, err
			}
			return d.iso(b.str(0, "T")), b.err
		}), true
	case "timestamp":
		// The zone of a naive moment is that of the caller's clock.
		return function(name, func(ev *evaluator, c args) (any, error) {
			now, err := ev.now()
			if err != nil {
				return nil, err
			}
			local := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), now.Location())
			return float64(local.UnixMicro()) / 1e6, nil
		}), true
	case "replace":
		return function(name, func(_ *evaluator, c args) (any, error) {
			old := []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1000}
			f, err := changed(c, old, "year?", "month?", "day?", "hour?", "minute?", "second?", "microsecond?")
			if err != nil {
				return nil, err
			}
			return makeMoment(f)
		}), true
	}
	return calendar(d, name)
}

func (d date) member(name string) (any, bool) {
	t := d.midnight().time()
	switch name {
	case "isoformat":
		return answer(name, d.str()), true
	case "replace":
		return function(name, func(_ *evaluator, c args) (any, error) {
			f, err := changed(c, []int{t.Year(), int(t.Month()), t.Day()}, "year?", "month?", "day?")
			if err != nil {
				return nil, err
			}
			out, err := makeMoment(f)
			return out.date(), err
		}), true
	}
	return calendar(d.midnight(), name)
}

// calendar gives the members that dates with and without a time share.
func calendar(d dateTime, name string) (any, bool) {
	t := d.time()
	switch name {
	case "year":
		return int64(t.Year()), true
	case "month":
		return int64(t.Month()), true
	case "day":
		return int64(t.Day()), true
	case "weekday":
		return answer(name, int64(t.Weekday()+6)%7), true
	case "isoweekday":
		return answer(name, int64(t.Weekday()+6)%7+1), true
	case "isocalendar":
		year, week := t.ISOWeek()
		return answer(name, tuple{int64(year), int64(week), int64(t.Weekday()+6)%7 + 1}), true
	case "strftime":
		return strftimeOf(d), true
	}
	return nil, false
}

func (c clock) member(name string) (any, bool) {
	t := c.onEpoch().time()
	switch name {
	case "hour":
		return int64(t.Hour()), true
	case "minute":
		return int64(t.Minute()), true
	case "second":
		return int64(t.Second()), true
	case "microsecond":
		return int64(t.Nanosecond() / 1000), true
	case "isoformat":
		return answer(name, c.str()), true
	case "strftime":
		return strftimeOf(c.onEpoch()), true
	}
	return nil, false
}

func (d delta) member(name string) (any, bool) {
	days := floorDiv(int64(d), day)
	rest := int64(d) - days*day
	switch name {
	case "days":
		return days, true
	case "seconds":
		return rest / second, true
	case "microseconds":
		return rest % second, true
	case "total_seconds":
		return answer(name, float64(d)/1e6), true
	}
	return nil, false
}

// answer is a method without arguments whose result is at hand.
func answer(name string, v any) *builtin {
	return function(name, func(_ *evaluator, c args) (any, error) {
		_, err := c.bind(name)
		return v, err
	})
}

func strftimeOf(d dateTime) *builtin {
	return function("strftime", func(ev *evaluator, c args) (any, error) {
		b, err := c.bind("strftime", "format")
		if err != nil {
			return nil, err
		}
		layout := b.str(0, "")
		if b.err != nil {
			return nil, b.err
		}
		return ev.strftime(d, layout)
	})
}

// changed reads the fields that replace() names over the old ones.
func changed(c args, old []int, params ...string) ([]int, error) {
	b, err := c.bind("replace", params...)
	if err != nil {
		return nil, err
	}
	for i := range old {
		old[i] = b.int(i, old[i])
	}
	return old, b.err
}
