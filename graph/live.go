package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"rehearse.dev/graph/operation"
	"rehearse.dev/graph/socket"
	"rehearse.dev/graph/stream"
	"rehearse.dev/internal/auth"
)

var _ operation.Executor = (*Executor)(nil)

// Live is what operations need that last longer than a request.
type Live struct {
	// Drain ends when the server is about to end. Nil never does.
	Drain context.Context //nolint:containedctx // it outlives every request
	// Origin reports whether pages of another site may open a WebSocket. Nil allows none.
	Origin func(origin string) bool
}

// sockets serves operations over WebSockets. Browsers cannot send headers with them, so
// callers are told by the first message instead.
func (l Live) sockets(e *Executor, a *auth.Authenticator, log *slog.Logger) http.Handler {
	return socket.NewHandler(socket.Options{
		Executor: e, Authenticate: callers(a), Credentials: []string{auth.AppHeader, auth.TokenHeader},
		Origin: func(origin string, _ *http.Request) bool { return l.Origin != nil && l.Origin(origin) },
		Drain:  l.drain(), Log: log,
	})
}

// streams serves operations as server-sent events.
func (l Live) streams(e *Executor, a *auth.Authenticator, log *slog.Logger) http.Handler {
	return stream.NewHandler(stream.Options{Executor: e, Authenticate: callers(a), Methods: methods, Drain: l.drain(), Log: log})
}

func (l Live) drain() context.Context {
	if l.Drain == nil {
		return context.Background()
	}
	return l.Drain
}

// callers puts who calls into the context, where services look.
func callers(a *auth.Authenticator) operation.Authenticate {
	return func(ctx context.Context, h http.Header) (context.Context, time.Time, error) {
		caller, err := a.Header(ctx, h)
		if err != nil {
			return ctx, time.Time{}, err
		}
		return auth.WithCaller(ctx, caller), caller.Expires, nil
	}
}
