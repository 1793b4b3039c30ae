package expr

import (
	"fmt"
	"strconv"
	"time"
)

// zoned is a moment or a time of day with an offset from UTC in minutes.
type zoned struct {
	kind   string
	local  int64 // microseconds, as the clock on the wall shows them
	offset int
}

func (z zoned) kindName() string { return z.kind }

func (z zoned) utc() int64 { return z.local - int64(z.offset)*60*second }

func (z zoned) str() string {
	s := dateTime(z.local).str()
	if z.kind == "datetime.time" {
		s = clock(z.local).str()
	}
	sign, minutes := '+', z.offset
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%s%c%02d:%02d", s, sign, minutes/60, minutes%60)
}

func (z zoned) repr() string { return "<" + z.kind + " " + z.str() + ">" }

// feelDateWord reads what follows "date": ("2024-01-31"), or
// and time("2024-01-31T10:00:00+08:00").
func feelDateWord(p *feelParser) (feel, error) {
	both := p.word("and")
	if both && !p.word("time") {
		return nil, p.unexpected("time")
	}
	if err := p.quoted(); err != nil {
		return nil, err
	}
	d := p.token(feelDate)
	if d == "" {
		return nil, p.unexpected("a date like 2024-01-31")
	}
	if !both {
		return func(*evaluator, *Dict) (any, error) {
			m, err := strptime(d, "%Y-%m-%d")
			return m.date(), err
		}, p.unquoted()
	}
	if err := p.need("T"); err != nil {
		return nil, err
	}
	t, zone, err := p.clockText()
	if err != nil {
		return nil, err
	}
	return func(*evaluator, *Dict) (any, error) {
		m, err := strptime(d+" "+t, "%Y-%m-%d %H:%M:%S")
		if err != nil || zone == nil {
			return m, err
		}
		return zoned{"datetime.datetime", int64(m), *zone}, nil
	}, p.unquoted()
}

func feelTimeWord(p *feelParser) (feel, error) {
	if err := p.quoted(); err != nil {
		return nil, err
	}
	t, zone, err := p.clockText()
	if err != nil {
		return nil, err
	}
	return func(*evaluator, *Dict) (any, error) {
		m, err := strptime(t, "%H:%M:%S")
		if err != nil || zone == nil {
			return m.clock(), err
		}
		return zoned{"datetime.time", int64(m.clock()), *zone}, nil
	}, p.unquoted()
}

func (p *feelParser) quoted() error {
	if err := p.need("("); err != nil {
		return err
	}
	return p.need(`"`)
}

func (p *feelParser) unquoted() error {
	if err := p.need(`"`); err != nil {
		return err
	}
	return p.need(")")
}

// clockText reads 10:00:00 and a zone: Z or an offset. Zones by name would need
// a time zone database, which this package cannot reach.
func (p *feelParser) clockText() (text string, zone *int, err error) {
	if text = p.token(feelTime); text == "" {
		return "", nil, p.unexpected("a time like 10:00:00")
	}
	switch offset := p.token(feelOffset); {
	case offset != "":
		// The sign is that of the hours, so -00:30 counts as +00:30 as it does in
		// the reference library.
		hours, _ := strconv.Atoi(offset[:3])
		minutes, _ := strconv.Atoi(offset[4:])
		total := hours*60 + minutes
		if hours < 0 {
			total = hours*60 - minutes
		}
		return text, &total, nil
	case p.word("Z"):
		return text, new(int), nil
	case p.sign("@"):
		return "", nil, fmt.Errorf("time zones by name are not supported, write an offset like +08:00")
	}
	return text, nil, nil
}

// feelNow reads "()" after now or today.
func feelNow(today bool) func(p *feelParser) (feel, error) {
	return func(p *feelParser) (feel, error) {
		if err := p.need("("); err != nil {
			return nil, err
		}
		return func(ev *evaluator, _ *Dict) (any, error) {
			t, err := ev.now()
			if today {
				return civil(t).date(), err
			}
			return civil(t), err
		}, p.need(")")
	}
}

// feelCalendar is "month of year" and "day of week" of a date written out. The
// reference library spells August "Auguest".
func feelCalendar(rest string) func(p *feelParser) (feel, error) {
	return func(p *feelParser) (feel, error) {
		if err := p.words(rest); err != nil {
			return nil, err
		}
		if err := p.need("("); err != nil {
			return nil, err
		}
		if err := p.words("date"); err != nil {
			return nil, err
		}
		f, err := feelDateWord(p)
		if err != nil {
			return nil, err
		}
		return func(ev *evaluator, vars *Dict) (any, error) {
			v, err := f(ev, vars)
			if err != nil {
				return nil, err
			}
			t := civilTime(v)
			if rest == "of week" {
				return t.Weekday().String(), nil
			}
			if t.Month() == time.August {
				return "Auguest", nil
			}
			return t.Month().String(), nil
		}, p.need(")")
	}
}

func civilTime(v any) time.Time {
	switch v := v.(type) {
	case date:
		return v.midnight().time()
	case dateTime:
		return v.time()
	case zoned:
		return dateTime(v.local).time()
	default:
		return time.Time{}
	}
}
