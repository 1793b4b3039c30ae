package graph

import (
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/generated"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
)

// NewHandler answers POST /graphql. Strangers are refused before anything of
// their request is read.
func NewHandler(services Services, authenticator *auth.Authenticator, log *slog.Logger) http.Handler {
	schema := Schema()
	es := generated.NewExecutableSchema(generated.Config{Resolvers: &Resolver{Services: services, schema: schema}})
	docs := newDocuments()
	server := handler.New(compiled{ExecutableSchema: es, documents: docs, reader: services.Reader})
	server.AddTransport(&post{documents: docs, variables: &variables{schema}})
	server.AddTransport(otherwise{})
	server.SetQueryCache(docs)
	server.SetParserTokenLimit(maxTokens)
	server.SetErrorPresenter(present(log))
	server.SetRecoverFunc(recovered(log))
	server.Use(extension.Introspection{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := authenticator.Header(r.Context(), r.Header)
		if err != nil {
			refuseStranger(w, r, err, log)
			return
		}
		server.ServeHTTP(w, r.WithContext(auth.WithCaller(r.Context(), caller)))
	})
}

// refuseStranger answers a request whose caller could not be told.
func refuseStranger(w http.ResponseWriter, r *http.Request, err error, log *slog.Logger) {
	status := http.StatusUnauthorized
	if fault.CodeOf(err) != fault.CodeUnauthenticated {
		status = http.StatusInternalServerError
	} else {
		w.Header().Set("WWW-Authenticate", `Bkapi realm="rehearse"`)
		w.Header().Add("WWW-Authenticate", `Bearer realm="rehearse"`)
	}
	shown := present(log)(r.Context(), err)
	w.Header().Set("Content-Type", answerType(r))
	answer(w, status, &graphql.Response{Errors: gqlerror.List{shown}})
}
