package telemetry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"rehearse.dev/internal/signal"
)

// NodeSpan is an execution of a node that has ended.
type NodeSpan = signal.NodeSpan

// nodeFailed is the state of an execution that makes its span one of an error.
const nodeFailed = "FAILED"

// TaskCreated implements signal.Sink.
func (t *Telemetry) TaskCreated(ctx context.Context) {
	if t != nil {
		t.tasksCreated.Add(ctx, 1)
	}
}

// TaskStarted implements signal.Sink: spans of the task's nodes will stand below the
// span of ctx, wherever they are told of.
func (t *Telemetry) TaskStarted(ctx context.Context, taskID int) {
	if t == nil {
		return
	}
	t.tasksStarted.Add(ctx, 1)
	if span := trace.SpanContextFromContext(ctx); t.tracing && span.IsValid() {
		t.running.Add(taskID, span)
	}
}

// TaskEnded implements signal.Sink.
func (t *Telemetry) TaskEnded(ctx context.Context, taskID int, state string) {
	if t == nil {
		return
	}
	t.tasksEnded.Add(ctx, 1, metric.WithAttributes(attribute.String("rehearse.task.state", state)))
	t.running.Remove(taskID)
}

// RealCall implements signal.Sink.
func (t *Telemetry) RealCall(ctx context.Context, outcome string, took time.Duration) {
	if t != nil {
		t.realCalls.Record(ctx, took.Seconds(), metric.WithAttributes(keyOutcome.String(outcome)))
	}
}

// Node implements signal.Sink: the execution becomes a span of the times that it names.
// It stands below the span that started the task. Of a task that was started before this
// process, the nodes stand below the first of them, so that they are one trace still.
func (t *Telemetry) Node(ctx context.Context, n NodeSpan) {
	if t == nil {
		return
	}
	ctx = t.traceOf(ctx, n.TaskID)
	if t.tracing {
		var span trace.Span
		ctx, span = t.tracer.Start(ctx, "node", trace.WithTimestamp(n.Started), trace.WithAttributes(nodeAttributes(n)...))
		t.running.ContainsOrAdd(n.TaskID, span.SpanContext())
		if n.State == nodeFailed {
			span.SetStatus(codes.Error, "")
		}
		defer span.End(trace.WithTimestamp(n.Finished))
	}
	t.nodes.Record(ctx, max(n.Finished.Sub(n.Started), 0).Seconds(), metric.WithAttributes(
		attribute.String("rehearse.node.state", n.State), attribute.Bool("rehearse.node.mocked", n.Mocked)))
}

// traceOf is ctx within the trace of a task.
func (t *Telemetry) traceOf(ctx context.Context, taskID int) context.Context {
	if span, ok := t.running.Get(taskID); ok {
		return trace.ContextWithSpanContext(ctx, span)
	}
	return ctx
}

// nodeAttributes are those of the span: our own, then those of the task, which win.
func nodeAttributes(n NodeSpan) []attribute.KeyValue {
	merged := map[string]any{
		"space_id": n.SpaceID, "task_id": n.TaskID, "node_id": n.NodeID,
		"rehearse.node.plugin": n.Plugin, "rehearse.node.mocked": n.Mocked, "rehearse.node.state": n.State,
	}
	if n.Plugin == "" {
		delete(merged, "rehearse.node.plugin")
	}
	// A span has room for so many; the names decide which those are, not chance.
	for _, name := range slices.Sorted(maps.Keys(n.Attributes)) {
		if _, replaces := merged[name]; name != "" && (replaces || len(merged) < maxAttributes) {
			merged[cut(name, maxName)] = n.Attributes[name]
		}
	}
	list := make([]attribute.KeyValue, 0, len(merged))
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		list = append(list, keyValue(name, merged[name]))
	}
	return list
}

// keyValue shows a value of JSON. OpenTelemetry has no objects, nulls or mixed lists:
// those are shown as JSON.
func keyValue(name string, value any) attribute.KeyValue {
	switch v := value.(type) {
	case string:
		return attribute.String(name, v)
	case bool:
		return attribute.Bool(name, v)
	case int:
		return attribute.Int(name, v)
	case int64:
		return attribute.Int64(name, v)
	case float64:
		return attribute.Float64(name, v)
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return attribute.Int64(name, whole)
		}
		if f, err := v.Float64(); err == nil {
			return attribute.Float64(name, f)
		}
		return attribute.String(name, v.String())
	}
	text, err := json.Marshal(value)
	if err != nil {
		return attribute.String(name, fmt.Sprintf("(%T)", value))
	}
	return attribute.String(name, string(text))
}
