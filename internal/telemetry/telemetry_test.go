package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"rehearse.dev/internal/telemetry"
	"rehearse.dev/internal/telemetry/telemetrytest"
)

// start makes telemetry that sends to a receiver of its own. sent ends it and tells
// what came, by name.
func start(t *testing.T, metrics bool) (made *telemetry.Telemetry, sent func() map[string]telemetrytest.Span) {
	t.Helper()
	receiver, err := telemetrytest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(receiver.Close)
	made, err = telemetry.New(telemetry.Options{
		Endpoint: receiver.URL, Metrics: metrics, Version: "1", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return made, func() map[string]telemetrytest.Span {
		t.Helper()
		if err := made.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		spans, _, err := receiver.Spans()
		if err != nil {
			t.Fatal(err)
		}
		named := map[string]telemetrytest.Span{}
		for _, s := range spans {
			named[s.Name] = s
		}
		return named
	}
}

func TestOneTraceFromTheOperationToItsNodes(t *testing.T) {
	t.Parallel()
	made, sent := start(t, false)
	h := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
	ctx, op := made.Operation(made.Incoming(t.Context(), h))
	op.Known("mutation", strings.Repeat("é", 100))
	inner, end := made.Field(ctx, "Mutation", "startTask")
	made.Statements("sqlite").Statement(inner, "UPDATE tasks SET state = ?")(errors.New("s3cret"))
	made.TaskStarted(inner, 7)
	end()
	op.End(telemetry.OutcomeOK, "")
	op.End(telemetry.OutcomeFailed, "LATE")
	// Later, from a goroutine that knows no request.
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	made.Node(context.WithoutCancel(t.Context()), telemetry.NodeSpan{
		TaskID: 7, SpaceID: 3, NodeID: "n1", Plugin: "job", Mocked: true, State: "FAILED", Started: at, Finished: at.Add(time.Second),
		Attributes: map[string]any{"task_id": "mine", "n": 1.5, "o": map[string]any{"a": nil}},
	})
	spans := sent()
	operation, field, statement, node := spans["mutation"], spans["Mutation.startTask"], spans["UPDATE"], spans["node"]
	if operation.Kind != "SPAN_KIND_SERVER" || operation.Parent != "b7ad6b7169203331" || operation.Failed ||
		operation.Attributes["graphql.operation.type"] != "mutation" || operation.Attributes["graphql.operation.name"] != strings.Repeat("é", 64) {
		t.Errorf("the operation is %+v", operation)
	}
	for child, parent := range map[*telemetrytest.Span]telemetrytest.Span{&field: operation, &statement: field, &node: field} {
		if child.Parent != parent.ID || child.TraceID != "0af7651916cd43dd8448eb211c80319c" {
			t.Errorf("%+v is not below %+v", *child, parent)
		}
	}
	if statement.Kind != "SPAN_KIND_CLIENT" || statement.Attributes["db.query.text"] != "UPDATE tasks SET state = ?" || !statement.Failed {
		t.Errorf("the statement is %+v", statement)
	}
	for name, want := range map[string]string{
		"task_id": "mine", "space_id": "3", "node_id": "n1", "n": "1.5", "o": `{"a":null}`,
		"rehearse.node.plugin": "job", "rehearse.node.mocked": "true", "rehearse.node.state": "FAILED",
	} {
		if got := node.Attributes[name]; got != want {
			t.Errorf("%s of the node is %q, not %q", name, got, want)
		}
	}
	if !node.Failed {
		t.Error("the node has not failed")
	}
}

func TestNodesOfATaskFromBeforeAreOneTrace(t *testing.T) {
	t.Parallel()
	made, sent := start(t, false)
	receiver := telemetry.NodeSpan{TaskID: 1, NodeID: "a", State: "FINISHED"}
	made.Node(t.Context(), receiver)
	ctx := made.OfTask(t.Context(), 1)
	_, end := made.Call(ctx, "GET", http.Header{})
	end(200, telemetry.CallOK)
	spans := sent()
	if spans["GET"].TraceID != spans["node"].TraceID || spans["GET"].Parent != spans["node"].ID {
		t.Errorf("%+v", spans)
	}
}

func TestCallsTellTheirTraceAndNoAddress(t *testing.T) {
	t.Parallel()
	made, sent := start(t, false)
	ctx, op := made.Operation(t.Context())
	h := http.Header{}
	_, end := made.Call(ctx, "s3cret", h)
	end(0, "HOST")
	op.End(telemetry.OutcomeOK, "")
	call := sent()["_OTHER"]
	if want := "00-" + call.TraceID + "-" + call.ID + "-01"; h.Get("Traceparent") != want || !call.Failed {
		t.Errorf("%v of %+v", h, call)
	}
}

func TestMetricsParse(t *testing.T) {
	t.Parallel()
	made, sent := start(t, true)
	ctx, op := made.Operation(t.Context())
	op.Known("query", "Q")
	op.Live(ctx)
	database := made.Statements("postgresql")
	database.Statement(ctx, "SELECT 1")(nil)
	database.Waited(ctx, time.Millisecond)
	made.TaskCreated(ctx)
	made.TaskStarted(ctx, 1)
	made.Node(ctx, telemetry.NodeSpan{TaskID: 1, State: "FINISHED", Mocked: true})
	made.TaskEnded(ctx, 1, "FINISHED")
	_, done := made.Request(ctx, "POST", "/r")
	done(200)
	_, ended := made.Call(ctx, "GET", http.Header{})
	ended(200, telemetry.CallOK)
	scrape := func(accept string) string {
		r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		made.Handler().ServeHTTP(w, r)
		return w.Body.String()
	}
	if text := scrape(""); !strings.Contains(text, "graphql_server_subscription_active 1\n") {
		t.Errorf("no subscription runs:\n%s", text)
	}
	op.End(telemetry.OutcomeFailed, "EXHAUSTED")
	text := scrape("")
	if !strings.Contains(text, `db_operation_name="SELECT",db_system_name="postgresql"`) {
		t.Errorf("the database is another one:\n%s", text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"http_server_request_duration_seconds", "graphql_server_operation_duration_seconds", "graphql_server_subscription_active",
		"db_client_operation_duration_seconds", "rehearse_store_writer_wait_seconds", "rehearse_task_created_total",
		"rehearse_task_started_total", "rehearse_task_ended_total", "rehearse_node_duration_seconds",
		"rehearse_real_call_duration_seconds", "go_goroutines", "target_info",
	} {
		if families[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
	if !strings.Contains(text, `target_info{service_name="rehearse",service_version="1"`) {
		t.Error("the metrics do not say whose they are")
	}
	if !strings.Contains(text, `error_type="EXHAUSTED",graphql_operation_type="query",rehearse_outcome="failed"`) ||
		!strings.Contains(text, "graphql_server_subscription_active 0\n") {
		t.Errorf("the operation is not told of:\n%s", text)
	}
	exemplars := scrape("application/openmetrics-text; version=1.0.0")
	if operation := sent()["query"]; !strings.Contains(exemplars, `trace_id="`+operation.TraceID+`"`) {
		t.Errorf("no bucket names the trace %s", operation.TraceID)
	}
}

func TestOffTakesEverything(t *testing.T) {
	t.Parallel()
	made, err := telemetry.New(telemetry.Options{})
	if made != nil || err != nil {
		t.Fatal(made, err)
	}
	h := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
	ctx, op := made.Operation(made.Incoming(t.Context(), h))
	op.Known("query", "")
	op.Live(ctx)
	op.End(telemetry.OutcomeOK, "")
	ctx, end := made.Field(op.In(ctx), "Query", "task")
	end()
	made.TaskCreated(ctx)
	made.TaskStarted(ctx, 1)
	made.TaskEnded(ctx, 1, "FINISHED")
	made.Node(ctx, telemetry.NodeSpan{})
	_, ended := made.Call(ctx, "GET", h)
	ended(0, telemetry.CallOK)
	_, done := made.Request(ctx, "GET", "/")
	done(200)
	if made.Handler() != nil || made.Close(ctx) != nil {
		t.Error("there are metrics")
	}
	if trace, span, ok := telemetry.IDs(ctx); !ok || trace != "0af7651916cd43dd8448eb211c80319c" || span != "b7ad6b7169203331" {
		t.Errorf("the log would not name the trace of the caller: %q %q", trace, span)
	}
}

func TestEndpointsAreJudged(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{"collector", "grpc://h:1", "http://", "http://u:s3cret@h", "http://h?k=s3cret", "http://h\x7f/s3cret"} {
		made, err := telemetry.New(telemetry.Options{Endpoint: endpoint, Log: slog.New(slog.DiscardHandler)})
		if made != nil || err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v, %v", endpoint, made, err)
		}
	}
}

func TestAReceiverThatIsAwayIsToldOfInTheLog(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusForbidden)
	}))
	defer closed.Close()
	var log bytes.Buffer
	made, err := telemetry.New(telemetry.Options{Endpoint: closed.URL, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	_, op := made.Operation(t.Context())
	op.End(telemetry.OutcomeOK, "")
	if err := made.Close(t.Context()); err != nil || !strings.Contains(log.String(), "traces were not sent") {
		t.Errorf("%v, %q", err, log.String())
	}
}
