// Package playground serves GraphiQL as a page that needs nothing but this
// server: script, styles, workers and fonts are embedded, and the page's
// Content-Security-Policy forbids every other host.
//
// The page is built from the folder web into the folder dist, whose files are
// committed in brotli form. The package knows nothing of schema, resolvers or
// authentication: it passes its Config to the page and serves files.
package playground

import (
	"net/http"
)

// DefaultEndpoint is where the page sends operations when Config names no
// other address.
const DefaultEndpoint = "/graphql"

// Config is what the page should know. It is sent to every visitor, so it must
// not hold a credential that visitors may not have.
type Config struct {
	// Endpoint is the address for queries and mutations, relative to the page
	// or absolute. Empty means DefaultEndpoint.
	Endpoint string

	// SubscriptionEndpoint is the address for graphql-transport-ws
	// connections, with any of the schemes http, https, ws and wss or relative
	// to the page. Empty means the same address as Endpoint.
	SubscriptionEndpoint string

	// Headers fill the headers editor of every tab. They also go with the
	// introspection that the page makes when it opens.
	Headers map[string]string

	// Examples are the tabs of the first visit and the entries of the page's
	// examples panel, in this order.
	Examples []Example
}

// Example is an operation that a visitor can try.
type Example struct {
	Title     string // text of the entry in the examples panel; unique
	Query     string // GraphQL document; its operation name becomes the tab's title
	Variables string // JSON text for the variables editor, may be empty
}

// Handler serves the page at "/", its files at "/assets/" and the licences of
// the bundled libraries at "/licenses.md". Any other path is answered with 404
// and any method but GET and HEAD with 405. The page's addresses are relative,
// so it may be mounted under a prefix with http.StripPrefix if the prefix's
// address ends in a slash.
//
// Handler reads cfg once; later changes to it have no effect. An address in
// cfg of another host is allowed by the page's policy only if its host is
// written in plain letters, digits, dots and dashes.
func Handler(cfg Config) http.Handler {
	if cfg.Endpoint == "" {
		cfg.Endpoint = DefaultEndpoint
	}
	files := embedded()
	files["/"] = page(cfg)
	return &site{files: files, policy: policy(cfg)}
}

// site answers requests from a fixed set of files.
type site struct {
	files  map[string]*file // by URL path
	policy string           // Content-Security-Policy of every answer
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := s.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the playground is read-only", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", s.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	// The page may hold a development credential, which no other site may
	// read. The opener policy is left out: browsers report it as an error on
	// plain HTTP, and the same-origin rule already hides the page's content.
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	f.serve(w, r)
}
