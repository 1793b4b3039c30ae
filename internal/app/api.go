package app

import (
	"fmt"
	"net/http"
	"os"

	"rehearse.dev/graph"
	"rehearse.dev/graph/trusted"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/web"
)

// API are the flags that say what the GraphQL endpoint takes.
type API struct {
	Documents     string `placeholder:"FILE" help:"A manifest of trusted documents, which clients send by id."`
	DocumentsMode string `default:"auto" enum:"off,auto,only" help:"What clients may send: off, texts only; auto, texts, ids of the manifest and automatic persisted queries; only, nothing but ids of the manifest."`
	// CORSOrigin: see web.ParseOrigins.
	CORSOrigin []string `name:"cors-origin" placeholder:"ORIGIN" help:"A site, such as https://a.example, whose pages may call; may be given several times. '*' is every site, without cookies."`
}

// origins are the sites whose pages may call. The error names the flag.
func (a API) origins() (web.Origins, error) {
	origins, err := web.ParseOrigins(a.CORSOrigin)
	if err != nil {
		return web.Origins{}, refuse("cors-origin", err)
	}
	return origins, nil
}

// share lets pages of other sites call a handler of the API.
func share(origins web.Origins, next http.Handler) http.Handler {
	return origins.Share(next,
		[]string{http.MethodGet, http.MethodHead, http.MethodPost},
		[]string{
			"Accept", "Content-Type", auth.TokenHeader, auth.AppHeader, auth.GatewayHeader, requestIDHeader, graph.CostHeader,
			graph.ReadHeader, graph.PreflightHeader, graph.OperationHeader, "Last-Event-ID", "Traceparent", "Tracestate",
		},
		[]string{requestIDHeader, "Retry-After", "WWW-Authenticate"})
}

// options reads what the flags name. Its errors name the flag.
func (a API) options() (graph.Options, error) {
	options := graph.Options{Mode: graph.DocumentsMode(a.DocumentsMode)}
	switch {
	case a.Documents == "" && options.Mode == graph.DocumentsOnly:
		return options, refuse("documents-mode", fmt.Errorf("%q needs a manifest: give --documents, too", a.DocumentsMode))
	case a.Documents == "":
		return options, nil
	case options.Mode == graph.DocumentsOff:
		return options, refuse("documents-mode", fmt.Errorf("%q leaves no use for --documents", a.DocumentsMode))
	}
	raw, err := os.ReadFile(a.Documents)
	if err != nil {
		return options, refuse("documents", err)
	}
	if options.Documents, err = trusted.Read(raw); err != nil {
		return options, refuse("documents", fmt.Errorf("%s: %w", a.Documents, err))
	}
	return options, nil
}
