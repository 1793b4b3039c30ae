package socket

import (
	"unicode/utf8"

	"github.com/coder/websocket"
)

// Close codes of the protocol. Clients retry after some and give up after others.
const (
	closeInvalid   websocket.StatusCode = 4400 // what was sent is no message of the protocol
	closeEarly     websocket.StatusCode = 4401 // subscribe before connection_ack
	closeForbidden websocket.StatusCode = 4403 // the caller is unknown, or no longer known
	closeProtocol  websocket.StatusCode = 4406 // the client did not ask for Protocol
	closeSilent    websocket.StatusCode = 4408 // no connection_init in time
	closeTwice     websocket.StatusCode = 4409 // an id that is in use
	closeInits     websocket.StatusCode = 4429 // a second connection_init
	closeDefect    websocket.StatusCode = 4500 // our fault
	closeAway                           = websocket.StatusGoingAway
)

// maxReason is the room for a reason in a close frame, in bytes (RFC 6455, 5.5).
const maxReason = 123

// reasonFor puts the id of a client into a reason, cut short if it must be.
func reasonFor(before, id, after string) string {
	room := maxReason - len(before) - len(after)
	if len(id) > room {
		id = id[:room]
		for !utf8.ValidString(id) {
			id = id[:len(id)-1]
		}
	}
	return before + id + after
}
