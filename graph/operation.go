package graph

import (
	"context"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/telemetry"
)

// Executor turns requests into operations, for every transport alike: what is
// refused over one is refused over the others, with the same errors. The caller of
// a request is in its context, see auth.WithCaller.
type Executor struct {
	exec      *executor.Executor
	documents *documents
	persisted *persisted
	guard     *guard
	variables *variables
	telemetry *telemetry.Telemetry // nil when it is off
}

// kinds are the operations that a transport may carry.
type kinds struct{ mutations, subscriptions bool }

// declined is why an operation was not begun.
type declined struct {
	// status is that of an HTTP answer, 0 for faults of the document, whose status
	// depends on the media type of the answer.
	status int
	allow  string        // the methods that would do, if the method is at fault
	retry  time.Duration // how long to wait, if the caller asked too much at once
	errors gqlerror.List // as callers see them
}

// Begin starts the operation of a payload: a JSON object with query or documentId
// and, if need be, operationName, variables and extensions.
//
// A list of errors says that it was refused before anything ran. Otherwise next
// returns one response for a query or mutation, and those of a subscription as they
// come; then, and when the context ends, it returns nil. It blocks until there is a
// response and must not be called by two at a time.
func (e *Executor) Begin(ctx context.Context, payload []byte) (next func() *graphql.Response, errs gqlerror.List) {
	ctx = graphql.StartOperationTrace(ctx)
	in, err := decode(payload)
	if err != nil {
		return nil, e.refuse(ctx, 0, err).errors
	}
	op, refused := e.prepare(ctx, in, nil, kinds{mutations: true, subscriptions: true})
	if refused != nil {
		return nil, refused.errors
	}
	run := e.dispatch(ctx, op)
	if op.Operation.Operation == ast.Subscription {
		return run, nil
	}
	done := false
	return func() *graphql.Response {
		if done {
			return nil
		}
		done = true
		return run()
	}, nil
}

// prepare parses, validates and checks the operation of a request. A panic on the
// way is a refusal, too.
func (e *Executor) prepare(ctx context.Context, in *envelope, headers http.Header, may kinds) (op *graphql.OperationContext, refused *declined) {
	ctx, span := e.telemetry.Operation(ctx)
	defer func() {
		if refused != nil {
			span.End(telemetry.OutcomeRefused, firstCode(refused.errors))
		}
	}()
	defer func() {
		if v := recover(); v != nil {
			op, refused = nil, e.panicked(ctx, v)
		}
	}()
	hash, status, err := e.persisted.resolve(in)
	if err != nil {
		return nil, e.refuse(ctx, status, err)
	}
	doc, list := e.documents.find(in.Query)
	if list != nil {
		e.guard.spend(ctx, 1)
		return nil, &declined{errors: e.exec.DispatchError(ctx, list).Errors}
	}
	params := &graphql.RawParams{
		Query: in.Query, OperationName: in.OperationName, Extensions: in.Extensions, Headers: headers,
	}
	if params.Variables, err = e.variables.decode(doc.AST, in); err != nil {
		return nil, e.refuse(ctx, http.StatusBadRequest, err)
	}
	op, list = e.exec.CreateOperationContext(withDocument(ctx, doc), params)
	if list != nil {
		return nil, &declined{errors: e.exec.DispatchError(graphql.WithOperationContext(ctx, op), list).Errors}
	}
	known(span, op)
	if hash != "" {
		e.persisted.remember(hash, in.Query)
	}
	switch kind := op.Operation.Operation; {
	case kind == ast.Mutation && !may.mutations:
		refused = e.refuse(ctx, http.StatusMethodNotAllowed, fault.Newf(fault.CodeInvalid, "send mutations with POST"))
		refused.allow = http.MethodPost
		return nil, refused
	case kind == ast.Subscription && !may.subscriptions:
		return nil, e.refuse(ctx, http.StatusBadRequest, fault.Newf(fault.CodeInvalid,
			"subscriptions are served as a stream: send Accept: text/event-stream, or use a WebSocket with the protocol graphql-transport-ws"))
	}
	if wait, err := e.guard.admit(ctx, doc, op); err != nil {
		return nil, throttled(e.refuse(ctx, 0, err), wait)
	}
	return op, nil
}

// dispatch runs a prepared operation. What it returns gives a response at each call,
// for a query or mutation the only one, which comes in its time.
func (e *Executor) dispatch(ctx context.Context, op *graphql.OperationContext) func() *graphql.Response {
	var responses graphql.ResponseHandler
	ctx, told := e.begun(ctx, op)
	ctx, cancel := e.guard.within(ctx, op)
	return func() (response *graphql.Response) {
		defer func() { told(response) }()
		defer cancel()
		defer func() {
			if v := recover(); v != nil {
				response = &graphql.Response{Errors: e.panicked(ctx, v).errors}
				responses = func(context.Context) *graphql.Response { return nil }
			}
		}()
		if responses == nil {
			responses, ctx = e.exec.DispatchOperation(ctx, op)
		}
		response = responses(ctx)
		if response == nil && e.guard.late(ctx) {
			response = &graphql.Response{Errors: e.refuse(context.WithoutCancel(ctx), 0, context.Cause(ctx)).errors}
		}
		e.guard.tell(op, response)
		return response
	}
}

func (e *Executor) refuse(ctx context.Context, status int, err error) *declined {
	return &declined{status: status, errors: e.exec.DispatchError(ctx, gqlerror.List{gqlerror.WrapIfUnwrapped(err)}).Errors}
}

// panicked is a defect that no resolver stands for: those are caught where they run.
func (e *Executor) panicked(ctx context.Context, v any) *declined {
	shown := e.exec.PresentRecoveredError(ctx, v)
	return &declined{status: http.StatusInternalServerError, errors: gqlerror.List{gqlerror.WrapIfUnwrapped(shown)}}
}
