package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// tracer counts the statements that go to PostgreSQL and tells the observer of them.
type tracer struct{ watchers *watchers }

var _ pgx.QueryTracer = (*tracer)(nil)

type endedKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	count(ctx, q.SQL)
	if ended := t.watchers.statement(ctx, q.SQL); ended != nil {
		return context.WithValue(ctx, endedKey{}, ended)
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (t *tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryEndData) {
	if ended, ok := ctx.Value(endedKey{}).(done); ok {
		ended.call(q.Err)
	}
}
