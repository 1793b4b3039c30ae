package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/telemetry"
)

// metricsPath is where metrics are served, on a listener of their own.
const metricsPath = "/metrics"

// lastTraces is how long the end of the process waits for the receiver of traces.
const lastTraces = 3 * time.Second

// Telemetry are the flags that say who is told what the server does. docs/telemetry.md
// says what there is.
type Telemetry struct {
	OTLPEndpoint string `name:"otlp-endpoint" placeholder:"URL" help:"Send traces by OTLP over HTTP to this receiver, such as http://127.0.0.1:4318. None if not given."`
	MetricsAddr  string `placeholder:"HOST:PORT" help:"Serve metrics for Prometheus here, on /metrics and without asking who reads. Nowhere if not given."`
}

// start begins telemetry: nil when no flag asks for it. Its errors name the flag.
func (f Telemetry) start(log *slog.Logger) (*telemetry.Telemetry, error) {
	if f.MetricsAddr != "" {
		if _, _, err := net.SplitHostPort(f.MetricsAddr); err != nil {
			return nil, refuse("metrics-addr", fmt.Errorf("%q is not HOST:PORT", f.MetricsAddr))
		}
	}
	t, err := telemetry.New(telemetry.Options{Endpoint: f.OTLPEndpoint, Metrics: f.MetricsAddr != "", Version: version(), Log: log})
	if err != nil {
		return nil, refuse("otlp-endpoint", err)
	}
	return t, nil
}

// serve serves the metrics until stop is called, if there are any.
func (f Telemetry) serve(t *telemetry.Telemetry, log *slog.Logger) (stop func(), err error) {
	metrics := t.Handler()
	if metrics == nil {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", f.MetricsAddr)
	if err != nil {
		return nil, about("metrics-addr", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+metricsPath, metrics)
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: bodyTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are served no more", "error", err)
		}
	}()
	log.Info("serving metrics", "addr", listener.Addr().String())
	return func() {
		_ = server.Close() // a scrape that is cut off is repeated
		<-ended
	}, nil
}

// endTelemetry sends what is left. The end of the server is no time for errors of others.
func endTelemetry(ctx context.Context, t *telemetry.Telemetry, log *slog.Logger) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
	defer cancel()
	if err := t.Close(limited); err != nil {
		log.Warn("the last traces were not sent", "error", err)
	}
}

// watch has telemetry told of what the services do. It must come before they are used,
// and after what makes real calls is chosen.
func (s *services) watch(t *telemetry.Telemetry) {
	if t == nil {
		return
	}
	system := "sqlite"
	if s.store.Pool() != nil {
		system = "postgresql"
	}
	s.store.Observe(t.Statements(system))
	s.tasks.Created = t.TaskCreated
	s.runs.Observer = runObserver{t}
	s.runs.Calls = tracedCalls{s.runs.Calls, t}
}

// traced makes a span of each request to a route that is no GraphQL.
func traced(t *telemetry.Telemetry, route string, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, end := t.Request(r.Context(), r.Method, route)
		counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, r.WithContext(ctx))
		end(counted.status)
	})
}

// runObserver tells telemetry what the runner tells.
type runObserver struct{ t *telemetry.Telemetry }

// Started implements run.Observer.
func (o runObserver) Started(ctx context.Context, taskID int) { o.t.TaskStarted(ctx, taskID) }

// Over implements run.Observer.
func (o runObserver) Over(ctx context.Context, taskID int, state string) {
	o.t.TaskEnded(ctx, taskID, state)
}

// Executed implements run.Observer.
func (o runObserver) Executed(ctx context.Context, e run.Ended) {
	var attributes map[string]any
	_ = json.Unmarshal(e.CustomSpanAttributes, &attributes) // an object, or nothing
	o.t.Node(ctx, telemetry.NodeSpan{
		TaskID: e.TaskID, SpaceID: e.SpaceID, NodeID: e.NodeID, Plugin: e.Plugin, Mocked: e.Mocked,
		State: e.State, Started: e.Started, Finished: e.Finished, Attributes: attributes,
	})
}

// tracedCalls carries real calls out within the trace of their task.
type tracedCalls struct {
	run.Calls
	t *telemetry.Telemetry
}

// Do implements run.Calls.
func (c tracedCalls) Do(ctx context.Context, call realcall.Call) realcall.Result {
	return c.Calls.Do(c.t.OfTask(ctx, call.Task.ID), call)
}

// tracedHTTP makes a span of each HTTP call, and tells the other side its trace.
type tracedHTTP struct {
	realcall.HTTP
	t *telemetry.Telemetry
}

// Do implements realcall.HTTP.
func (h tracedHTTP) Do(ctx context.Context, r outbound.Request) (*outbound.Response, error) {
	if r.Header = r.Header.Clone(); r.Header == nil {
		r.Header = http.Header{}
	}
	ctx, end := h.t.Call(ctx, r.Method, r.Header)
	response, err := h.HTTP.Do(ctx, r)
	status, outcome := 0, telemetry.CallOK
	if response != nil {
		status = response.Status
	}
	var failed *outbound.Error
	switch {
	case errors.As(err, &failed):
		status, outcome = failed.Status, string(failed.Rule)
	case err != nil:
		outcome = "UNKNOWN"
	}
	end(status, outcome)
	return response, err
}
