package socket_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rehearse.dev/graph/socket"
)

func subscribe(id, query string) string {
	return fmt.Sprintf(`{"id":%q,"type":"subscribe","payload":{"query":%q}}`, id, query)
}

func next(id, data string) string {
	return fmt.Sprintf(`{"type":"next","id":%q,"payload":{"data":%s}}`, id, data)
}

func complete(id string) string { return fmt.Sprintf(`{"type":"complete","id":%q}`, id) }

// The table of the protocol: what is sent, what must come back, and with which code
// the server closes.
func TestTheProtocol(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 100)
	const (
		notJSON  = "a message must be a JSON object in UTF-8"
		noType   = "a message must have a text member type"
		badType  = "clients do not send messages of this type"
		noID     = "this type needs an id, a text of 1 to 256 bytes"
		notInit  = "the payload must be an object"
		notSub   = "subscribe needs a payload, which is an object"
		forbid   = "Forbidden"
		second   = "Too many initialisation requests"
		early    = "Unauthorized"
		notText  = "the credentials in the payload must be text"
		internal = "Internal server error"
	)
	for name, test := range map[string]struct {
		header http.Header
		sent   []string
		got    []string
		code   websocket.StatusCode
		reason string
	}{
		"QueryIsAnsweredOnce": {
			sent: []string{hello, subscribe("1", "caller")},
			got:  []string{ack, next("1", `"good"`), complete("1")},
		},
		"SubscriptionIsAnsweredToItsEnd": {
			sent: []string{hello, subscribe("a b\"", "count 3")},
			got:  []string{ack, next("a b\"", "2"), next("a b\"", "1"), next("a b\"", "0"), complete("a b\"")},
		},
		"RefusedBeforeExecution": {
			sent: []string{hello, subscribe("1", "refused")},
			got:  []string{ack, `{"type":"error","id":"1","payload":[{"message":"this query is refused","extensions":{"code":"INVALID_INPUT"}}]}`},
		},
		"PingIsAnsweredAtAnyTime": {
			sent: []string{`{"type":"ping"}`, `{"type":"ping","payload":{"a":[1.50]}}`, `{"type":"ping","payload":null}`, `{"type":"pong"}`, hello, `{"type":"ping"}`},
			got:  []string{`{"type":"pong"}`, `{"type":"pong","payload":{"a":[1.50]}}`, `{"type":"pong"}`, ack, `{"type":"pong"}`},
		},
		"UnknownIdsMayComplete":     {sent: []string{hello, complete("x"), subscribe("x", "count 1")}, got: []string{ack, next("x", "0"), complete("x")}},
		"UnknownMembersAreIgnored":  {sent: []string{`{"type":"connection_init","payload":{"x":1,"x-bkapi-authorization":"good"},"more":true}`}, got: []string{ack}},
		"HeadersOfTheUpgrade":       {header: http.Header{"X-Bkapi-Authorization": {"good app"}}, sent: []string{`{"type":"connection_init"}`, subscribe("1", "caller")}, got: []string{ack, next("1", `"good app"`), complete("1")}},
		"PayloadReplacesTheHeaders": {header: http.Header{"X-Bkapi-Authorization": {"bad"}}, sent: []string{hello, subscribe("1", "caller")}, got: []string{ack, next("1", `"good"`), complete("1")}},

		"NotJSON":         {sent: []string{`hello`}, code: 4400, reason: notJSON},
		"NotUTF8":         {sent: []string{"{\"type\":\"ping\",\"x\":\"\xff\"}"}, code: 4400, reason: notJSON},
		"Array":           {sent: []string{`[]`}, code: 4400, reason: notJSON},
		"Null":            {sent: []string{`null`}, code: 4400, reason: notJSON},
		"NoType":          {sent: []string{`{}`}, code: 4400, reason: noType},
		"NumberType":      {sent: []string{`{"type":1}`}, code: 4400, reason: noType},
		"TypeInOtherCase": {sent: []string{`{"Type":"ping"}`}, code: 4400, reason: noType},
		"UnknownType":     {sent: []string{`{"type":"start"}`}, code: 4400, reason: badType},
		"ServersType":     {sent: []string{hello, `{"type":"next","id":"1","payload":{}}`}, got: []string{ack}, code: 4400, reason: badType},
		"InitPayload":     {sent: []string{`{"type":"connection_init","payload":[]}`}, code: 4400, reason: notInit},
		"PingPayload":     {sent: []string{`{"type":"ping","payload":"x"}`}, code: 4400, reason: notInit},
		"NoID":            {sent: []string{hello, `{"type":"subscribe","payload":{"query":"x"}}`}, got: []string{ack}, code: 4400, reason: noID},
		"EmptyID":         {sent: []string{hello, subscribe("", "count 1")}, got: []string{ack}, code: 4400, reason: noID},
		"NumberID":        {sent: []string{hello, `{"id":1,"type":"complete"}`}, got: []string{ack}, code: 4400, reason: noID},
		"LongID":          {sent: []string{hello, subscribe(strings.Repeat("x", 257), "wait")}, got: []string{ack}, code: 4400, reason: noID},
		"NoPayload":       {sent: []string{hello, `{"id":"1","type":"subscribe"}`}, got: []string{ack}, code: 4400, reason: notSub},
		"TextPayload":     {sent: []string{hello, `{"id":"1","type":"subscribe","payload":"{x}"}`}, got: []string{ack}, code: 4400, reason: notSub},

		"SubscribeBeforeInit": {sent: []string{subscribe("1", "count 1")}, code: 4401, reason: early},
		"SecondInit":          {sent: []string{hello, hello}, got: []string{ack}, code: 4429, reason: second},
		"SameIDTwice":         {sent: []string{hello, subscribe("1", "wait"), subscribe("1", "count 1")}, got: []string{ack}, code: 4409, reason: "Subscriber for 1 already exists"},
		"SameLongIDTwice": {
			sent: []string{hello, subscribe(long, "wait"), subscribe(long, "wait")}, got: []string{ack},
			code: 4409, reason: "Subscriber for " + long[:92] + " already exists",
		},

		"NoCredentials":     {sent: []string{`{"type":"connection_init"}`}, code: 4403, reason: forbid},
		"NullPayload":       {sent: []string{`{"type":"connection_init","payload":null}`}, code: 4403, reason: forbid},
		"WrongCredentials":  {sent: []string{`{"type":"connection_init","payload":{"X-Bkapi-Authorization":"bad"}}`}, code: 4403, reason: forbid},
		"TwoSpellings":      {sent: []string{`{"type":"connection_init","payload":{"X-Bkapi-Authorization":"bad","x-bkapi-authorization":"bad"}}`}, code: 4403, reason: forbid},
		"OtherHeaders":      {sent: []string{`{"type":"connection_init","payload":{"Cookie":"good"}}`}, code: 4403, reason: forbid},
		"NumberCredentials": {sent: []string{`{"type":"connection_init","payload":{"X-Bkapi-Authorization":5}}`}, code: 4400, reason: notText},
		"Outage":            {sent: []string{`{"type":"connection_init","payload":{"X-Bkapi-Authorization":"outage"}}`}, code: 4500, reason: internal},
		"Defect":            {sent: []string{hello, subscribe("1", "panic")}, got: []string{ack}, code: 4500, reason: internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHub(t, socket.Times{})
			c := h.dial(t, test.header, "other", socket.Protocol)
			for _, text := range test.sent {
				c.send(text)
			}
			c.want(test.got...)
			if test.code != 0 {
				c.wantClose(test.code, test.reason)
				return
			}
			c.send(`{"type":"ping"}`)
			c.want(`{"type":"pong"}`)
			if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWithoutTheSubprotocolThereIsNothingToSay(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	for _, protocols := range [][]string{nil, {"graphql-ws"}, {"Graphql-transport-ws2"}} {
		c := h.dial(t, nil, protocols...)
		if c.Subprotocol() != "" {
			t.Errorf("%v was agreed upon", protocols)
		}
		c.wantClose(4406, "Subprotocol not acceptable")
	}
}

func TestWhoSaysNothingIsTimedOut(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{Init: 30 * time.Millisecond})
	h.dial(t, nil, socket.Protocol).wantClose(4408, "Connection initialisation timeout")
	// The limit is for connection_init only.
	c := h.open(t)
	over := time.Now().Add(60 * time.Millisecond)
	await(t, "the limit is over", func() bool { return time.Now().After(over) })
	c.send(subscribe("1", "count 1"))
	c.want(next("1", "0"), complete("1"))
}

func TestBinaryMessagesAreInvalid(t *testing.T) {
	t.Parallel()
	c := newHub(t, socket.Times{}).open(t)
	if err := c.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	c.wantClose(4400, "a message must be a JSON object in UTF-8")
}

func TestMessagesHaveALargestSize(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	padded := `{"type":"ping","pad":"` + strings.Repeat("x", 64<<10) + `"}`
	stranger := h.dial(t, nil, socket.Protocol)
	stranger.send(padded)
	if text, err := stranger.read(); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("a stranger: %.80s, %v", text, err)
	}
	c := h.open(t)
	c.send(padded)
	c.want(`{"type":"pong"}`)
}

func TestOnlyPagesThatMayConnectDo(t *testing.T) {
	t.Parallel()
	h := newHub(t, socket.Times{})
	host := strings.TrimPrefix(h.url, "ws://")
	for origin, want := range map[string]int{
		"":                            http.StatusSwitchingProtocols,
		"http://" + host:              http.StatusSwitchingProtocols,
		"https://friend.example":      http.StatusSwitchingProtocols,
		"https://other.example":       http.StatusForbidden,
		"http://" + host + ".example": http.StatusForbidden,
		"null":                        http.StatusForbidden,
		"::":                          http.StatusForbidden,
	} {
		header := http.Header{
			"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"WebSocket"}, "Sec-Websocket-Version": {"13"},
			"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
		}
		if origin != "" {
			header.Set("Origin", origin)
		}
		if status, text := h.dialRaw(t, header); status != want {
			t.Errorf("%s: %d %s", origin, status, text)
		}
	}
	if status, _ := h.dialRaw(t, http.Header{"Upgrade": {"h2c"}}); status != http.StatusTeapot {
		t.Errorf("another upgrade was taken: %d", status)
	}
}
