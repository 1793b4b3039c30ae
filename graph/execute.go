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
	data, ok := query.Run(ctx, c.reader, op.Variables, c.watch)
	if !ok {
		return c.ExecutableSchema.Exec(ctx)
	}
	return graphql.OneShot(&graphql.Response{Data: data})
}
