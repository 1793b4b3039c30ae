package app_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"rehearse.dev/internal/auth"
)

// discarding is a client that only counts.
type discarding struct {
	header        http.Header
	status, bytes int
}

func (d *discarding) Header() http.Header    { return d.header }
func (d *discarding) WriteHeader(status int) { d.status = status }
func (d *discarding) Write(p []byte) (int, error) {
	d.bytes += len(p)
	return len(p), nil
}

// BenchmarkRequest is a request through the whole handler, without a network.
func BenchmarkRequest(b *testing.B) {
	s := newServer(b)
	id := s.ours.template(b, order(b))
	for range 50 {
		s.ours.query(b, createDocument, vars{"input": input(id)})
	}
	for _, row := range []struct{ name, body, coding string }{
		{"tiny", `{"query": "{ __typename }"}`, ""},
		{"one", `{"query": "query($id: ID!) { template(id: $id) { id name } }", "variables": {"id": "` + id + `"}}`, ""},
		{"page", `{"query": "{ tasks(first: 50) { nodes { id name state creator createTime templateId } } }"}`, ""},
		{"page-gzip", `{"query": "{ tasks(first: 50) { nodes { id name state creator createTime templateId } } }"}`, "gzip"},
		{"page-br", `{"query": "{ tasks(first: 50) { nodes { id name state creator createTime templateId } } }"}`, "br"},
		{"page-zstd", `{"query": "{ tasks(first: 50) { nodes { id name state creator createTime templateId } } }"}`, "zstd"},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			w := &discarding{}
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader([]byte(row.body)))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Accept-Encoding", row.coding)
				r.Header.Set(auth.AppHeader, s.ours.header)
				*w = discarding{header: http.Header{}}
				s.handler.ServeHTTP(w, r)
			}
			if w.status != http.StatusOK {
				b.Errorf("status %d", w.status)
			}
			b.ReportMetric(float64(w.bytes), "sent-B")
		})
	}
}
