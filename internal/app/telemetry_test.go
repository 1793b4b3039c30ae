package app_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rehearse.dev/graph"
	"rehearse.dev/internal/telemetry"
	"rehearse.dev/internal/telemetry/telemetrytest"
)

// observed is a server that tells a receiver of traces and has metrics.
func observed(t *testing.T) (s *server, told *telemetry.Telemetry, received func() ([]telemetrytest.Span, string)) {
	t.Helper()
	receiver, err := telemetrytest.Start()
	fatal(t, err)
	t.Cleanup(receiver.Close)
	told, err = telemetry.New(telemetry.Options{Endpoint: receiver.URL, Metrics: true, Version: "test", Log: slog.New(slog.DiscardHandler)})
	fatal(t, err)
	s = newServer(t)
	s.program.Watch(told)
	s.configure(t, graph.Options{Telemetry: told})
	return s, told, func() ([]telemetrytest.Span, string) {
		t.Helper()
		fatal(t, told.Close(t.Context()))
		spans, sent, err := receiver.Spans()
		fatal(t, err)
		return spans, string(sent)
	}
}

const traceOfCaller = "0af7651916cd43dd8448eb211c80319c"

func traced(r *http.Request) {
	r.Header.Set("Traceparent", "00-"+traceOfCaller+"-b7ad6b7169203331-01")
}

func TestOneTraceLeadsFromTheRequestToTheNodes(t *testing.T) {
	t.Parallel()
	s, _, received := observed(t)
	in := mock(s.ours.template(t, order(t)), `["nfetch","ntell"]`, `{"nfetch": {"state": "paid"}}`, "")
	in["start"] = true
	in["customSpanAttributes"] = raw(`{"team": "blue", "node_id": "ours"}`)
	body := `{"operationName": "Begin", "variables": {"i": ` + asJSON(in) + `},
		"query": "mutation Begin($i: CreateMockTaskInput!) { createMockTask(input: $i) { task { state } userErrors { message } } }"}`
	a := s.ours.send(t, []byte(body), traced)
	same(t, a.data, "createMockTask.userErrors", `[]`)
	spans, _ := received()
	of := map[string][]telemetrytest.Span{}
	byID := map[string]telemetrytest.Span{}
	for _, span := range spans {
		if span.TraceID == traceOfCaller {
			of[span.Name], byID[span.ID] = append(of[span.Name], span), span
		}
	}
	if len(of["mutation"]) != 1 || len(of["Mutation.createMockTask"]) != 1 || len(of["INSERT"]) == 0 || len(of["SELECT"]) == 0 || len(of["node"]) < 2 {
		for name, spans := range of {
			t.Logf("%d of %s", len(spans), name)
		}
		t.Fatalf("the trace has %d spans", len(byID))
	}
	operation, field := of["mutation"][0], of["Mutation.createMockTask"][0]
	if operation.Parent != "b7ad6b7169203331" || operation.Kind != "SPAN_KIND_SERVER" || operation.Attributes["graphql.operation.name"] != "Begin" {
		t.Errorf("the operation is %+v", operation)
	}
	if field.Parent != operation.ID || of["INSERT"][0].Parent != field.ID {
		t.Errorf("%+v and %+v stand elsewhere", field, of["INSERT"][0])
	}
	for _, node := range of["node"] {
		if _, ok := byID[node.Parent]; !ok || node.Attributes["team"] != "blue" || node.Attributes["node_id"] != "ours" || node.Attributes["task_id"] == "" {
			t.Errorf("the node is %+v", node)
		}
	}
	if line := `trace_id=` + traceOfCaller + ` span_id=` + operation.ID; !strings.Contains(s.log.String(), line) {
		t.Errorf("no line has %s:\n%s", line, s.log)
	}
}

func TestTelemetryNeverTellsTextsAndValues(t *testing.T) {
	t.Parallel()
	s, told, received := observed(t)
	id := s.ours.template(t, order(t))
	const literal, variable = "l1teral-4711", "v4riable-4711"
	for name, body := range map[string]string{
		"Read":    `{"query": "query Q($n: String) { a: templates(where: {nameContains: \"` + literal + `\"}, first: 1) { totalCount } b: templates(where: {nameContains: $n}, first: 1) { totalCount } }", "variables": {"n": "` + variable + `"}}`,
		"Write":   `{"query": "mutation ($i: CreateMockTaskInput!) { createMockTask(input: $i) { task { id } userErrors { message } } }", "variables": {"i": {"templateId": "` + id + `", "name": "` + variable + `", "creator": "` + variable + `", "description": "` + variable + `"}}}`,
		"Invalid": `{"query": "{ ` + strings.ReplaceAll(literal, "-", "_") + `(x: \"` + literal + `\") }"}`,
		"Syntax":  `{"query": "{ \"` + literal + `\" "}`,
		"Coerced": `{"query": "query ($n: Int) { templates(first: $n) { totalCount } }", "variables": {"n": "` + variable + `"}}`,
		"Alias":   `{"query": "{ ` + strings.ReplaceAll(literal, "-", "_") + `: viewer { __typename } }"}`,
	} {
		if a := s.ours.send(t, []byte(body), traced); a.status == 0 {
			t.Errorf("%s was not answered", name)
		}
	}
	w := httptest.NewRecorder()
	told.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	spans, sent := received()
	if len(spans) < 6 || !strings.Contains(w.Body.String(), `rehearse_outcome="refused"`) || !strings.Contains(s.log.String(), traceOfCaller) {
		t.Fatalf("%d spans, and these metrics:\n%s", len(spans), w.Body)
	}
	for where, text := range map[string]string{"traces": sent, "metrics": w.Body.String(), "log": s.log.String()} {
		for _, value := range []string{"l1teral", "v4riable", s.ours.secret} {
			if at := strings.Index(text, value); at >= 0 {
				t.Errorf("the %s tell %s: …%q", where, value, text[max(0, at-100):min(len(text), at+100)])
			}
		}
	}
}

func TestServeJudgesTheFlagsOfTelemetry(t *testing.T) {
	t.Parallel()
	for _, flags := range [][2]string{
		{"--otlp-endpoint", "collector:4317"},
		{"--otlp-endpoint", "http://me:s3cret@collector"},
		{"--metrics-addr", "9090"},
	} {
		code, log := serveOnce(t, t.TempDir(), flags[0], flags[1])
		if code != 2 || !strings.Contains(log, flags[0]) || strings.Contains(log, "s3cret") {
			t.Errorf("%v: %d, %s", flags, code, log)
		}
	}
}
