// Package auth says who calls: it turns the headers of a request into a Caller,
// the application, the user it speaks for and the spaces it may see.
//
// It must not know what callers may do; services ask Caller.Sees. No secret
// leaves it: not in an error, a log or a cache.
package auth

import (
	"context"
	"slices"
)

// Caller is the application behind a request and the user that it speaks for.
type Caller struct {
	// AppID is the id of the application's row.
	AppID int
	// AppCode is its bk_app_code.
	AppCode string
	// Username is whom the application says it speaks for, or "". The application
	// vouches for it; nothing else does.
	Username string
	// Superuser sees the spaces of every application.
	Superuser bool
	// Spaces are the ids of the application's live spaces in ascending order. The
	// slice is shared by requests and must not be changed.
	Spaces []int
}

// Sees reports whether the caller may know of the space. An application sees its
// own live spaces only (domain §4.2), a superuser all.
func (c Caller) Sees(spaceID int) bool {
	return c.Superuser || slices.Contains(c.Spaces, spaceID)
}

type callerKey struct{}

// WithCaller returns a context that carries the caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// FromContext returns the caller that the context carries, and whether it does.
func FromContext(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
