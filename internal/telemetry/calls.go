package telemetry

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// CallOK is the outcome of a call that was answered, whatever the answer was.
const CallOK = "OK"

// Call begins the span of a call to a real host and puts its trace into the headers. The
// function that it returns ends it: with the status of the answer, 0 without one, and
// the outcome, CallOK or one of the few rules that keep calls from an answer.
//
// Neither address nor path is told: flows make them out of values of variables.
func (t *Telemetry) Call(ctx context.Context, method string, h http.Header) (_ context.Context, end func(status int, outcome string)) {
	if t == nil {
		return ctx, func(int, string) {}
	}
	start := time.Now()
	ctx, span := t.tracer.Start(ctx, methodOf(method), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("http.request.method", methodOf(method))))
	t.Outgoing(ctx, h)
	return ctx, func(status int, outcome string) {
		if status != 0 {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
		}
		span.SetAttributes(keyOutcome.String(outcome))
		if outcome != CallOK || status >= http.StatusBadRequest {
			span.SetStatus(codes.Error, "")
		}
		t.realCalls.Record(ctx, since(start), metric.WithAttributes(keyOutcome.String(outcome)))
		span.End()
	}
}

// methodOf keeps texts of flows out: a method may be one.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "_OTHER"
}
