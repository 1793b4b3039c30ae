package telemetry

import (
	"context"
	"net/http"
	"sync/atomic"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// w3c reads and writes the headers traceparent and tracestate. Baggage is left out: it
// would carry what callers know to the hosts that nodes call.
var w3c propagation.TraceContext

// noted remembers the trace that a request turned out to belong to, for its line in the
// log, which is written where the span is over.
type noted struct {
	span atomic.Pointer[trace.SpanContext]
}

type notedKey struct{}

// Incoming is ctx with the trace that the headers of a request name, if they name one,
// even when telemetry is off: lines of the log can then be found by it.
func (t *Telemetry) Incoming(ctx context.Context, h http.Header) context.Context {
	if h.Get("Traceparent") != "" {
		ctx = w3c.Extract(ctx, propagation.HeaderCarrier(h))
	}
	if t.Tracing() {
		ctx = context.WithValue(ctx, notedKey{}, &noted{})
	}
	return ctx
}

// Outgoing puts the trace of ctx into the headers of a call to another server.
func (t *Telemetry) Outgoing(ctx context.Context, h http.Header) {
	if t.Tracing() {
		w3c.Inject(ctx, propagation.HeaderCarrier(h))
	}
}

// note remembers the first span of a request. One request may carry many operations,
// over a WebSocket.
func note(ctx context.Context, span trace.SpanContext) {
	if n, ok := ctx.Value(notedKey{}).(*noted); ok {
		n.span.CompareAndSwap(nil, &span)
	}
}

// IDs are those of the span that ctx belongs to, as in traceparent: 32 and 16
// hexadecimal digits, or nothing when there is none.
func IDs(ctx context.Context) (traceID, spanID string, ok bool) {
	span := trace.SpanContextFromContext(ctx)
	if span.IsRemote() || !span.IsValid() {
		if n, ok := ctx.Value(notedKey{}).(*noted); ok {
			if own := n.span.Load(); own != nil {
				span = *own
			}
		}
	}
	if !span.IsValid() {
		return "", "", false
	}
	return span.TraceID().String(), span.SpanID().String(), true
}
