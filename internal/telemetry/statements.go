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

// Statements tells what one database does. It implements store.Observer.
type Statements struct {
	*Telemetry
	system attribute.KeyValue
	// verbs are the first words of statements that have a name in metrics, each with its
	// attributes, which are made once: there are thousands of statements a second.
	verbs map[string]metric.MeasurementOption
}

// Statements are those of a database of that system: "sqlite" or "postgresql", as the
// conventions call them.
func (t *Telemetry) Statements(system string) *Statements {
	s := &Statements{Telemetry: t, system: attribute.String("db.system.name", system), verbs: map[string]metric.MeasurementOption{}}
	for _, verb := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", otherVerb} {
		s.verbs[verb] = metric.WithAttributeSet(attribute.NewSet(s.system, attribute.String("db.operation.name", verb)))
	}
	return s
}

const otherVerb = "OTHER"

func (s *Statements) verbOf(text string) string {
	verb, _, _ := strings.Cut(text, " ")
	if _, ok := s.verbs[verb]; ok {
		return verb
	}
	return otherVerb
}

// Statement tells of a statement of SQL that is about to be sent; what it returns is
// called when its last row was read. The text is shown, so it must have no values in it.
// A statement of no trace makes no span of its own.
func (s *Statements) Statement(ctx context.Context, text string) (done func(error)) {
	start, verb := time.Now(), s.verbOf(text)
	if !s.tracing || !trace.SpanContextFromContext(ctx).IsValid() {
		return func(error) { s.statements.Record(ctx, since(start), s.verbs[verb]) }
	}
	ctx, span := s.tracer.Start(ctx, verb, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		s.system,
		attribute.String("db.operation.name", verb),
		attribute.String("db.query.text", text),
	))
	return func(err error) {
		if err != nil {
			// The type alone: what a database says may repeat a value.
			span.SetAttributes(keyError.String(fmt.Sprintf("%T", err)))
			span.SetStatus(codes.Error, "")
		}
		s.statements.Record(ctx, since(start), s.verbs[verb])
		span.End()
	}
}

// Waited tells how long a transaction stood in the queue of writers.
func (s *Statements) Waited(ctx context.Context, wait time.Duration) {
	s.writerWait.Record(ctx, wait.Seconds())
}
