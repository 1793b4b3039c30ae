// Package auth says who calls: it turns the headers of a request into a Caller,
// the application, the user it speaks for and what it may reach.
//
// It must not know how things are done: services ask Caller.May before they do
// them, and readers narrow their rows to Caller.Templates and Caller.Tasks. No
// secret leaves it: not in an error, a log or a cache.
package auth

import (
	"context"
	"time"
)

// Caller is the application behind a request, or behind the token of a request, and
// the user that it speaks for.
type Caller struct {
	// AppID is the id of the application's row.
	AppID int
	// AppCode is its bk_app_code.
	AppCode string
	// Username is whom the application says it speaks for, or "". The application
	// vouches for it, also when it applies for a token; nothing else does.
	Username string
	// Superuser sees the spaces of every application.
	Superuser bool
	// Spaces are the ids of the application's live spaces in ascending order. The
	// slice is shared by requests and must not be changed.
	Spaces []int
	// Grant is what the caller's token allows, nil for an application. A token has
	// neither Superuser nor Spaces; Username is its user.
	Grant *Grant
	// Expires is when what the caller sent ends to be valid; zero is never.
	Expires time.Time
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
