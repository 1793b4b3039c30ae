package flow

import (
	"math"
	"strconv"
	"strings"
)

// The caps of the automatic retry (domain §1.9 step 9).
const (
	maxAutoRetryTimes    = 10
	maxAutoRetryInterval = 10 // seconds
)

func (r *reader) autoRetry(i int) AutoRetry {
	if !r.object(i) {
		return AutoRetry{}
	}
	a := AutoRetry{Times: maxAutoRetryTimes}
	for c := range r.children(i) {
		switch r.key(c) {
		case "enable":
			a.Enable = r.truthy(c)
		case "times":
			a.Times = r.capped(c, maxAutoRetryTimes)
		case "interval":
			a.Interval = r.capped(c, maxAutoRetryInterval)
		}
	}
	return a
}

// capped reads the absolute value of a number or of a numeric text, at most limit;
// everything that is no number counts as the limit.
func (r *reader) capped(i, limit int) int {
	switch r.spans[i].kind {
	case kindTrue:
		return 1
	case kindFalse:
		return 0
	case kindNumber:
		f, err := strconv.ParseFloat(r.raw(i), 64)
		if err != nil || math.Abs(f) >= float64(limit) {
			return limit
		}
		return int(math.Abs(f))
	case kindString:
		n, err := strconv.Atoi(strings.TrimSpace(r.text(i)))
		if err != nil || n <= -limit || n >= limit {
			return limit
		}
		return max(n, -n)
	default:
		return limit
	}
}

func (r *reader) timeout(i int) Timeout {
	if !r.object(i) {
		return Timeout{}
	}
	t := Timeout{}
	for c := range r.children(i) {
		switch r.key(c) {
		case "enable":
			t.Declared = r.truthy(c)
		case "seconds":
			if n, ok := r.whole(c); ok && n > 0 {
				t.Seconds = n
			}
		case "action":
			t.Action = r.str(c)
		}
	}
	t.Enable = t.Declared && t.Seconds > 0
	return t
}

func (r *reader) loop(i int) LoopConfig {
	if !r.object(i) {
		return LoopConfig{}
	}
	l := LoopConfig{}
	for c := range r.children(i) {
		switch r.key(c) {
		case "enable":
			l.Enable = r.truthy(c)
		case "loop_times":
			l.Times = r.integer(c)
		case "fail_skip":
			l.FailSkip = r.boolean(c, false)
		case "retryable":
			l.Retryable = r.boolean(c, false)
		case "skippable":
			l.Skippable = r.boolean(c, false)
		case "outputs_key":
			l.OutputsKey = r.str(c)
		}
	}
	return l
}
