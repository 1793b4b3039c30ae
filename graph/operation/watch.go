package operation

import (
	"context"
	"net/http"
	"time"

	"rehearse.dev/internal/fault"
)

// Recheck is how often a caller who listens is looked up again: as long as a request
// is believed without a look at the database (auth.CacheTTL), so that a revoked
// token stops reading as soon as it stops asking.
const Recheck = 5 * time.Second

// ErrExpired is Watch's answer when the time of the credentials is over.
var ErrExpired = fault.Newf(fault.CodeUnauthenticated, "credentials expired")

// ErrRefused is Watch's answer when the caller is no longer known. It does not say
// why.
var ErrRefused = fault.Newf(fault.CodeUnauthenticated, "the credentials are no longer valid")

// Refused reports whether an error of an Authenticate is about the caller. Any other
// is an outage.
func Refused(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.CodeUnauthenticated || code == fault.CodeForbidden
}

// Watch waits until the caller behind the headers may no longer listen, and returns
// ErrExpired or ErrRefused then, or nil when ctx ends. expires is what authenticate
// said last. Every so often it asks again, if busy says that there is something to
// listen to; nil always says so. A token that is renewed by being used is renewed by
// that too. An outage of the store ends nobody before expires.
func Watch(
	ctx context.Context, authenticate Authenticate, h http.Header, expires time.Time, every time.Duration, busy func() bool,
) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	// A timer without an end fires after 292 years.
	end := time.NewTimer(untilEnd(expires))
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-end.C:
			// A token that was used meanwhile may have got more time.
			_, next, err := authenticate(ctx, h)
			if err != nil || untilEnd(next) <= 0 {
				return unlessOver(ctx, ErrExpired)
			}
			expires = next
		case <-tick.C:
			if busy != nil && !busy() {
				continue
			}
			_, next, err := authenticate(ctx, h)
			switch {
			case err == nil:
				expires = next
			case Refused(err) && untilEnd(expires) <= 0:
				return unlessOver(ctx, ErrExpired)
			case Refused(err):
				return unlessOver(ctx, ErrRefused)
			}
		}
		end.Reset(untilEnd(expires))
	}
}

func untilEnd(expires time.Time) time.Duration {
	if expires.IsZero() {
		return 1<<63 - 1
	}
	return time.Until(expires)
}

// unlessOver keeps the end of ctx from looking like a refusal.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
