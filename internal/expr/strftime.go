package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// strftime formats a moment by C's directives.
func strftime(d dateTime, layout string) (string, error) {
	t := d.time()
	var b strings.Builder
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' || i+1 == len(layout) {
			b.WriteByte(layout[i])
			continue
		}
		i++
		s, ok := timeField(t, layout[i])
		if !ok {
			return "", raise("ValueError", "strftime directive %%%c is not supported", layout[i])
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

func timeField(t time.Time, c byte) (string, bool) {
	num := func(width, n int) (string, bool) { return fmt.Sprintf("%0*d", width, n), true }
	switch c {
	case 'Y':
		return num(4, t.Year())
	case 'y':
		return num(2, t.Year()%100)
	case 'm':
		return num(2, int(t.Month()))
	case 'd':
		return num(2, t.Day())
	case 'H':
		return num(2, t.Hour())
	case 'I':
		return num(2, (t.Hour()+11)%12+1)
	case 'M':
		return num(2, t.Minute())
	case 'S':
		return num(2, t.Second())
	case 'f':
		return num(6, t.Nanosecond()/1000)
	case 'j':
		return num(3, t.YearDay())
	case 'w':
		return num(1, int(t.Weekday()))
	case 'u':
		return num(1, (int(t.Weekday())+6)%7+1)
	case 'U':
		return num(2, (t.YearDay()+6-int(t.Weekday()))/7)
	case 'W':
		return num(2, (t.YearDay()+6-(int(t.Weekday())+6)%7)/7)
	case 'V':
		_, week := t.ISOWeek()
		return num(2, week)
	case 'G':
		year, _ := t.ISOWeek()
		return num(4, year)
	case 's':
		return strconv.FormatInt(t.Unix(), 10), true
	case 'z', 'Z':
		return "", true
	}
	forms := map[byte]string{
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'h': "Jan", 'B': "January", 'p': "PM", 'F': "2006-01-02", 'T': "15:04:05",
		'R': "15:04", 'D': "01/02/06", 'x': "01/02/06", 'X': "15:04:05", 'c': "Mon Jan _2 15:04:05 2006", 'e': "_2", 'r': "03:04:05 PM",
	}
	if form, ok := forms[c]; ok {
		return t.Format(form), true
	}
	switch c {
	case '%':
		return "%", true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	}
	return "", false
}

// strptime reads a moment by the directives that have a fixed meaning.
func strptime(s, layout string) (dateTime, error) {
	bad := raise("ValueError", "time data %s does not match format %s", cut(reprOf(s), 60), cut(reprOf(layout), 60))
	p := timeParser{rest: s, year: 1900, month: 1, day: 1}
	for i := 0; i < len(layout); i++ {
		c := layout[i]
		switch {
		case c == '%' && i+1 < len(layout):
			i++
			if !p.field(layout[i]) {
				return 0, bad
			}
		case c == ' ' || c == '\t' || c == '\n':
			p.rest = strings.TrimLeft(p.rest, " \t\n\r")
		case p.rest == "" || p.rest[0] != c:
			return 0, bad
		default:
			p.rest = p.rest[1:]
		}
	}
	if p.rest != "" {
		return 0, raise("ValueError", "unconverted data remains: %s", cut(p.rest, 60))
	}
	if p.pm && p.hour < 12 {
		p.hour += 12
	}
	if p.am && p.hour == 12 {
		p.hour = 0
	}
	return makeMoment([]int{p.year, p.month, p.day, p.hour, p.minute, p.second, p.micro})
}

type timeParser struct {
	rest                                          string
	year, month, day, hour, minute, second, micro int
	am, pm                                        bool
}

func (p *timeParser) field(c byte) bool {
	switch c {
	case 'Y':
		return p.number(&p.year, 4, 4, 1, 9999)
	case 'y':
		ok := p.number(&p.year, 2, 2, 0, 99)
		if p.year += 1900; p.year < 1969 {
			p.year += 100
		}
		return ok
	case 'm':
		return p.number(&p.month, 1, 2, 1, 12)
	case 'd':
		return p.number(&p.day, 1, 2, 1, 31)
	case 'H':
		return p.number(&p.hour, 1, 2, 0, 23)
	case 'I':
		return p.number(&p.hour, 1, 2, 1, 12)
	case 'M':
		return p.number(&p.minute, 1, 2, 0, 59)
	case 'S':
		return p.number(&p.second, 1, 2, 0, 59)
	case 'f':
		before := len(p.rest)
		ok := p.number(&p.micro, 1, 6, 0, 999999)
		for n := before - len(p.rest); n < 6; n++ {
			p.micro *= 10
		}
		return ok
	case 'b', 'h':
		return p.name(&p.month, func(m int) string { return time.Month(m).String()[:3] }, 12)
	case 'B':
		return p.name(&p.month, func(m int) string { return time.Month(m).String() }, 12)
	case 'a':
		return p.name(new(int), func(d int) string { return time.Weekday(d - 1).String()[:3] }, 7)
	case 'A':
		return p.name(new(int), func(d int) string { return time.Weekday(d - 1).String() }, 7)
	case 'p':
		half := 0
		ok := p.name(&half, func(h int) string { return [...]string{"AM", "PM"}[h-1] }, 2)
		p.am, p.pm = half == 1, half == 2
		return ok
	case '%':
		ok := strings.HasPrefix(p.rest, "%")
		p.rest = strings.TrimPrefix(p.rest, "%")
		return ok
	case 'T':
		return p.field('H') && p.char(':') && p.field('M') && p.char(':') && p.field('S')
	case 'F':
		return p.field('Y') && p.char('-') && p.field('m') && p.char('-') && p.field('d')
	}
	return false
}

func (p *timeParser) char(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *timeParser) number(to *int, least, most, low, high int) bool {
	n := 0
	for n < len(p.rest) && n < most && isDigit(p.rest[n]) {
		n++
	}
	if n < least {
		return false
	}
	v, err := strconv.Atoi(p.rest[:n])
	if err == nil && v > high && n > least {
		n--
		v, err = strconv.Atoi(p.rest[:n])
	}
	p.rest = p.rest[n:]
	*to = v
	return err == nil && v >= low && v <= high
}

func (p *timeParser) name(to *int, name func(int) string, n int) bool {
	for i := 1; i <= n; i++ {
		if word := name(i); len(p.rest) >= len(word) && strings.EqualFold(p.rest[:len(word)], word) {
			*to, p.rest = i, p.rest[len(word):]
			return true
		}
	}
	return false
}

// makeMoment checks year, month, day, hour, minute, second, microsecond.
func makeMoment(f []int) (dateTime, error) {
	for len(f) < 7 {
		f = append(f, 0)
	}
	t := time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], f[6]*1000, time.UTC)
	got := []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1000}
	names := []string{"year", "month", "day", "hour", "minute", "second", "microsecond"}
	for i := range got {
		if got[i] != f[i] || f[0] < 1 || f[0] > 9999 {
			return 0, raise("ValueError", "%s is out of range", names[i])
		}
	}
	return dateTime(t.UnixMicro()), nil
}
