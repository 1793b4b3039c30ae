package app

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"rehearse.dev/internal/telemetry"
)

// requestIDHeader names a request in logs; a caller may bring its own.
const requestIDHeader = "X-Request-Id"

const maxRequestID = 64

type requestIDKey struct{}

// newLog makes the log; every line of a request carries its id, and that of its trace
// and span if it has them.
func newLog(form string, w io.Writer) *slog.Logger {
	if form == "json" {
		return slog.New(withRequestID{slog.NewJSONHandler(w, nil)})
	}
	return slog.New(withRequestID{slog.NewTextHandler(w, nil)})
}

type withRequestID struct{ slog.Handler }

// Handle adds the ids of the request that the context belongs to.
func (h withRequestID) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(requestIDKey{}).(string); ok {
		r.AddAttrs(slog.String("request_id", id))
	}
	if trace, span, ok := telemetry.IDs(ctx); ok {
		r.AddAttrs(slog.String("trace_id", trace), slog.String("span_id", span))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the wrapper around the handler.
func (h withRequestID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequestID{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the wrapper around the handler.
func (h withRequestID) WithGroup(name string) slog.Handler {
	return withRequestID{h.Handler.WithGroup(name)}
}

// logged gives each request an id and a line in the log. Headers and bodies are
// not logged: they hold secrets. It goes on with the trace that the caller names.
func logged(next http.Handler, log *slog.Logger, t *telemetry.Telemetry) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := r.Header.Get(requestIDHeader)
		if !plainID(id) {
			id = rand.Text()
		}
		w.Header().Set(requestIDHeader, id)
		ctx := t.Incoming(context.WithValue(r.Context(), requestIDKey{}, id), r.Header)
		counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, r.WithContext(ctx))
		log.LogAttrs(ctx, slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", counted.status),
			slog.Int("bytes", counted.bytes), slog.Float64("took_ms", float64(time.Since(start).Microseconds())/1000))
	})
}

// plainID keeps line breaks and long texts of strangers out of the log.
func plainID(id string) bool {
	return id != "" && len(id) <= maxRequestID && strings.IndexFunc(id, func(r rune) bool {
		return r <= ' ' || r > '~'
	}) < 0
}

type countingWriter struct {
	http.ResponseWriter
	status, bytes int
}

// WriteHeader notes the status.
func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// localOnly refuses requests that a page of another site made by pointing its
// own name at this machine: their Host is not a loopback name.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback(strings.Trim(host, "[]")) {
			http.Error(w, "with --dev only loopback names are served", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
