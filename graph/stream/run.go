package stream

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/graph/operation"
	"rehearse.dev/internal/fault"
)

// stream runs the operation and writes what comes until it is over, the client has
// gone, the caller's time is up, or the server drains. Everything that it started has
// ended when it returns.
//
// A stream that drain ends has no complete event: the operation is not complete, and
// clients connect again.
func (h *handler) stream(ctx context.Context, out *events, header http.Header, payload []byte, expires time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	responses := make(chan []byte)
	tasks.Go(func() {
		defer close(responses)
		h.run(ctx, payload, responses)
	})
	ended := make(chan error, 1)
	tasks.Go(func() {
		ended <- operation.Watch(ctx, h.Authenticate, header, expires, h.Times.Recheck, nil)
	})
	beat := time.NewTicker(h.Times.Beat)
	defer beat.Stop()

	ok := out.open()
	draining, answered := h.Drain.Done(), false
	var settled <-chan time.Time
	for ok {
		select {
		case event, more := <-responses:
			if !more {
				if ctx.Err() == nil {
					out.complete()
				}
				return
			}
			if settled != nil && !answered {
				settled = time.After(settleRest)
			}
			ok, answered = out.write(event), true
		case <-beat.C:
			ok = out.comment()
		case err := <-ended:
			if err != nil && out.write(nextEvent(&graphql.Response{Errors: unwelcome(err)})) {
				out.complete()
			}
			return
		case <-draining:
			// A query or mutation ends right after its one response.
			draining, settled = nil, time.After(h.Times.Settle)
			if answered {
				settled = time.After(settleRest)
			}
		case <-settled:
			return
		case <-ctx.Done():
			return
		}
	}
}

// settleRest is how long what has an answer may go on when the server drains: long
// enough for the end of a query or mutation, and not for a subscription's.
const settleRest = 50 * time.Millisecond

// run executes the operation and hands its responses on, as events: a response itself
// is gone when the next one comes.
func (h *handler) run(ctx context.Context, payload []byte, to chan<- []byte) {
	send := func(r *graphql.Response) bool {
		select {
		case to <- nextEvent(r):
			return true
		case <-ctx.Done():
			return false
		}
	}
	err := operation.Guarded(func() {
		next, errs := h.Executor.Begin(ctx, payload)
		if len(errs) > 0 {
			send(&graphql.Response{Errors: errs})
			return
		}
		for response := next(); response != nil && send(response); {
			response = next()
		}
	})
	if err != nil {
		h.Log.ErrorContext(ctx, "panic in an operation", "error", err)
		send(&graphql.Response{Errors: operation.Error(fault.CodeInternal, defect)})
	}
}
