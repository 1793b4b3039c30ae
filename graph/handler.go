package graph

import (
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/generated"
	"rehearse.dev/graph/read"
	"rehearse.dev/graph/socket"
	"rehearse.dev/graph/stream"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
)

// NewExecutor makes the one executor of the API, which every transport shares. It
// returns an error for options that cannot be served, such as a trusted document that
// does not fit the schema.
func NewExecutor(services Services, log *slog.Logger, options Options) (*Executor, error) {
	schema := Schema()
	es := generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{
		Services: services, schema: schema, feeds: read.NewFeeds(services.Reader, services.Hub, log),
	}})
	gate, err := options.Bounds.gate(schema)
	if err != nil {
		return nil, err
	}
	exec := executor.New(compiled{ExecutableSchema: es, reader: services.Reader, watch: watchQuery(options.Telemetry)})
	exec.SetQueryCache(found{})
	exec.SetErrorPresenter(present(log))
	exec.SetRecoverFunc(recovered(log))
	exec.Use(extension.Introspection{})
	if options.Telemetry.Tracing() {
		exec.AroundRootFields(watchFields(options.Telemetry))
	}
	e := &Executor{
		exec: exec, documents: newDocuments(gate), persisted: newPersisted(options), guard: newGuard(gate, options.Bounds),
		variables: &variables{schema}, telemetry: options.Telemetry,
	}
	return e, e.documents.admit(options.Documents)
}

// NewHandler answers GraphQL over HTTP, as event streams and over WebSockets. Strangers
// are refused before anything of their request is read.
func NewHandler(e *Executor, authenticator *auth.Authenticator, log *slog.Logger, live Live) http.Handler {
	sockets, streams := live.sockets(e, authenticator, log), live.streams(e, authenticator, log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if socket.Wants(r) {
			sockets.ServeHTTP(w, r)
			return
		}
		caller, err := authenticator.Header(r.Context(), r.Header)
		if err != nil {
			refuseStranger(w, r, err, log)
			return
		}
		if wantsEvents(r) || stream.IsSingle(r) {
			streams.ServeHTTP(w, r)
			return
		}
		e.serve(w, r.WithContext(auth.WithCaller(r.Context(), caller)))
	})
}

// refuseStranger answers a request whose caller could not be told.
func refuseStranger(w http.ResponseWriter, r *http.Request, err error, log *slog.Logger) {
	status := http.StatusInternalServerError
	switch fault.CodeOf(err) {
	case fault.CodeUnauthenticated:
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bkapi realm="rehearse"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="rehearse"`)
	case fault.CodeExhausted: // the database does not keep up, or is away
		status = http.StatusServiceUnavailable
	}
	shown := present(log)(r.Context(), err)
	media, _ := answerType(r)
	w.Header().Set("Content-Type", media)
	answer(w, status, &graphql.Response{Errors: gqlerror.List{shown}})
}
