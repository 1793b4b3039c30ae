package socket_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rehearse.dev/graph/socket"
)

func as(header string) http.Header { return http.Header{"X-Bkapi-Authorization": {header}} }

const plainHello = `{"type":"connection_init"}`

func (h *hub) openAs(t *testing.T, header string) *client {
	t.Helper()
	c := h.dial(t, as(header), socket.Protocol)
	c.send(plainHello)
	c.want(ack)
	return c
}

func TestCompleteEndsTheOperationAndFreesItsID(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	c := h.open(t)
	for range 3 {
		c.send(subscribe("1", "wait"))
		await(t, "it runs", func() bool { return h.Live.Load() == 1 })
		c.send(complete("1"))
		await(t, "it ends", func() bool { return h.Live.Load() == 0 })
	}
	c.send(subscribe("1", "count 1"))
	c.want(next("1", "0"), complete("1"))
}

// A result that comes after the client's complete is not sent.
func TestNobodyIsToldWhatTheyCompleted(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	c := h.open(t)
	c.send(subscribe("1", "held"))
	await(t, "it runs", func() bool { return h.Live.Load() == 1 })
	c.send(complete("1"))
	await(t, "it ends", func() bool { return h.Live.Load() == 0 })
	close(h.Release)
	c.send(subscribe("1", "count 1"))
	c.want(next("1", "0"), complete("1"))
}

func TestTheEndOfTheSocketEndsItsOperations(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*client){
		"Closed": func(c *client) { c.Close(websocket.StatusNormalClosure, "") },
		"Cut":    func(c *client) { c.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, socket.Times{})
			c := h.open(t)
			for i := range 10 {
				c.send(subscribe(fmt.Sprint(i), "wait"))
			}
			await(t, "they run", func() bool { return h.Live.Load() == 10 })
			end(c)
			await(t, "they end", func() bool { return h.Live.Load() == 0 })
		})
	}
}

func TestOperationsAtOnceAreLimited(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	c := h.open(t)
	for i := range socket.MaxOperations {
		c.send(subscribe(fmt.Sprint(i), "wait"))
	}
	c.send(subscribe("more", "count 1"))
	c.want(`{"type":"error","id":"more","payload":[{"message":"too many operations at once on this connection: ` +
		`complete some, or open another one","extensions":{"code":"RESOURCE_EXHAUSTED"}}]}`)
	c.send(complete("7"))
	c.send(subscribe("more", "count 1"))
	c.want(next("more", "0"), complete("more"))
}

func TestCredentialsEnd(t *testing.T) {
	t.Parallel()
	t.Run("Expired", func(t *testing.T) {
		t.Parallel()
		h := newHub(t, socket.Times{})
		h.Expire("good for now", time.Now().Add(300*time.Millisecond))
		h.openAs(t, "good for now").wantClose(4403, "credentials expired")
	})
	t.Run("RevokedWhileListening", func(t *testing.T) {
		t.Parallel()
		h := newHub(t, socket.Times{Recheck: 5 * time.Millisecond})
		c := h.openAs(t, "good until revoked")
		c.send(subscribe("1", "wait"))
		await(t, "it runs", func() bool { return h.Live.Load() == 1 })
		asked := h.Asked.Load()
		await(t, "the caller is looked up", func() bool { return h.Asked.Load() > asked+2 })
		h.Revoke("good until revoked")
		c.wantClose(4403, "Forbidden")
	})
	t.Run("RevokedWhileIdle", func(t *testing.T) {
		t.Parallel()
		h := newHub(t, socket.Times{Recheck: time.Millisecond})
		c := h.openAs(t, "good until revoked")
		h.Revoke("good until revoked")
		c.send(`{"type":"ping"}`)
		c.want(`{"type":"pong"}`)
		c.send(subscribe("1", "count 1"))
		c.wantClose(4403, "Forbidden")
	})
}

func TestNoSecretIsLoggedOrTold(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	c := h.dial(t, as("outage"), socket.Protocol)
	c.send(plainHello)
	c.wantClose(4500, "Internal server error")
	await(t, "the outage is logged", func() bool { return strings.Contains(h.log.String(), "the store is out") })
	c = h.dial(t, as("bad"), socket.Protocol)
	c.send(plainHello)
	c.wantClose(4403, "Forbidden")
	if text := h.log.String(); strings.Contains(text, `"bad"`) {
		t.Error(text)
	}
}

