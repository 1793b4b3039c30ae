// Package operation is what the streaming transports have in common: how an
// operation starts, how its answers look on the wire, and how long its caller may go
// on listening.
//
// It must not know a transport, nor gqlgen's executor, nor who callers are.
package operation

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/internal/fault"
)

// Executor starts operations. It is safe for concurrent use.
type Executor interface {
	// Begin parses, validates and authorizes one request, {"query", "operationName",
	// "variables", "extensions", "documentId"} in JSON as it was sent, for the caller
	// of ctx, and starts it. Errors mean that it was refused before execution.
	//
	// Otherwise next waits for the next response and returns nil when there are no
	// more: after one, or for a subscription when its source ends. A response is only
	// valid until the next call, which may use its memory again. It is not called by two
	// goroutines at once. The end of ctx ends the operation, and makes next return.
	Begin(ctx context.Context, payload []byte) (next func() *graphql.Response, errs gqlerror.List)
}

// Authenticate tells from headers who calls. It returns ctx with the caller in it,
// and the time at which what was sent ends to be valid, zero for never. Its errors
// are those of auth.Authenticator.Header.
type Authenticate func(ctx context.Context, h http.Header) (context.Context, time.Time, error)

// Error makes the error of a refusal that needs no look at the schema, with the code
// in its extensions.
func Error(code fault.Code, message string) gqlerror.List {
	return gqlerror.List{{Message: message, Extensions: map[string]any{"code": string(code)}}}
}

// ErrPanic is what Guarded returns for a defect.
var ErrPanic = errors.New("panic in an operation")

// Guarded calls f and turns a panic into an ErrPanic with its stack. Operations run
// beside the goroutine of their request, where nothing else would keep one defect
// from ending the process.
func Guarded(f func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrPanic, v, debug.Stack())
		}
	}()
	f()
	return nil
}
