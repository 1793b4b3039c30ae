package socket_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"rehearse.dev/graph/operation/operationtest"
	"rehearse.dev/graph/socket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test.
const patience = 20 * time.Second

// hub is a server with a fake behind it.
type hub struct {
	operationtest.Server
	url   string
	drain context.CancelFunc
	log   *syncBuilder
}

// newHub makes a server that never pings and has long time limits, unless times says
// otherwise.
func newHub(t *testing.T, times socket.Times) *hub {
	t.Helper()
	h := &hub{log: &syncBuilder{}}
	h.Release = make(chan struct{})
	drain, cancel := context.WithCancel(context.Background()) //nolint:usetesting // it must outlive the server
	h.drain = cancel
	handler := socket.NewHandler(socket.Options{
		Executor: &h.Server, Authenticate: h.Authenticate, Credentials: []string{"x-bkapi-authorization"},
		Origin: func(origin string, _ *http.Request) bool { return origin == "https://friend.example" },
		Drain:  drain, Log: slog.New(slog.NewTextHandler(h.log, nil)), Times: times,
	})
	handlers := make(chan struct{}, 1<<16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers <- struct{}{}
		defer func() { <-handlers }()
		if !socket.Wants(r) {
			http.Error(w, "no socket", http.StatusTeapot)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	h.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() {
		h.drain()
		server.Close()
		// Hijacked connections are not the server's matter any more.
		await(t, "the handlers end", func() bool { return len(handlers) == 0 })
		await(t, "no operation is left behind", func() bool { return h.Live.Load() == 0 })
	})
	return h
}

// await waits until a condition holds.
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

// client is the other side.
type client struct {
	*websocket.Conn
	t *testing.T
}

func (h *hub) dial(t *testing.T, header http.Header, protocols ...string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, h.url, &websocket.DialOptions{HTTPHeader: header, Subprotocols: protocols})
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	c := &client{conn, t}
	t.Cleanup(func() { c.CloseNow() })
	return c
}

// open dials and says who calls.
func (h *hub) open(t *testing.T) *client {
	t.Helper()
	c := h.dial(t, nil, socket.Protocol)
	c.send(hello)
	c.want(ack)
	return c
}

const (
	hello = `{"type":"connection_init","payload":{"X-Bkapi-Authorization":"good"}}`
	ack   = `{"type":"connection_ack"}`
)

func (c *client) send(text string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("send %.80s: %v", text, err)
	}
}

func (c *client) read() (string, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	_, text, err := c.Read(ctx)
	return string(text), err
}

// want reads messages and compares them.
func (c *client) want(texts ...string) {
	c.t.Helper()
	for _, want := range texts {
		if got, err := c.read(); err != nil || got != want {
			c.t.Fatalf("got %.200s, %v\nwant %s", got, err, want)
		}
	}
}

// wantClose reads up to the close frame, which must be next.
func (c *client) wantClose(code websocket.StatusCode, reason string) {
	c.t.Helper()
	text, err := c.read()
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || closed.Reason != reason {
		c.t.Errorf("got %.200s, %v, want the close code %d %q", text, err, code, reason)
	}
}

// dialRaw asks for an upgrade and returns the answer.
func (h *hub) dialRaw(t *testing.T, header http.Header) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(h.url, "ws"), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	// A transport of its own: an idle connection would look like a leak.
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return answer.StatusCode, ""
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}
