package auth

import (
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// Bounds of the lifetime of a token. The lower one is the contract's (domain §2.2),
// the upper one keeps a slip of the pen from lasting for ever.
const (
	DefaultLifetime = time.Hour
	MinLifetime     = time.Hour
	MaxLifetime     = 365 * 24 * time.Hour
)

var lifetimeUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}

var (
	errLifetimeForm  = errors.New("must be a number and s, m, h or d, such as 90m or 1d")
	errLifetimeRange = errors.New("must be from one hour to 365 days")
)

// ParseLifetime reads the setting token_expiration: a whole number and s, m, h or d.
// The error says what is wrong with it, to be read behind the setting's name.
func ParseLifetime(text string) (time.Duration, error) {
	if text == "" {
		return 0, errLifetimeForm
	}
	last := len(text) - 1
	unit, ok := lifetimeUnits[text[last]]
	n, err := strconv.ParseUint(text[:last], 10, 32)
	if !ok || err != nil {
		return 0, errLifetimeForm
	}
	if n > uint64(MaxLifetime/unit) || time.Duration(n)*unit < MinLifetime {
		return 0, errLifetimeRange
	}
	return time.Duration(n) * unit, nil
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
