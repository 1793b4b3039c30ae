package telemetry_test

import (
	"log/slog"
	"net/http"
	"testing"

	"rehearse.dev/internal/telemetry"
	"rehearse.dev/internal/telemetry/telemetrytest"
)

// What one query with two statements tells, beside its work.
func BenchmarkOperation(b *testing.B) {
	receiver, err := telemetrytest.Start()
	if err != nil {
		b.Fatal(err)
	}
	defer receiver.Close()
	for name, options := range map[string]telemetry.Options{
		"off":     {},
		"metrics": {Metrics: true},
		"both":    {Metrics: true, Endpoint: receiver.URL, Log: slog.New(slog.DiscardHandler)},
	} {
		made, err := telemetry.New(options)
		if err != nil {
			b.Fatal(err)
		}
		database := made.Statements("sqlite")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ctx, op := made.Operation(made.Incoming(b.Context(), http.Header{}))
				op.Known("query", "Q")
				inner, end := made.Field(op.In(ctx), "Query", "task")
				if made != nil { // the store asks nobody without one
					database.Statement(inner, "SELECT id FROM tasks WHERE id = ?")(nil)
					database.Statement(inner, "SELECT id FROM templates WHERE id = ?")(nil)
				}
				end()
				op.End(telemetry.OutcomeOK, "")
			}
		})
		if err := made.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
