package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/render"
	"rehearse.dev/internal/telemetry"
)

// spanKey is where an operation keeps what telemetry knows it by.
const spanKey = "rehearse.span"

// spanOf is nil when telemetry is off.
func (e *Executor) spanOf(op *graphql.OperationContext) *telemetry.Operation {
	if e.telemetry == nil {
		return nil
	}
	span, _ := op.Stats.GetExtension(spanKey).(*telemetry.Operation)
	return span
}

// known tells telemetry what operation was found in a document, and hands its span on
// to dispatch.
func known(span *telemetry.Operation, op *graphql.OperationContext) {
	if span == nil {
		return
	}
	span.Known(string(op.Operation.Operation), op.Operation.Name)
	op.Stats.SetExtension(spanKey, span)
}

// begun is ctx for running an operation, and what is to be told of each of its
// responses, nil for the end. A subscription may end without being asked for a
// response again.
func (e *Executor) begun(ctx context.Context, op *graphql.OperationContext) (context.Context, func(*graphql.Response)) {
	span := e.spanOf(op)
	if span == nil {
		return ctx, func(*graphql.Response) {}
	}
	ctx = span.In(ctx)
	if op.Operation.Operation != ast.Subscription {
		return ctx, func(r *graphql.Response) { span.End(outcomeOf(r)) }
	}
	span.Live(ctx)
	stop := context.AfterFunc(ctx, func() { span.End(telemetry.OutcomeOK, "") })
	var last *graphql.Response
	return ctx, func(r *graphql.Response) {
		if r != nil {
			last = &graphql.Response{Data: r.Data, Errors: r.Errors}
			return
		}
		stop()
		if last == nil { // nothing happened, which is fine
			last = &graphql.Response{Data: []byte("{}")}
		}
		span.End(outcomeOf(last))
	}
}

// outcomeOf tells how an operation ended by its last response.
func outcomeOf(r *graphql.Response) (telemetry.Outcome, string) {
	switch {
	case r == nil:
		return telemetry.OutcomeFailed, ""
	case len(r.Errors) == 0:
		return telemetry.OutcomeOK, ""
	case len(r.Data) == 0 || string(r.Data) == "null":
		return telemetry.OutcomeFailed, firstCode(r.Errors)
	}
	return telemetry.OutcomePartial, firstCode(r.Errors)
}

// firstCode is the code of the first error: one of a few that are ours.
func firstCode(errs gqlerror.List) string {
	for _, err := range errs {
		if code, ok := err.Extensions["code"]; ok {
			return fmt.Sprint(code)
		}
	}
	return ""
}

// watchFields makes a span of each call of a service: the fields of Query and Mutation
// call one each.
func watchFields(t *telemetry.Telemetry) graphql.RootFieldMiddleware {
	return func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
		field := graphql.GetRootFieldContext(ctx).Field // its Object is no type, but the field's name
		ctx, end := t.Field(ctx, field.ObjectDefinition.Name, field.Name)
		defer end()
		return next(ctx)
	}
}

// watchQuery is watchFields for compiled queries; nil when there are no spans.
func watchQuery(t *telemetry.Telemetry) render.Watch {
	if !t.Tracing() {
		return nil
	}
	return func(ctx context.Context, field string) (context.Context, func()) { return t.Field(ctx, "Query", field) }
}
