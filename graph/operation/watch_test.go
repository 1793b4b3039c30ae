package operation_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"rehearse.dev/graph/operation"
	"rehearse.dev/internal/fault"
)

var errOutage = errors.New("the store is out")

func TestWatchEndsWithTheCaller(t *testing.T) {
	t.Parallel()
	refused := fault.Newf(fault.CodeUnauthenticated, "unknown")
	for name, test := range map[string]struct {
		expires time.Duration // 0 is never
		answer  func(asked int) (time.Duration, error)
		idle    bool
		want    error
		after   time.Duration
	}{
		"Expires": {
			expires: 7 * time.Second, answer: func(int) (time.Duration, error) { return 7 * time.Second, nil },
			want: operation.ErrExpired, after: 7 * time.Second,
		},
		"ExpiresIdle": {
			expires: 7 * time.Second, answer: func(int) (time.Duration, error) { return 0, refused },
			idle: true, want: operation.ErrExpired, after: 7 * time.Second,
		},
		"Revoked": {
			answer: func(asked int) (time.Duration, error) {
				if asked == 3 {
					return 0, refused
				}
				return 0, nil
			},
			want: operation.ErrRefused, after: 15 * time.Second,
		},
		"OutageEndsNobody": {
			answer: func(asked int) (time.Duration, error) {
				if asked == 4 {
					return 0, refused
				}
				return 0, errOutage
			},
			want: operation.ErrRefused, after: 20 * time.Second,
		},
		"OutageDoesNotProlong": {
			expires: 12 * time.Second, answer: func(int) (time.Duration, error) { return 0, errOutage },
			want: operation.ErrExpired, after: 12 * time.Second,
		},
		"RenewedByUse": {
			expires: 7 * time.Second,
			answer: func(asked int) (time.Duration, error) {
				if asked == 1 {
					return 12 * time.Second, nil
				}
				return 0, refused
			},
			want: operation.ErrRefused, after: 10 * time.Second,
		},
		"RenewedAtTheEnd": {
			expires: 7 * time.Second,
			answer: func(int) (time.Duration, error) {
				return 9 * time.Second, nil
			},
			idle: true, want: operation.ErrExpired, after: 9 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				at := func(d time.Duration) time.Time {
					if d == 0 {
						return time.Time{}
					}
					return start.Add(d)
				}
				asked := 0
				ask := func(ctx context.Context, _ http.Header) (context.Context, time.Time, error) {
					asked++
					d, err := test.answer(asked)
					return ctx, at(d), err
				}
				err := operation.Watch(t.Context(), ask, nil, at(test.expires), operation.Recheck, func() bool { return !test.idle })
				if took := time.Since(start); !errors.Is(err, test.want) || took != test.after {
					t.Errorf("%v after %s, want %v after %s", err, took, test.want, test.after)
				}
			})
		})
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		asked := 0
		err := operation.Watch(ctx, func(ctx context.Context, _ http.Header) (context.Context, time.Time, error) {
			asked++
			return ctx, time.Time{}, nil
		}, nil, time.Time{}, operation.Recheck, nil)
		if err != nil || asked < 700 {
			t.Errorf("%v after %d questions", err, asked)
		}
	})
}
