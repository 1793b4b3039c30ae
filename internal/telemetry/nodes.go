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
)

// NodeSpan is an execution of a node that has ended.
type NodeSpan struct {
	TaskID, SpaceID int
	NodeID          string
	// Plugin is the code of the node's plugin, empty for gateways and events.
	Plugin string
	// Mocked says that its outputs came from mock data.
	Mocked bool
	// State is the last one, such as FINISHED or FAILED.
	State             string
	Started, Finished time.Time
	// Attributes are customSpanAttributes of the task, which win over attributes that the
	// span has by itself (domain §1.8). The map is not changed.
	Attributes map[string]any
}

// nodeFailed is the state of an execution that makes its span one of an error.
const nodeFailed = "FAILED"

// TaskCreated counts a task that was made.
func (t *Telemetry) TaskCreated(ctx context.Context) {
	if t != nil {
		t.tasksCreated.Add(ctx, 1)
	}
}

// TaskStarted counts a task that began to run. Spans of its nodes and calls will stand
// below the span of ctx, wherever they are told of.
func (t *Telemetry) TaskStarted(ctx context.Context, taskID int) {
	if t == nil {
		return
	}
	t.tasksStarted.Add(ctx, 1)
	t.OfTask(ctx, taskID)
}

// TaskEnded counts a task that is over, by its last state.
func (t *Telemetry) TaskEnded(ctx context.Context, taskID int, state string) {
	if t == nil {
		return
	}
	t.tasksEnded.Add(ctx, 1, metric.WithAttributes(attribute.String("rehearse.task.state", state)))
	t.running.Remove(taskID)
}

// Node counts an execution, and makes a span of the times that it names. It stands below
// the span that started the task. Of a task that was started before this process, the
// nodes stand below the first of them, so that they are one trace still.
func (t *Telemetry) Node(ctx context.Context, n NodeSpan) {
	if t == nil {
		return
	}
	ctx = t.OfTask(ctx, n.TaskID)
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

// OfTask is ctx within the trace of a task that runs: the one that ctx was in when the
// task was first heard of.
func (t *Telemetry) OfTask(ctx context.Context, taskID int) context.Context {
	if !t.Tracing() {
		return ctx
	}
	if span, ok := t.running.Get(taskID); ok {
		return trace.ContextWithSpanContext(ctx, span)
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		t.running.Add(taskID, span)
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