func TestADrainingServerLetsRequestsEndAndStreamsGo(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{Settle: patience})
	idle, busy, stranger := h.open(t), h.open(t), h.dial(t, nil, socket.Protocol)
	busy.send(subscribe("stream", "one and wait"))
	busy.want(next("stream", "0"))
	busy.send(subscribe("request", "held"))
	await(t, "both run", func() bool { return h.Live.Load() == 2 })
	h.drain()
	idle.wantClose(1001, "the server is going away")
	stranger.wantClose(1001, "the server is going away")
	busy.send(`{"type":"ping"}`)
	busy.want(`{"type":"pong"}`)
	busy.send(subscribe("late", "count 1")) // is not started any more
	close(h.Release)
	busy.want(next("request", "0"), complete("request"))
	busy.wantClose(1001, "the server is going away")
	if status, _ := h.dialRaw(t, http.Header{"Upgrade": {"websocket"}}); status != http.StatusServiceUnavailable {
		t.Errorf("after that: %d", status)
	}
}

func TestADrainingServerDoesNotWaitForLong(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{Settle: 20 * time.Millisecond})
	c := h.open(t)
	c.send(subscribe("1", "wait"))
	await(t, "it runs", func() bool { return h.Live.Load() == 1 })
	h.drain()
	c.wantClose(1001, "the server is going away")
}

// A client that does not read is dropped, and nobody else waits for it.
func TestASlowClientIsDropped(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{Write: 200 * time.Millisecond})
	slow, other := h.open(t), h.open(t)
	slow.send(subscribe("1", "flood"))
	await(t, "the flood runs", func() bool { return h.Live.Load() == 1 })
	for i := range 100 {
		id := fmt.Sprint(i)
		other.send(subscribe(id, "count 1"))
		other.want(next(id, "0"), complete(id))
	}
	await(t, "the flood ends", func() bool { return h.Live.Load() == 0 })
}

// A peer that is gone without a word answers no ping.
func TestADeadClientIsDropped(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{Ping: 20 * time.Millisecond, Pong: 500 * time.Millisecond})
	conn := h.dialSilent(t)
	await(t, "the operation runs", func() bool { return h.Live.Load() == 1 })
	await(t, "the operation ends", func() bool { return h.Live.Load() == 0 })
	conn.Close()
}

// dialSilent says hello and subscribes over a connection that it never reads again.
func (h *hub) dialSilent(t *testing.T) net.Conn {
	t.Helper()
	var bare net.Conn
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		var err error
		bare, err = (&net.Dialer{}).DialContext(ctx, network, addr)
		return bare, err
	}}
	conn, _, err := websocket.Dial(ctx, h.url, &websocket.DialOptions{
		Subprotocols: []string{socket.Protocol}, HTTPClient: &http.Client{Transport: transport}, HTTPHeader: as("good"),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{conn, t}
	c.send(plainHello)
	c.want(ack)
	c.send(subscribe("1", "wait"))
	t.Cleanup(func() { c.CloseNow() })
	return bare
}

func TestALivingClientIsKept(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{Ping: 5 * time.Millisecond})
	c := h.open(t)
	got := make(chan error, 1)
	go func() { // reading answers pings
		_, err := c.read()
		got <- err
	}()
	over := time.Now().Add(100 * time.Millisecond)
	await(t, "some pings have come", func() bool { return time.Now().After(over) })
	c.send(`{"type":"ping"}`)
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// A thousand operations over some connections leave nothing behind; see TestMain.
func TestAThousandOperationsLeaveNothing(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	var clients sync.WaitGroup
	for range 10 {
		c := h.open(t)
		clients.Go(func() {
			for round := range 10 {
				for i := range 10 {
					c.send(subscribe(fmt.Sprintf("%d.%d", round, i), []string{"count 3", "caller", "refused", "wait", "lines"}[i%5]))
				}
				for open := 8; open > 0; {
					text, err := c.read()
					if err != nil {
						t.Error(err)
						return
					}
					if strings.HasPrefix(text, `{"type":"complete"`) || strings.HasPrefix(text, `{"type":"error"`) {
						open--
					}
				}
				c.send(complete(fmt.Sprintf("%d.3", round)))
				c.send(complete(fmt.Sprintf("%d.8", round)))
			}
		})
	}
	clients.Wait()
	await(t, "all operations end", func() bool { return h.Live.Load() == 0 })
	if n := h.Begun.Load(); n != 800 { // a fifth is refused
		t.Errorf("%d operations began", n)
	}
}
