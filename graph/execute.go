package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/graph/read"
	"rehearse.dev/graph/render"
)

// compiled answers queries that package render can compile, and leaves all other
// operations to the generated code.
type compiled struct {
	graphql.ExecutableSchema
	reader *read.Reader
	watch  render.Watch // nil when nobody watches
}

// Exec runs the operation of the context.
func (c compiled) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	w := weighedOf(op)
	if w == nil {
		return c.ExecutableSchema.Exec(ctx)
	}
	query := w.document.query(c.Schema(), op)
	if query == nil {
		return c.ExecutableSchema.Exec(ctx)
	}
	data, err := query.Run(ctx, c.reader, op.Variables, c.watch)
	if data == nil {
		again := c.ExecutableSchema.Exec(ctx)
		return func(ctx context.Context) *graphql.Response { return again(read.After(ctx, err)) }
	}
	return graphql.OneShot(&graphql.Response{Data: data})
}
