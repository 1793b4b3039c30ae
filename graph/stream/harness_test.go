package stream_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rehearse.dev/graph/operation/operationtest"
	"rehearse.dev/graph/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test.
const patience = 20 * time.Second

// hub is a server with a fake behind it.
type hub struct {
	operationtest.Server
	url    string
	drain  context.CancelFunc
	client *http.Client
	log    *syncBuilder
}

func newHub(t *testing.T, times stream.Times) *hub {
	t.Helper()
	return newHubWithin(t, times, patience)
}

// newHubWithin makes a server that gives whole requests a time limit.
func newHubWithin(t *testing.T, times stream.Times, limit time.Duration) *hub {
	t.Helper()
	h := &hub{log: &syncBuilder{}}
	h.Release = make(chan struct{})
	drain, cancel := context.WithCancel(context.Background()) //nolint:usetesting // it must outlive the server
	h.drain = cancel
	server := httptest.NewUnstartedServer(stream.NewHandler(stream.Options{
		Executor: &h.Server, Authenticate: h.Authenticate, Drain: drain,
		Log: slog.New(slog.NewTextHandler(h.log, nil)), Times: times,
	}))
	server.Config.ReadTimeout = limit
	server.Start()
	h.url, h.client = server.URL, server.Client()
	t.Cleanup(func() {
		h.drain()
		server.Close()
		await(t, "no operation is left behind", func() bool { return h.Live.Load() == 0 })
	})
	return h
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited for too long: %s", what)
		}
	}
}

type syncBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write appends.
func (s *syncBuilder) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuilder) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// send makes a request with credentials; change may do what it likes to it.
func (h *hub) send(t *testing.T, body string, change func(*http.Request)) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set(operationtest.Header, "good")
	if change != nil {
		change(r)
	}
	answer, err := h.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// reader reads a stream line by line.
type reader struct {
	*bufio.Reader
	t *testing.T
}

func (h *hub) open(t *testing.T, query, header string) (*reader, io.Closer) {
	t.Helper()
	answer := h.send(t, `{"query":"`+query+`"}`, func(r *http.Request) { r.Header.Set(operationtest.Header, header) })
	if answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status)
	}
	r := &reader{bufio.NewReader(answer.Body), t}
	r.want(opening)
	return r, answer.Body
}

func (r *reader) want(text string) {
	r.t.Helper()
	got := make([]byte, len(text))
	if n, err := io.ReadFull(r, got); err != nil || string(got) != text {
		r.t.Fatalf("got %q, %v\nwant %q", got[:n], err, text)
	}
}

// wantEnd expects nothing more, and an orderly end.
func (r *reader) wantEnd() {
	r.t.Helper()
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		r.t.Errorf("got %q, %v at the end", rest, err)
	}
}

const (
	opening  = ":\n\n"
	complete = "event: complete\ndata:\n\n"
)

func next(data string) string { return "event: next\ndata: " + data + "\n\n" }
