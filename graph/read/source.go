package read

import (
	"context"
	"sync/atomic"
)

// source is where the reads of one operation go. It is decided by the first of them
// and changes once at most, from the replica to the primary: what was read there may
// name things that the replica does not have yet, never the other way round.
type source struct{ decided atomic.Int32 }

const (
	undecided = iota
	fromReplica
	fromPrimary
)

type sourceKey struct{}

// FromReplica marks a context whose reads may be some time behind what was written:
// they go to the replica, if there is one that answers. It is for operations that
// change nothing, decide nothing and do not answer a signal. Without the mark reads go
// to the primary.
func FromReplica(ctx context.Context) context.Context {
	return context.WithValue(ctx, sourceKey{}, &source{})
}

// FromPrimary takes the mark of FromReplica away, for reads that follow something which
// the primary told.
func FromPrimary(ctx context.Context) context.Context {
	if sourceOf(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, sourceKey{}, (*source)(nil))
}

// sourceOf is nil for reads from the primary.
func sourceOf(ctx context.Context) *source {
	s, _ := ctx.Value(sourceKey{}).(*source)
	return s
}

// replica tells whether to read from the replica; open decides the first time.
func (s *source) replica(open func() bool) bool {
	if s == nil {
		return false
	}
	if s.decided.Load() == undecided {
		choice := int32(fromPrimary)
		if open() {
			choice = fromReplica
		}
		s.decided.CompareAndSwap(undecided, choice)
	}
	return s.decided.Load() == fromReplica
}

// primary sends the rest of the operation to the primary.
func (s *source) primary() { s.decided.Store(fromPrimary) }
