package stream

import (
	"errors"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/graph/operation"
)

// events writes an event stream as the HTML standard has it (9.2). Each write is sent
// at once and has a time limit; after one that fails there are no more.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
}

func newEvents(w http.ResponseWriter, limit time.Duration) *events {
	return &events{w: w, control: http.NewResponseController(w), limit: limit}
}

// open sends the header and a comment: some browsers do not tell of a stream before
// its first byte.
func (e *events) open() bool {
	header := e.w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // asks nginx not to hold events back
	// The server's time limit for a request would end the stream. Not every writer
	// has one.
	_ = e.control.SetReadDeadline(time.Time{})
	e.w.WriteHeader(http.StatusOK)
	return e.comment()
}

// nextEvent is the event of a response.
func nextEvent(r *graphql.Response) []byte {
	const begin = "event: next\ndata: "
	b := make([]byte, 0, len(r.Data)+64)
	b = operation.AppendResponse(append(b, begin...), r)
	// JSON that is kept as it was sent may have line breaks between its tokens, and
	// nowhere else; here they would end the line.
	for i, c := range b[len(begin):] {
		if c == '\n' || c == '\r' {
			b[len(begin)+i] = ' '
		}
	}
	return append(b, "\n\n"...)
}

// complete sends the end, after which nothing follows. Without a data field browsers
// would not tell of it.
func (e *events) complete() { e.write([]byte("event: complete\ndata:\n\n")) }

// comment sends nothing that a client would see.
func (e *events) comment() bool { return e.write([]byte(":\n\n")) }

func (e *events) write(text []byte) bool {
	if err := e.control.SetWriteDeadline(time.Now().Add(e.limit)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	if _, err := e.w.Write(text); err != nil {
		return false
	}
	if e.control.Flush() != nil {
		return false
	}
	// The connection may serve other requests, which have limits of their own.
	_ = e.control.SetWriteDeadline(time.Time{})
	return true
}
