package telemetry

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// measures are the metrics. docs/telemetry.md lists their names and attributes.
type measures struct {
	requests      metric.Float64Histogram
	operations    metric.Float64Histogram
	subscriptions metric.Int64UpDownCounter
	statements    metric.Float64Histogram
	writerWait    metric.Float64Histogram
	tasksCreated  metric.Int64Counter
	tasksStarted  metric.Int64Counter
	tasksEnded    metric.Int64Counter
	nodes         metric.Float64Histogram
	realCalls     metric.Float64Histogram
}

// Bounds of histograms in seconds. Statements take microseconds, people minutes.
var (
	boundsOfWork = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	boundsOfSQL  = []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1}
	boundsOfRuns = []float64{.001, .01, .1, 1, 10, 60, 600, 3600, 86400}
)

// measure makes the metrics: ones that nobody reads if the options ask for none.
func (t *Telemetry) measure(o Options) error {
	var meters metric.MeterProvider = noopmetric.NewMeterProvider()
	if o.Metrics {
		t.registry = prometheus.NewRegistry()
		t.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(t.registry), otelprometheus.WithoutScopeInfo())
		if err != nil {
			return fmt.Errorf("make the metrics: %w", err)
		}
		about, err := o.resource()
		if err != nil {
			return err
		}
		t.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithResource(about))
		meters = t.meters
	}
	m := maker{Meter: meters.Meter(scope, metric.WithInstrumentationVersion(o.Version))}
	t.measures = measures{
		requests:      m.duration("http.server.request.duration", "How long requests of the REST route take.", boundsOfWork),
		operations:    m.duration("graphql.server.operation.duration", "How long GraphQL operations take, by type and outcome.", boundsOfWork),
		subscriptions: m.gauge("graphql.server.subscription.active", "{subscription}", "GraphQL subscriptions that run."),
		statements:    m.duration("db.client.operation.duration", "How long statements of SQL take, with reading their rows.", boundsOfSQL),
		writerWait:    m.duration("rehearse.store.writer.wait", "How long transactions wait for the one writer.", boundsOfWork),
		tasksCreated:  m.counter("rehearse.task.created", "{task}", "Tasks that were made."),
		tasksStarted:  m.counter("rehearse.task.started", "{task}", "Tasks that began to run."),
		tasksEnded:    m.counter("rehearse.task.ended", "{task}", "Tasks that are over, by state."),
		nodes:         m.duration("rehearse.node.duration", "How long executions of nodes last that have ended, by state and whether they were mocked.", boundsOfRuns),
		realCalls:     m.duration("rehearse.real_call.duration", "How long calls to real hosts take, by outcome.", boundsOfWork),
	}
	return errors.Join(m.errs...)
}

// maker makes metrics and gathers what goes wrong.
type maker struct {
	metric.Meter
	errs []error
}

func (m *maker) duration(name, help string, bounds []float64) metric.Float64Histogram {
	made, err := m.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(help), metric.WithExplicitBucketBoundaries(bounds...))
	m.errs = append(m.errs, err)
	return made
}

func (m *maker) counter(name, unit, help string) metric.Int64Counter {
	made, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(help))
	m.errs = append(m.errs, err)
	return made
}

func (m *maker) gauge(name, unit, help string) metric.Int64UpDownCounter {
	made, err := m.Int64UpDownCounter(name, metric.WithUnit(unit), metric.WithDescription(help))
	m.errs = append(m.errs, err)
	return made
}

// exposition answers Prometheus; in the form of OpenMetrics, which it asks for, with
// the traces that stand for a bucket.
func exposition(from *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(from, promhttp.HandlerOpts{EnableOpenMetrics: true})
}
