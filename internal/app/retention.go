package app

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Retention is the flag that says how long run data are kept.
type Retention struct {
	Retain string `placeholder:"30d" help:"Sweep the run data of tasks that ended longer ago than this: a number and m, h or d, at least 1h. Everything is kept if not given."`
}

// minRetain leaves people the time to look at what has ended.
const minRetain = time.Hour

var errRetain = errors.New("must be a whole number and m, h or d, such as 36h or 30d")

// retain is how long run data are kept, 0 for always. Its errors name the flag.
func (r Retention) retain() (time.Duration, error) {
	if r.Retain == "" {
		return 0, nil
	}
	kept, err := parseSpan(r.Retain)
	if err == nil && kept < minRetain {
		err = fmt.Errorf("must be at least %dh", minRetain/time.Hour)
	}
	if err != nil {
		return 0, refuse("retain", fmt.Errorf("%q %w", r.Retain, err))
	}
	return kept, nil
}

// parseSpan reads a time that may be counted in days.
func parseSpan(text string) (time.Duration, error) {
	for suffix, unit := range map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour} {
		number, ok := strings.CutSuffix(text, suffix)
		if !ok {
			continue
		}
		const bits = 16 // 65535 days are less than a time.Duration holds
		n, err := strconv.ParseUint(number, 10, bits)
		if err != nil {
			return 0, errRetain
		}
		return time.Duration(n) * unit, nil
	}
	return 0, errRetain
}
