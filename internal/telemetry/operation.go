package telemetry

import (
	"context"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Outcome is how an operation ended.
type Outcome string

// The outcomes of operations.
const (
	// OutcomeOK is data without errors. Errors in the payload of a mutation are data.
	OutcomeOK Outcome = "ok"
	// OutcomePartial is data with errors.
	OutcomePartial Outcome = "partial"
	// OutcomeFailed is errors without data, after the operation was begun.
	OutcomeFailed Outcome = "failed"
	// OutcomeRefused is errors before anything ran.
	OutcomeRefused Outcome = "refused"
)

// Keys of attributes, after the semantic conventions of GraphQL servers, which are in
// development: the text of the document is left out on purpose.
const (
	keyType    = attribute.Key("graphql.operation.type")
	keyName    = attribute.Key("graphql.operation.name")
	keyOutcome = attribute.Key("rehearse.outcome")
	keyError   = attribute.Key("error.type")
)

// unnamed is the span's name as long as the type of its operation is not known.
const unnamed = "GraphQL Operation"

// Operation is one GraphQL operation on its way. All methods may be called on nil.
type Operation struct {
	t     *Telemetry
	span  trace.Span
	start time.Time
	kind  string
	live  bool // counted as a running subscription
	ended atomic.Bool
}

// Operation begins the span of an operation; End must be called. It is nil when
// telemetry is off, and ctx is returned as it came.
func (t *Telemetry) Operation(ctx context.Context) (context.Context, *Operation) {
	if t == nil {
		return ctx, nil
	}
	ctx, span := t.tracer.Start(ctx, unnamed, trace.WithSpanKind(trace.SpanKindServer))
	note(ctx, span.SpanContext())
	return ctx, &Operation{t: t, span: span, start: time.Now()}
}

// Known tells what was found in the document: the type, query, mutation or subscription,
// and the name, which clients choose and which so names no span and no metric.
func (o *Operation) Known(kind, name string) {
	if o == nil {
		return
	}
	o.kind = kind
	o.span.SetName(kind)
	o.span.SetAttributes(keyType.String(kind))
	if name != "" {
		o.span.SetAttributes(keyName.String(cut(name, maxName)))
	}
}

// Live counts a subscription as one that runs, until it ends.
func (o *Operation) Live(ctx context.Context) {
	if o == nil {
		return
	}
	o.live = true
	o.t.subscriptions.Add(ctx, 1)
}

// In is ctx with the operation's span in it.
func (o *Operation) In(ctx context.Context) context.Context {
	if o == nil {
		return ctx
	}
	return trace.ContextWithSpan(ctx, o.span)
}

// End ends the span and counts the operation, the first time that it is called. code is
// that of the first error, which is one of a few, and empty without errors.
func (o *Operation) End(outcome Outcome, code string) {
	if o == nil || o.ended.Swap(true) {
		return
	}
	attributes := make([]attribute.KeyValue, 0, 3)
	attributes = append(attributes, keyOutcome.String(string(outcome)))
	if code != "" {
		attributes = append(attributes, keyError.String(code))
	}
	o.span.SetAttributes(attributes...)
	if outcome == OutcomeFailed {
		o.span.SetStatus(codes.Error, "")
	}
	ctx := trace.ContextWithSpan(context.Background(), o.span)
	if o.live {
		o.t.subscriptions.Add(ctx, -1)
	}
	if o.kind != "" {
		attributes = append(attributes, keyType.String(o.kind))
	}
	o.t.operations.Record(ctx, since(o.start), metric.WithAttributes(attributes...))
	o.span.End()
}

// Tracing says whether spans are sent anywhere, for callers who would build something
// for them first.
func (t *Telemetry) Tracing() bool { return t != nil && t.tracing }

// Field begins the span of one call of a service: a field of Query or Mutation, by its
// names in the schema. The function that it returns ends it.
func (t *Telemetry) Field(ctx context.Context, object, field string) (context.Context, func()) {
	if !t.Tracing() {
		return ctx, func() {}
	}
	ctx, span := t.tracer.Start(ctx, object+"."+field)
	return ctx, func() { span.End() }
}

// cut bounds a text of strangers at a border of characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return strings.Clone(text[:most])
}
