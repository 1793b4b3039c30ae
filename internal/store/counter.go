package store

import (
	"context"
	"slices"
	"sync"
)

// Counter notes the statements that were sent to the database under one context.
// It is safe for concurrent use.
type Counter struct {
	mu    sync.Mutex
	texts []string
}

type counterKey struct{}

// WithCounter returns a context whose statements are counted, and the counter.
// BEGIN, COMMIT and ROLLBACK are not statements in this sense. Tests use it to
// hold a request to a number of statements.
func WithCounter(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}

// Statements returns how many statements were sent.
func (c *Counter) Statements() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.texts)
}

// Texts returns the SQL of the statements in the order in which they were sent,
// without their arguments. The caller owns the slice.
func (c *Counter) Texts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.texts)
}

func count(ctx context.Context, text string) {
	c, ok := ctx.Value(counterKey{}).(*Counter)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts = append(c.texts, text)
}

// withoutCounter hides the counter from statements that frame a transaction.
func withoutCounter(ctx context.Context) context.Context {
	return context.WithValue(ctx, counterKey{}, nil)
}
