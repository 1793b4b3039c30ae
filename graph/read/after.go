package read

import (
	"context"

	"rehearse.dev/internal/fault"
)

type afterKey struct{}

// After marks the context of an operation that is run again because a read of it failed.
// If the database did not answer in time, all reads under it fail in the same way at
// once: nobody waits twice.
func After(ctx context.Context, err error) context.Context {
	if fault.CodeOf(err) != fault.CodeExhausted {
		return ctx
	}
	return context.WithValue(ctx, afterKey{}, err)
}

// failed is the error of a context of After, or nil.
func failed(ctx context.Context) error {
	err, _ := ctx.Value(afterKey{}).(error)
	return err
}
