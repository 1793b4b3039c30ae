// Package operationtest has an executor and an authenticator for tests of
// transports, which do what the request says. It must not reach the binary.
package operationtest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/operation"
	"rehearse.dev/internal/fault"
)

// Header is the header that Server.Authenticate reads.
const Header = "X-Bkapi-Authorization"

// Server plays the part of everything behind a transport. Its zero value is ready.
type Server struct {
	// Live is how many operations have begun and not ended, Begun how many ever did.
	Live, Begun atomic.Int64
	// Asked is how often Authenticate was called.
	Asked atomic.Int64
	// Release lets operations named "held" answer.
	Release chan struct{}

	mu     sync.Mutex
	gone   map[string]bool
	expiry map[string]time.Time
}

// Revoke makes Authenticate refuse a header from now on.
func (s *Server) Revoke(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone == nil {
		s.gone = map[string]bool{}
	}
	s.gone[value] = true
}

// Expire says when a header ends to be valid.
func (s *Server) Expire(value string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.expiry == nil {
		s.expiry = map[string]time.Time{}
	}
	s.expiry[value] = at
}

type callerKey struct{}

// Authenticate takes headers that begin with "good", and fails for "outage".
func (s *Server) Authenticate(ctx context.Context, h http.Header) (context.Context, time.Time, error) {
	s.Asked.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	value := strings.Join(h.Values(Header), ", ")
	at := s.expiry[value]
	switch {
	case value == "outage":
		return ctx, time.Time{}, errors.New("s3cret: the store is out")
	case !strings.HasPrefix(value, "good"), s.gone[value], !at.IsZero() && !time.Now().Before(at):
		return ctx, time.Time{}, fault.Newf(fault.CodeUnauthenticated, "s3cret: %q is unknown", value)
	}
	return context.WithValue(ctx, callerKey{}, value), at, nil
}

// Begin does what the query says: "caller" answers with the header; "refused" is;
// "count N" answers N times, "lines" with line breaks; "held" answers when Release is closed;
// "wait" waits for the end; "flood" answers 256 KiB without end; "one and wait" does
// both; "panic" does.
func (s *Server) Begin(ctx context.Context, payload []byte) (func() *graphql.Response, gqlerror.List) {
	var in struct{ Query string }
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, operation.Error(fault.CodeInvalid, err.Error())
	}
	caller, ok := ctx.Value(callerKey{}).(string)
	if !ok {
		return nil, operation.Error(fault.CodeInternal, "no caller")
	}
	if in.Query == "refused" {
		return nil, operation.Error(fault.CodeInvalid, "this query is refused")
	}
	left := 1
	if n, ok := strings.CutPrefix(in.Query, "count "); ok {
		left, _ = strconv.Atoi(n)
	}
	var data []byte
	s.Begun.Add(1)
	s.Live.Add(1)
	context.AfterFunc(ctx, func() { s.Live.Add(-1) })
	return func() *graphql.Response {
		switch in.Query {
		case "flood":
			if ctx.Err() != nil {
				return nil
			}
			return &graphql.Response{Data: []byte(`"` + strings.Repeat("x", 256<<10) + `"`)}
		case "wait":
			<-ctx.Done()
			return nil
		case "panic":
			panic("s3cret defect")
		}
		left--
		if left < 0 {
			if in.Query == "one and wait" {
				<-ctx.Done()
			}
			return nil
		}
		switch in.Query {
		case "caller":
			quoted, _ := json.Marshal(caller)
			return &graphql.Response{Data: quoted}
		case "lines":
			return &graphql.Response{Data: []byte("{\n\"a\":\r\n1}")}
		case "held":
			select {
			case <-s.Release:
			case <-ctx.Done():
				return nil
			}
		}
		// As gqlgen does it: one piece of memory for all responses.
		data = strconv.AppendInt(data[:0], int64(left), 10)
		return &graphql.Response{Data: data}
	}, nil
}
