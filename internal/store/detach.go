package store

import (
	"context"
	"time"
)

// detached hides from database/sql that a context can be cancelled. It keeps the
// values, and attached finds the real context again on the driver's side.
type detached struct{ context.Context }

// Deadline implements context.Context: there is none.
func (detached) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context: it never happens.
func (detached) Done() <-chan struct{} { return nil }

// Err implements context.Context: never done.
func (detached) Err() error { return nil }

func detach(ctx context.Context) context.Context {
	if ctx.Done() == nil {
		return ctx
	}
	return detached{ctx}
}

func attached(ctx context.Context) context.Context {
	if d, ok := ctx.(detached); ok {
		return d.Context
	}
	return ctx
}
