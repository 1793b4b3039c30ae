// Package stream serves GraphQL operations as server-sent events, one request and
// one answer each: the distinct connections mode of PROTOCOL.md of
// github.com/enisdenjo/graphql-sse. It refuses the single connection mode.
//
// It must not know how operations run (operation.Executor), who callers are
// (operation.Authenticate), or what is read.
package stream

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/operation"
	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
)

// Times of one stream. A zero value stands for the default.
type Times struct {
	// Beat is the time between two comments that keep a silent stream alive: 12 s.
	Beat time.Duration
	// Write is how long a client may take to accept one event: 15 s.
	Write time.Duration
	// Recheck is how often the caller is looked up: operation.Recheck.
	Recheck time.Duration
	// Settle is how long a request that has no answer yet may go on when the server
	// drains: 1 s.
	Settle time.Duration
}

// Options are what a handler works with. All but Methods and Times are required.
type Options struct {
	Executor     operation.Executor
	Authenticate operation.Authenticate
	// Methods are those that the endpoint takes for streams or anything else, as the
	// header Allow lists them. Empty stands for POST.
	Methods string
	// Drain ends when the server is about to end.
	Drain context.Context //nolint:containedctx // it outlives every request
	Log   *slog.Logger
	Times Times
}

type handler struct{ Options }

// NewHandler makes a handler for requests that want an event stream, and for those
// that IsSingle tells.
func NewHandler(o Options) http.Handler {
	for _, t := range []struct {
		to *time.Duration
		d  time.Duration
	}{
		{&o.Times.Beat, 12 * time.Second},
		{&o.Times.Write, 15 * time.Second},
		{&o.Times.Recheck, operation.Recheck},
		{&o.Times.Settle, time.Second},
	} {
		if *t.to == 0 {
			*t.to = t.d
		}
	}
	return &handler{o}
}

// tokenHeader and tokenParameter name a reserved stream in the single connection mode.
const (
	tokenHeader    = "X-Graphql-Event-Stream-Token"
	tokenParameter = "token"
)

// IsSingle reports whether a request belongs to the single connection mode: it
// reserves a stream, ends an operation on one, or names one.
func IsSingle(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodDelete ||
		r.Header.Get(tokenHeader) != "" || r.URL.Query().Get(tokenParameter) != ""
}

// ServeHTTP answers a POST with a stream. What is wrong with the request itself is an
// HTTP status with a JSON body; what is wrong with its operation comes as an event,
// as the protocol demands.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", cmp.Or(h.Methods, http.MethodPost))
		refuse(w, http.StatusMethodNotAllowed, fault.CodeInvalid, postOnly)
		return
	case IsSingle(r):
		refuse(w, http.StatusBadRequest, fault.CodeInvalid, postOnly)
		return
	case err != nil || media != "application/json":
		refuse(w, http.StatusUnsupportedMediaType, fault.CodeInvalid, "the body must be JSON: send Content-Type: application/json")
		return
	case h.Drain.Err() != nil:
		refuse(w, http.StatusServiceUnavailable, fault.CodeExhausted, "the server is going away")
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	ctx, expires, err := h.Authenticate(ctx, r.Header)
	if err != nil {
		h.refuseCaller(w, r, err)
		return
	}
	payload, err := body.Read(w, r)
	if err == nil {
		err = body.Check(payload)
	}
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, body.ErrTooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		refuse(w, status, fault.CodeOf(err), err.Error())
		return
	}
	h.stream(ctx, newEvents(w, h.Times.Write), r.Header, payload, expires)
}

// postOnly refuses what is not served.
const postOnly = "event streams are served for one POST each (distinct connections mode): nothing can be reserved, resumed by a token or asked for with another method"

// refuseCaller answers a caller who was known when the request came in, or an outage.
func (h *handler) refuseCaller(w http.ResponseWriter, r *http.Request, err error) {
	if operation.Refused(err) {
		refuse(w, http.StatusUnauthorized, fault.CodeUnauthenticated, operation.ErrRefused.Message)
		return
	}
	h.Log.ErrorContext(r.Context(), "the caller of a stream could not be found out", "error", err)
	refuse(w, http.StatusInternalServerError, fault.CodeInternal, defect)
}

// defect is all that a client learns about our faults.
const defect = "internal error"

func refuse(w http.ResponseWriter, status int, code fault.Code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	text := append([]byte(`{"errors":`), operation.AppendErrors(nil, operation.Error(code, message))...)
	// A client that went away cannot be told.
	_, _ = w.Write(append(text, '}'))
}

// unwelcome says why a stream ends before its operation did.
func unwelcome(err error) gqlerror.List {
	return operation.Error(fault.CodeOf(err), err.Error())
}
