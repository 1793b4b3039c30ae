package telemetry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// verbs are the first words of statements that have a name in metrics, each with its
// attributes, which are made once: there are thousands of statements a second.
var verbs = func() map[string]metric.MeasurementOption {
	known := map[string]metric.MeasurementOption{}
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", otherVerb} {
		known[verb] = metric.WithAttributeSet(attribute.NewSet(
			attribute.String("db.system.name", "sqlite"), attribute.String("db.operation.name", verb)))
	}
	return known
}()

const otherVerb = "OTHER"

func verbOf(text string) string {
	verb, _, _ := strings.Cut(text, " ")
	if _, ok := verbs[verb]; ok {
		return verb
	}
	return otherVerb
}

// Statement tells of a statement of SQL that is about to be sent; what it returns is
// called when its last row was read. The text is shown, so it must have no values in it.
// A statement of no trace makes no span of its own. It implements store.Observer.
func (t *Telemetry) Statement(ctx context.Context, text string) (done func(error)) {
	start, verb := time.Now(), verbOf(text)
	if !t.tracing || !trace.SpanContextFromContext(ctx).IsValid() {
		return func(error) { t.statements.Record(ctx, since(start), verbs[verb]) }
	}
	ctx, span := t.tracer.Start(ctx, verb, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "sqlite"),
		attribute.String("db.operation.name", verb),
		attribute.String("db.query.text", text),
	))
	return func(err error) {
		if err != nil {
			// The type alone: what SQLite says may repeat a value.
			span.SetAttributes(keyError.String(fmt.Sprintf("%T", err)))
			span.SetStatus(codes.Error, "")
		}
		t.statements.Record(ctx, since(start), verbs[verb])
		span.End()
	}
}

// Waited tells how long a transaction stood in the queue of writers. It implements
// store.Observer.
func (t *Telemetry) Waited(ctx context.Context, wait time.Duration) {
	t.writerWait.Record(ctx, wait.Seconds())
}
