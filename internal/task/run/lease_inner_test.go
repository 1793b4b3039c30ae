package run

import (
	"testing"
	"time"
)

// A call must be given up before others take its lease for over, and they go by the time
// that the lease was written with.
func TestALeaseHoldsFromTheTimeThatItWasWrittenWith(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	r := New(Deps{Now: func() time.Time { return at }})
	for name, c := range map[string]struct {
		ago, left time.Duration
	}{
		"JustNow":          {0, 5 * time.Second},
		"AfterASlowCommit": {3 * time.Second, 2 * time.Second},
		"TooLate":          {5 * time.Second, 0},
		"AfterStandstill":  {time.Minute, -55 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if left := r.holds(at.Add(-c.ago)); left != c.left {
				t.Errorf("%s are left, want %s", left, c.left)
			}
			ctx, held := r.hold(callKey{1, len(name)}, at.Add(-c.ago))
			defer held.end()
			if over := ctx.Err() != nil; over != (c.left <= 0) {
				t.Errorf("given up at once: %t", over)
			}
		})
	}
}
