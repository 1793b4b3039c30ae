// Package telemetry turns what the server does into traces, metrics and ids for its
// log, by the conventions of OpenTelemetry.
//
// It must not know documents, variables or rows: what it is not told, it cannot leak.
// It is told the names of operations and fields, texts of SQL with ? for values, plain
// numbers, and the span attributes that the makers of tasks wrote for this purpose.
// No other package of the server but the edge and the program knows that it exists.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// scope names this server as the maker of spans and metrics.
const scope = "rehearse.dev"

// maxRunning is of how many running tasks the trace is remembered.
const maxRunning = 10_000

// Options say what is told to whom.
type Options struct {
	// Endpoint is the URL that traces are sent to by OTLP over HTTP; empty sends none.
	// Without a path it gets the one that OTLP gives to traces, /v1/traces.
	Endpoint string
	// Metrics says that Handler will be asked for metrics.
	Metrics bool
	// Version is that of the server.
	Version string
	// Log is told when traces cannot be sent.
	Log *slog.Logger
}

// Telemetry makes spans and metrics. The nil *Telemetry is one that is off: everything
// may be called on it, and nothing costs more than the call. It is safe for concurrent use.
type Telemetry struct {
	tracer   trace.Tracer
	tracing  bool
	spans    *sdktrace.TracerProvider           // nil without traces
	meters   *sdkmetric.MeterProvider           // nil without metrics
	registry *prometheus.Registry               // nil without metrics
	running  *lru.Cache[int, trace.SpanContext] // by task
	measures
}

// New starts telemetry, or returns nil when the options ask for nothing. It does not
// wait for the receiver of traces, which may come and go. An endpoint that is no URL of
// http or https is an error, and so is one with a password in it, which would show in
// lists of processes. The caller must Close it.
func New(o Options) (*Telemetry, error) {
	if o.Endpoint == "" && !o.Metrics {
		return nil, nil
	}
	running, err := lru.New[int, trace.SpanContext](maxRunning)
	if err != nil {
		return nil, fmt.Errorf("remember the traces of tasks: %w", err)
	}
	t := &Telemetry{tracer: nooptrace.NewTracerProvider().Tracer(scope), running: running}
	if o.Endpoint != "" {
		if t.spans, err = traces(o); err != nil {
			return nil, err
		}
		t.tracer, t.tracing = t.spans.Tracer(scope, trace.WithInstrumentationVersion(o.Version)), true
	}
	if err := t.measure(o); err != nil {
		return nil, errors.Join(err, t.Close(context.Background()))
	}
	return t, nil
}

// Close sends what is left, until ctx ends, and stops.
func (t *Telemetry) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	var err error
	if t.spans != nil {
		err = t.spans.Shutdown(ctx)
	}
	if t.meters != nil {
		err = errors.Join(err, t.meters.Shutdown(ctx))
	}
	if err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// Handler shows the metrics to Prometheus; nil without metrics.
func (t *Telemetry) Handler() http.Handler {
	if t == nil || t.registry == nil {
		return nil
	}
	return exposition(t.registry)
}

// since is how many seconds have passed, the unit of every duration here.
func since(start time.Time) float64 { return time.Since(start).Seconds() }
