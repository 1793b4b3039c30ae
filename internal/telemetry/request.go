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

// Request begins the span of an HTTP request that is no GraphQL operation. route is its
// pattern, never its path. The function that it returns ends it with the status.
func (t *Telemetry) Request(ctx context.Context, method, route string) (_ context.Context, end func(status int)) {
	if t == nil {
		return ctx, func(int) {}
	}
	start := time.Now()
	about := []attribute.KeyValue{
		attribute.String("http.request.method", methodOf(method)), attribute.String("http.route", route),
	}
	ctx, span := t.tracer.Start(ctx, methodOf(method)+" "+route, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(about...))
	note(ctx, span.SpanContext())
	return ctx, func(status int) {
		code := attribute.Int("http.response.status_code", status)
		span.SetAttributes(code)
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		t.requests.Record(ctx, since(start), metric.WithAttributes(append(about, code)...))
		span.End()
	}
}
