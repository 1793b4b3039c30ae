package expr

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Dates and times without a zone, as datetime has them. All count microseconds.
type (
	// dateTime counts from 1970-01-01 00:00:00.
	dateTime int64
	// date counts days from 1970-01-01.
	date int64
	// clock is a time of day.
	clock int64
	// delta is a timedelta.
	delta int64
)

const (
	second = int64(1e6)
	day    = 86400 * second
)

var (
	firstMoment = dateTime(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
	lastMoment  = dateTime(time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC).UnixMicro())
)

// civil takes the fields of t as they read in its zone.
func civil(t time.Time) dateTime {
	return dateTime(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC).UnixMicro())
}

func (d dateTime) time() time.Time { return time.UnixMicro(int64(d)).UTC() }
func (d dateTime) date() date      { return date(floorDiv(int64(d), day)) }
func (d dateTime) clock() clock    { return clock(int64(d) - floorDiv(int64(d), day)*day) }
func (d date) midnight() dateTime  { return dateTime(int64(d) * day) }
func (c clock) onEpoch() dateTime  { return dateTime(c) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func (d dateTime) kindName() string { return "datetime.datetime" }
func (d date) kindName() string     { return "datetime.date" }
func (c clock) kindName() string    { return "datetime.time" }
func (d delta) kindName() string    { return "datetime.timedelta" }

func (d dateTime) str() string { return d.iso(" ") }

func (d dateTime) iso(sep string) string {
	return d.time().Format("2006-01-02") + sep + d.clock().str()
}

func (d date) str() string { return d.midnight().time().Format("2006-01-02") }

func (c clock) str() string {
	t := c.onEpoch().time()
	if int64(c)%second != 0 {
		return t.Format("15:04:05.000000")
	}
	return t.Format("15:04:05")
}

// str is like "-1 day, 23:59:59" or "2:00:00.500000".
func (d delta) str() string {
	days := floorDiv(int64(d), day)
	rest := int64(d) - days*day
	s := fmt.Sprintf("%d:%02d:%02d", rest/(3600*second), rest/(60*second)%60, rest/second%60)
	if rest%second != 0 {
		s += fmt.Sprintf(".%06d", rest%second)
	}
	switch {
	case days == 1 || days == -1:
		return fmt.Sprintf("%d day, %s", days, s)
	case days != 0:
		return fmt.Sprintf("%d days, %s", days, s)
	default:
		return s
	}
}

func (d dateTime) repr() string {
	t := d.time()
	fields := []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute()}
	if t.Second() != 0 || t.Nanosecond() != 0 {
		fields = append(fields, t.Second())
	}
	if t.Nanosecond() != 0 {
		fields = append(fields, t.Nanosecond()/1000)
	}
	return "datetime.datetime(" + joinInts(fields) + ")"
}

func (d date) repr() string {
	t := d.midnight().time()
	return "datetime.date(" + joinInts([]int{t.Year(), int(t.Month()), t.Day()}) + ")"
}

func (c clock) repr() string {
	t := c.onEpoch().time()
	fields := []int{t.Hour(), t.Minute()}
	if t.Second() != 0 || t.Nanosecond() != 0 {
		fields = append(fields, t.Second())
	}
	if t.Nanosecond() != 0 {
		fields = append(fields, t.Nanosecond()/1000)
	}
	return "datetime.time(" + joinInts(fields) + ")"
}

func (d delta) repr() string {
	days := floorDiv(int64(d), day)
	rest := int64(d) - days*day
	var parts []string
	for _, p := range []struct {
		name string
		n    int64
	}{{"days", days}, {"seconds", rest / second}, {"microseconds", rest % second}} {
		if p.n != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", p.name, p.n))
		}
	}
	if len(parts) == 0 {
		return "datetime.timedelta(0)"
	}
	return "datetime.timedelta(" + strings.Join(parts, ", ") + ")"
}

func joinInts(ints []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ints), " ", ", "), "[]")
}

// shift moves a moment; ok is false outside of the years 1 to 9999.
func shift(d dateTime, by delta) (dateTime, bool) {
	const far = delta(1 << 60)
	if by > far || by < -far {
		return 0, false
	}
	out := d + dateTime(by)
	return out, out >= firstMoment && out <= lastMoment
}

// addTime is + between dates and spans of time.
func addTime(l, r any) (any, bool) {
	if d, ok := l.(delta); ok {
		if other, ok := r.(delta); ok {
			return d + other, true
		}
		l, r = r, l
	}
	by, ok := r.(delta)
	if !ok {
		return nil, false
	}
	switch l := l.(type) {
	case dateTime:
		return shift(l, by)
	case date:
		out, ok := shift(l.midnight(), delta(floorDiv(int64(by), day)*day))
		return out.date(), ok
	}
	return nil, false
}

// subTime is - between dates and spans of time.
func subTime(l, r any) (any, bool) {
	if by, ok := r.(delta); ok {
		return addTime(l, -by)
	}
	switch a := l.(type) {
	case dateTime:
		if b, ok := r.(dateTime); ok {
			return delta(a - b), true
		}
	case date:
		if b, ok := r.(date); ok {
			return delta(int64(a-b) * day), true
		}
	}
	return nil, false
}

func scaleDelta(d delta, by any) (any, bool) {
	f, ok := floatOfOr(by)
	if !ok || math.Abs(float64(d)*f) > 1e18 {
		return nil, false
	}
	if i, ok := small(by); ok {
		return delta(int64(d) * i), true
	}
	return delta(math.RoundToEven(float64(d) * f)), true
}

func divideDelta(op string, l, r any) (any, bool, error) {
	d, ok := l.(delta)
	if !ok {
		return nil, false, nil
	}
	if other, ok := r.(delta); ok {
		if other == 0 {
			return nil, false, raise("ZeroDivisionError", "division by zero")
		}
		if op == "//" {
			return floorDiv(int64(d), int64(other)), true, nil
		}
		return float64(d) / float64(other), true, nil
	}
	f, ok := floatOfOr(r)
	if !ok {
		return nil, false, nil
	}
	if f == 0 {
		return nil, false, raise("ZeroDivisionError", "division by zero")
	}
	if op == "//" {
		return delta(math.Floor(float64(d) / f)), true, nil
	}
	return delta(math.RoundToEven(float64(d) / f)), true, nil
}

// timeOrder compares two values of the same kind of time.
func timeOrder(l, r any) (int, bool) {
	switch a := l.(type) {
	case dateTime:
		b, ok := r.(dateTime)
		return compareInts(int64(a), int64(b)), ok
	case date:
		b, ok := r.(date)
		return compareInts(int64(a), int64(b)), ok
	case clock:
		b, ok := r.(clock)
		return compareInts(int64(a), int64(b)), ok
	case delta:
		b, ok := r.(delta)
		return compareInts(int64(a), int64(b)), ok
	case zoned:
		b, ok := r.(zoned)
		return compareInts(a.utc(), b.utc()), ok && a.kind == b.kind
	default:
		return 0, false
	}
}
