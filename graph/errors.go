package graph

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/internal/fault"
)

// internalMessage is all that a client learns about a defect.
const internalMessage = "internal error"

// present turns an error into its public form: faults show their code, message
// and problems, errors of the parser stay as they are, and everything else is
// INTERNAL with an id that the log shares.
func present(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := graphql.DefaultErrorPresenter(ctx, err)
		if f := fault.As(err); f != nil {
			shown.Message = f.Message
			shown.Extensions = map[string]any{"code": string(f.Code)}
			if len(f.Problems) > 0 {
				shown.Extensions["problems"] = problemList(f.Problems)
			}
			if f.Code == fault.CodeExhausted {
				// A full disk shows here first.
				log.WarnContext(ctx, "a limit was met", "path", shown.Path.String(), "error", err)
			}
			if f.Code != fault.CodeInternal {
				return shown
			}
		} else if foreseen(ctx, err, shown) {
			return shown
		}
		id := rand.Text()
		log.ErrorContext(ctx, "internal error", "error_id", id, "path", shown.Path.String(), "error", err)
		shown.Message = internalMessage
		shown.Extensions = map[string]any{"code": string(fault.CodeInternal), "errorId": id}
		return shown
	}
}

// foreseen reports whether gqlgen or the parser made the error on purpose, and
// sees to it that it has a code.
func foreseen(ctx context.Context, err error, shown *gqlerror.Error) bool {
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		shown.Message = "the request ended before its answer was ready"
		if late := fault.As(context.Cause(ctx)); late != nil {
			shown.Message = late.Message
		}
		shown.Extensions = map[string]any{"code": string(fault.CodeExhausted)}
		return true
	case shown.Extensions["code"] != nil:
		return true
	}
	var own *gqlerror.Error
	if errors.As(err, &own) && own.Err == nil {
		// Raised by gqlgen itself: a coercion of an argument that failed.
		shown.Extensions = map[string]any{"code": string(fault.CodeInvalid)}
		return true
	}
	return false
}

// problemList shows problems in an error's extensions.
func problemList(problems []fault.Problem) []map[string]any {
	list := make([]map[string]any, len(problems))
	for i, p := range problems {
		list[i] = map[string]any{"code": p.Code, "message": p.Message, "path": p.Path}
		if p.NodeID != "" {
			list[i]["nodeId"] = p.NodeID
		}
	}
	return list
}

// recovered turns a panic into an error for present; the stack goes to the log.
func recovered(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, v any) error {
		log.ErrorContext(ctx, "panic in a resolver", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		return fault.Newf(fault.CodeInternal, "panic: %v", v)
	}
}
