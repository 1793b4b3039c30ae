package socket

import (
	"context"
	"encoding/json"
	"net/http"
	"net/textproto"
	"sync"
	"time"

	"github.com/coder/websocket"

	"rehearse.dev/graph/operation"
)

// conn is one connection. Its request's goroutine reads; guard and keepAlive look
// after it; each operation has a goroutine. There is no queue of messages: an
// operation that has one to send waits until the client takes it, so a slow client
// holds back its own operations, and one message of each in memory, and nothing else.
type conn struct {
	*handler
	socket *websocket.Conn
	ctx    context.Context //nolint:containedctx // the life of the connection, which callbacks need
	cancel context.CancelFunc
	base   context.Context //nolint:containedctx // for writing: an end must not cut a message in two
	header http.Header     // who calls; changed before welcome is closed, not after

	greeted chan struct{} // closed when connection_init is there
	welcome chan struct{} // closed with connection_ack
	expires time.Time     // of the caller, set before welcome is closed

	writing chan struct{} // holds a token while a message is written
	ending  sync.Once
	tasks   sync.WaitGroup

	mu         sync.Mutex
	draining   bool
	live       int // operations whose goroutine has not ended
	operations map[string]*running
}

func newConn(h *handler, socket *websocket.Conn, r *http.Request) *conn {
	c := &conn{
		handler: h, socket: socket, base: context.WithoutCancel(r.Context()), header: r.Header.Clone(),
		greeted: make(chan struct{}), welcome: make(chan struct{}),
		writing: make(chan struct{}, 1), operations: map[string]*running{},
	}
	c.ctx, c.cancel = context.WithCancel(r.Context())
	return c
}

// serve answers messages until the connection is over, and leaves nothing behind.
func (c *conn) serve() {
	c.socket.SetReadLimit(maxGreeting)
	c.tasks.Go(c.guard)
	c.tasks.Go(c.keepAlive)
	for {
		// A context that ends would close the connection without a close frame.
		kind, text, err := c.socket.Read(c.base)
		if err != nil || c.ctx.Err() != nil {
			break
		}
		if kind != websocket.MessageText {
			c.end(closeInvalid, errNotJSON.Error())
			break
		}
		c.receive(text)
	}
	c.cancel()
	c.socket.CloseNow() //nolint:errcheck // it is closed already, or nobody is left to tell
	c.tasks.Wait()
}

// receive acts upon one message. All but the authentication of connection_init is
// quick, so that the next message is read soon.
func (c *conn) receive(text []byte) {
	m, err := parse(text)
	if err != nil {
		c.end(closeInvalid, err.Error())
		return
	}
	switch m.kind {
	case typeInit:
		c.greet(m.payload)
	case typePing:
		c.write(plain(typePong, m.payload), nil)
	case typePong:
	case typeSubscribe:
		if !closed(c.welcome) {
			c.end(closeEarly, "Unauthorized")
			return
		}
		c.subscribe(m.id, m.payload)
	case typeComplete:
		c.forget(m.id)
	}
}

// greet finds out who calls: by the headers of the upgrade, and by those that the
// payload names in their place.
func (c *conn) greet(payload json.RawMessage) {
	if closed(c.greeted) {
		c.end(closeInits, "Too many initialisation requests")
		return
	}
	close(c.greeted)
	if !c.readCredentials(payload) {
		c.end(closeInvalid, "the credentials in the payload must be text")
		return
	}
	_, expires, err := c.Authenticate(c.ctx, c.header)
	if err != nil {
		c.endFor(err)
		return
	}
	c.expires = expires
	c.socket.SetReadLimit(maxMessage)
	// Before the ack: who has seen it may subscribe.
	close(c.welcome)
	c.write(plain(typeAck, nil), nil)
}

// readCredentials puts members of the payload into the header, under their names in
// whatever case. It reports whether those that it knows are strings.
func (c *conn) readCredentials(payload json.RawMessage) bool {
	if payload == nil {
		return true
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil {
		return false
	}
	given := http.Header{}
	for name, raw := range members {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !c.credentials[name] {
			continue
		}
		var value string
		if !textMember(raw, &value) {
			return false
		}
		// One name in two spellings is for the authenticator to refuse.
		given.Add(name, value)
	}
	for name, values := range given {
		c.header[name] = values
	}
	return true
}

// write sends a message, unless the connection ends or still says that nobody waits
// for it any more. It reports whether it was sent. A client that does not take it in
// time is dropped.
func (c *conn) write(text []byte, still func() bool) bool {
	select {
	case c.writing <- struct{}{}:
	case <-c.ctx.Done():
		return false
	}
	defer func() { <-c.writing }()
	if c.ctx.Err() != nil || still != nil && !still() {
		return false
	}
	ctx, cancel := context.WithTimeout(c.base, c.Times.Write)
	defer cancel()
	if c.socket.Write(ctx, websocket.MessageText, text) != nil {
		c.drop()
		return false
	}
	return true
}

// end closes the connection with a code, once, and ends its operations.
func (c *conn) end(code websocket.StatusCode, reason string) {
	c.ending.Do(func() {
		c.cancel()
		c.socket.Close(code, reason) //nolint:errcheck // a peer that does not answer is gone
	})
}

// endFor ends the connection for an error of the authenticator. Its text stays here.
func (c *conn) endFor(err error) {
	if operation.Refused(err) {
		c.end(closeForbidden, "Forbidden")
		return
	}
	if c.ctx.Err() == nil {
		c.Log.ErrorContext(c.base, "the caller of a socket could not be found out", "error", err)
	}
	c.end(closeDefect, "Internal server error")
}

// drop closes the connection without a word.
func (c *conn) drop() {
	c.ending.Do(func() {
		c.cancel()
		c.socket.CloseNow() //nolint:errcheck // as above
	})
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
