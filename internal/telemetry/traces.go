package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Limits of spans. Names of operations and span attributes of tasks come from callers.
const (
	maxName       = 128  // bytes of an operation's name
	maxAttribute  = 1024 // characters of an attribute's value
	maxAttributes = 64   // attributes of a span
)

// exportTimeout is how long one batch of spans may take.
const exportTimeout = 10 * time.Second

// tracesPath is where OTLP receivers take traces if nothing else is said.
const tracesPath = "/v1/traces"

// traces makes what collects spans and sends them in batches. The environment of the
// OpenTelemetry SDK (OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS,
// OTEL_RESOURCE_ATTRIBUTES and so on) is honored where it says no other endpoint.
func traces(o Options) (*sdktrace.TracerProvider, error) {
	endpoint, err := parseEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(context.Background(),
		otlptracehttp.WithEndpointURL(endpoint), otlptracehttp.WithTimeout(exportTimeout))
	if err != nil {
		return nil, fmt.Errorf("make the sender of traces: %w", err)
	}
	about, err := o.resource()
	if err != nil {
		return nil, errors.Join(err, exporter.Shutdown(context.Background()))
	}
	limits := sdktrace.NewSpanLimits()
	limits.AttributeCountLimit, limits.AttributeValueLengthLimit = maxAttributes, maxAttribute
	return sdktrace.NewTracerProvider(
		sdktrace.WithResource(about), sdktrace.WithRawSpanLimits(limits),
		sdktrace.WithBatcher(&reporting{exporter, o.Log}),
	), nil
}

// resource says who tells: attributes only, because what else a resource can hold (command
// line, owner, host) is nobody's business here.
func (o Options) resource() (*resource.Resource, error) {
	about, err := resource.New(context.Background(),
		resource.WithAttributes(attribute.String("service.name", "rehearse"), attribute.String("service.version", o.Version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("read the environment of telemetry: %w", err)
	}
	return about, nil
}

// parseEndpoint completes the URL of a receiver. Its errors do not repeat the URL.
func parseEndpoint(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("the receiver of traces is an URL such as http://127.0.0.1:4318")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the URL of the receiver has no user, query or fragment: set OTEL_EXPORTER_OTLP_HEADERS for secrets")
	case u.Path == "" || u.Path == "/":
		u.Path = tracesPath
	}
	return u.String(), nil
}

// reporting logs what fails, instead of telling the error handler of the whole process.
type reporting struct {
	sdktrace.SpanExporter
	log *slog.Logger
}

// ExportSpans implements sdktrace.SpanExporter.
func (r *reporting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := r.SpanExporter.ExportSpans(ctx, spans); err != nil {
		r.log.WarnContext(ctx, "traces were not sent", "spans", len(spans), "error", err)
	}
	return nil
}
