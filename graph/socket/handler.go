// Package socket serves GraphQL operations over the WebSocket sub-protocol
// graphql-transport-ws, as PROTOCOL.md of github.com/enisdenjo/graphql-ws has it.
//
// The transport of gqlgen closes with codes of its own and lets one id be used
// twice; clients act upon the codes. It must not know how operations run
// (operation.Executor), who callers are (operation.Authenticate), or what is read.
package socket

import (
	"context"
	"log/slog"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"rehearse.dev/graph/operation"
	"rehearse.dev/internal/body"
)

// Protocol is the sub-protocol that clients must ask for.
const Protocol = "graphql-transport-ws"

// Limits of one connection.
const (
	// MaxOperations is how many operations may be active at once.
	MaxOperations = 64
	// maxGreeting is the largest message in bytes before somebody has said who they are.
	maxGreeting = 64 << 10
	// maxMessage leaves room around the largest request.
	maxMessage = body.Max + 4<<10
)

// Times of one connection. A zero value stands for the default.
type Times struct {
	// Init is how long a client may take to send connection_init: 5 s.
	Init time.Duration
	// Ping is the time between two signs of life that are asked of a client: 12 s.
	Ping time.Duration
	// Pong is how long a client may take to give one: 10 s.
	Pong time.Duration
	// Write is how long a client may take to accept one message: 15 s.
	Write time.Duration
	// Recheck is how often the caller is looked up while operations run: operation.Recheck.
	Recheck time.Duration
	// Settle is how long requests that have no answer yet may go on when the server
	// drains: 1 s.
	Settle time.Duration
}

// Options are what a handler works with. Executor, Authenticate, Drain and Log are
// required.
type Options struct {
	Executor     operation.Executor
	Authenticate operation.Authenticate
	// Credentials names the headers that members of connection_init's payload may
	// stand for, because a browser cannot send them with an upgrade.
	Credentials []string
	// Origin reports whether pages of another origin may connect. Pages of the same
	// host always may; nil allows no others.
	Origin func(origin string, r *http.Request) bool
	// Drain ends when the server is about to end.
	Drain context.Context //nolint:containedctx // it outlives every request
	Log   *slog.Logger
	Times Times
}

type handler struct {
	Options
	credentials map[string]bool // by canonical name
}

// NewHandler makes a handler for requests of which Wants is true. It keeps such a
// request until its connection is over.
func NewHandler(o Options) http.Handler {
	for _, t := range []struct {
		to *time.Duration
		d  time.Duration
	}{
		{&o.Times.Init, 5 * time.Second},
		{&o.Times.Ping, 12 * time.Second},
		{&o.Times.Pong, 10 * time.Second},
		{&o.Times.Write, 15 * time.Second},
		{&o.Times.Recheck, operation.Recheck},
		{&o.Times.Settle, time.Second},
	} {
		if *t.to == 0 {
			*t.to = t.d
		}
	}
	h := &handler{Options: o, credentials: map[string]bool{}}
	for _, name := range o.Credentials {
		h.credentials[textproto.CanonicalMIMEHeaderKey(name)] = true
	}
	return h
}

// Wants reports whether a request asks for a WebSocket.
func Wants(r *http.Request) bool {
	for _, values := range r.Header.Values("Upgrade") {
		for value := range strings.SplitSeq(values, ",") {
			if strings.EqualFold(strings.TrimSpace(value), "websocket") {
				return true
			}
		}
	}
	return false
}

// ServeHTTP refuses pages of foreign origins with 403, and anybody while the server
// drains with 503. A client that does not ask for Protocol is accepted only to be
// told 4406, which a browser would not learn from a status.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if origin := r.Header.Get("Origin"); !sameHost(origin, r) && (h.Origin == nil || !h.Origin(origin, r)) {
		http.Error(w, "pages of this origin may not connect", http.StatusForbidden)
		return
	}
	if h.Drain.Err() != nil {
		http.Error(w, "the server is going away", http.StatusServiceUnavailable)
		return
	}
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{Protocol},
		InsecureSkipVerify: true, // the origin was looked at above
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil { // and answered
		return
	}
	c := newConn(h, socket, r)
	if socket.Subprotocol() != Protocol {
		c.end(closeProtocol, "Subprotocol not acceptable")
		return
	}
	c.serve()
}

// sameHost reports whether no page of another host sent the request. Programs send
// no origin.
func sameHost(origin string, r *http.Request) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}
