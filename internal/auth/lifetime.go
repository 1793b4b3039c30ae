package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Bounds of the lifetime of a token (domain §2.2). The upper one keeps moments far
// from where calendars end.
const (
	DefaultLifetime = time.Hour
	MinLifetime     = time.Hour
	MaxLifetime     = 3650 * 24 * time.Hour
)

var lifetimeUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}

// ParseLifetime reads the setting token_expiration: a whole number and s, m, h or
// d, such as 90m, between MinLifetime and MaxLifetime.
func ParseLifetime(text string) (time.Duration, error) {
	if text == "" {
		return 0, errors.New("it is empty")
	}
	last := len(text) - 1
	unit, ok := lifetimeUnits[text[last]]
	n, err := strconv.ParseUint(text[:last], 10, 32)
	if !ok || err != nil {
		return 0, errors.New("it must be a whole number and s, m, h or d, such as 90m")
	}
	if n > uint64(MaxLifetime/unit) {
		return 0, fmt.Errorf("it must be at most %dd", MaxLifetime/(24*time.Hour))
	}
	d := time.Duration(n) * unit
	if d < MinLifetime {
		return 0, errors.New("it must be at least 1h")
	}
	return d, nil
}

// Lifetime is how long tokens of a space live according to the stored value of its
// setting token_expiration; DefaultLifetime without one.
func Lifetime(setting json.RawMessage) time.Duration {
	var text string
	if json.Unmarshal(setting, &text) != nil {
		return DefaultLifetime
	}
	d, err := ParseLifetime(text)
	if err != nil {
		return DefaultLifetime
	}
	return d
}
