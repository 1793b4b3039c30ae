package app

import (
	"strings"
	"testing"
	"time"
)

func TestHowLongRunDataAreKept(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "1h": time.Hour, "60m": time.Hour, "36h": 36 * time.Hour, "30d": 30 * 24 * time.Hour, "65535d": 65535 * 24 * time.Hour,
	} {
		if got, err := (Retention{text}).retain(); err != nil || got != want {
			t.Errorf("%q: %v (%v), want %v", text, got, err, want)
		}
	}
}

func TestATimeThatIsTooShortOrNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "0d", "59m", "30", "d", "-1d", "1.5d", "30s", "1d2h", "99999d", "30 d", "forever"} {
		_, err := (Retention{text}).retain()
		if err == nil || !strings.Contains(err.Error(), "retain") && !strings.Contains(err.Error(), text) {
			t.Errorf("%q is taken, or refused without its name: %v", text, err)
		}
	}
}
