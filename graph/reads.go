package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/graph/read"
)

// ReadHeader with the value "primary" has a query see all that was acknowledged before
// it, where queries are otherwise answered from a replica database. The request can say
// the same by the extension "read".
const ReadHeader = "X-Rehearse-Read"

const readPrimary = "primary"

// mayLag is ctx for running the operation of a request that has one response. A query
// may be behind the last changes unless it asks not to be; a mutation shows what it has
// made. Operations on sockets and streams hear of changes as they happen, so that they
// are not passed through here and never see less than what they heard.
func mayLag(ctx context.Context, op *graphql.OperationContext) context.Context {
	if op.Operation.Operation != ast.Query || op.Headers.Get(ReadHeader) == readPrimary || op.Extensions["read"] == readPrimary {
		return ctx
	}
	return read.FromReplica(ctx)
}
