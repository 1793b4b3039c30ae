package socket

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/operation"
)

// Types of messages.
const (
	typeInit      = "connection_init"
	typeAck       = "connection_ack"
	typePing      = "ping"
	typePong      = "pong"
	typeSubscribe = "subscribe"
	typeNext      = "next"
	typeError     = "error"
	typeComplete  = "complete"
)

// maxID bounds the id of an operation in bytes: every answer repeats it.
const maxID = 256

// message is what a client sends. The payload is JSON as it was sent, nil when there
// is none.
type message struct {
	kind, id string
	payload  json.RawMessage
}

// Reasons why a text is no message. They go into the close frame.
var (
	errNotJSON   = errors.New("a message must be a JSON object in UTF-8")
	errNoType    = errors.New("a message must have a text member type")
	errType      = errors.New("clients do not send messages of this type")
	errNoID      = errors.New("this type needs an id, a text of 1 to 256 bytes")
	errNoPayload = errors.New("subscribe needs a payload, which is an object")
	errPayload   = errors.New("the payload must be an object")
)

// parse reads a message and checks its form. Members are found by their exact names,
// which encoding/json does not do for a struct; others are ignored.
func parse(text []byte) (message, error) {
	var members map[string]json.RawMessage
	if !utf8.Valid(text) || json.Unmarshal(text, &members) != nil || members == nil {
		return message{}, errNotJSON
	}
	m := message{payload: members["payload"]}
	if string(m.payload) == "null" {
		m.payload = nil
	}
	if !textMember(members["type"], &m.kind) {
		return message{}, errNoType
	}
	switch m.kind {
	case typeInit, typePing, typePong:
		if m.payload != nil && m.payload[0] != '{' {
			return message{}, errPayload
		}
		return m, nil
	case typeSubscribe, typeComplete:
		if !textMember(members["id"], &m.id) || m.id == "" || len(m.id) > maxID {
			return message{}, errNoID
		}
		if m.kind == typeSubscribe && (m.payload == nil || m.payload[0] != '{') {
			return message{}, errNoPayload
		}
		return m, nil
	default:
		return message{}, errType
	}
}

// textMember reads a string; null is none.
func textMember(raw json.RawMessage, to *string) bool {
	return len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, to) == nil
}

// plain is a message without an id, with the payload that the client sent or none.
func plain(kind string, payload json.RawMessage) []byte {
	b := append([]byte(`{"type":"`), kind...)
	b = append(b, '"')
	if payload != nil {
		b = append(b, `,"payload":`...)
		b = append(b, payload...)
	}
	return append(b, '}')
}

func nextMessage(id string, r *graphql.Response) []byte {
	b := make([]byte, 0, len(r.Data)+len(id)+64)
	b = append(begin(b, typeNext, id), `,"payload":`...)
	return append(operation.AppendResponse(b, r), '}')
}

func errorMessage(id string, errs gqlerror.List) []byte {
	b := append(begin(nil, typeError, id), `,"payload":`...)
	return append(operation.AppendErrors(b, errs), '}')
}

func completeMessage(id string) []byte { return append(begin(nil, typeComplete, id), '}') }

func begin(b []byte, kind, id string) []byte {
	b = append(b, `{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","id":`...)
	quoted, err := json.Marshal(id)
	if err != nil { // a string always has a JSON form
		quoted = []byte(`""`)
	}
	return append(b, quoted...)
}
