package plugin

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// Timer is sleep_timer: it waits some seconds or until a date.
type Timer struct{}

// Outputs of a timer, and the rules of its waiting (bk-flow's sleep_timer).
const (
	timerZone = "business_tz"
	timerTime = "timing_time"
	// timerTick is the longest sleep between two looks at the clock.
	timerTick = 24*time.Hour - 5*time.Minute
	// timerSlack is how much earlier than its time a timer wakes up; less than
	// timerNear before it the wait is over.
	timerSlack = 500 * time.Millisecond
	timerNear  = time.Second
	timerText  = "2006-01-02 15:04:05"
)

var (
	// timerDate is the form of a date. Like the original it has no year 0000 and no
	// 29th of February.
	timerDate = regexp.MustCompile(`^(\d{3}[1-9]|\d{2}[1-9]\d|\d[1-9]\d{2}|[1-9]\d{3})-` +
		`((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8])) ` +
		`([01]\d|2[0-3]):[0-5]\d:[0-5]\d\n?$`)
	timerSeconds = regexp.MustCompile(`^\d+\n?$`)
)

// Spec declares sleep_timer.
func (Timer) Spec() engine.Spec {
	return engine.Spec{
		Code: "sleep_timer", Version: "legacy", Name: "Timer", Pure: true, Schedule: engine.Poll,
		Inputs: []engine.FieldSpec{
			{Key: "bk_timing", Name: "Seconds, or a date as YYYY-MM-DD HH:MM:SS", Type: "string", Required: true},
			{Key: "force_check", Name: "Refuse a date that is past", Type: "boolean"},
		},
	}
}

// Execute fixes the time to wait for. A date is read in the location of the call.
func (Timer) Execute(call *engine.Call) engine.Answer {
	call.Outputs.Set(timerZone, call.Location.String())
	now := call.At.In(call.Location)
	timing := expr.Str(call.Input("bk_timing"))
	var until time.Time
	switch {
	case timerDate.MatchString(timing):
		date, err := time.ParseInLocation(timerText, strings.TrimSuffix(timing, "\n"), call.Location)
		if err != nil {
			return engine.Raisef("ValueError: %v", err)
		}
		check, given := call.Inputs.Get("force_check")
		if (!given || expr.Truth(check)) && now.After(date) {
			return call.Fail("the time must be later than now")
		}
		until = date
	case timerSeconds.MatchString(timing):
		seconds, _ := new(big.Int).SetString(strings.TrimSuffix(timing, "\n"), 10)
		if !seconds.IsInt64() || seconds.Int64() > int64(timerMost/time.Second) {
			return engine.Raisef("OverflowError: date value out of range: %s seconds", timing)
		}
		until = now.Add(time.Duration(seconds.Int64()) * time.Second)
	default:
		return call.Fail(fmt.Sprintf("the input %s is neither a number of seconds nor a date of the form YYYY-MM-DD HH:MM:SS", timing))
	}
	call.Outputs.Set(timerTime, timerFormat(until))
	return engine.Answer{OK: true}
}

// timerMost is the longest wait: what a time.Duration holds with room to spare.
const timerMost = 200 * 365 * 24 * time.Hour

// Schedule looks at the clock and says when to look again.
func (Timer) Schedule(call *engine.Call) engine.Answer {
	stored, _ := call.Outputs.Get(timerTime)
	until, err := timerParse(expr.Str(stored))
	if err != nil {
		return engine.Raisef("the stored time is broken: %v", err)
	}
	switch left := until.Sub(call.At); {
	case left < timerNear:
		return engine.Success()
	case left > timerTick+5*time.Minute:
		return engine.Waiting(timerTick)
	default:
		return engine.Waiting(left - timerSlack)
	}
}

// timerFormat writes a time as Python's str() does: microseconds only when there
// are any, and the offset with a colon.
func timerFormat(t time.Time) string {
	if t.Nanosecond()/1000 == 0 {
		return t.Format("2006-01-02 15:04:05-07:00")
	}
	return t.Format("2006-01-02 15:04:05.000000-07:00")
}

func timerParse(text string) (time.Time, error) {
	return time.Parse("2006-01-02 15:04:05.999999-07:00", text)
}
