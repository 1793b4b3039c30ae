package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/internal/fault"
)

// get answers a query whose request is in the URL. Answers depend on the caller and
// are not to be kept.
func (e *Executor) get(w http.ResponseWriter, r *http.Request) {
	ctx := graphql.StartOperationTrace(r.Context())
	w.Header().Set("Cache-Control", "private, no-store")
	payload, err := payloadOf(r.URL)
	if err != nil {
		e.refuse(ctx, http.StatusBadRequest, err).answer(w)
		return
	}
	e.single(ctx, w, r, payload, kinds{})
}

// payloadOf turns the parameters of a URL into the body that a POST would have. It
// returns a fault.CodeInvalid for parameters that are given twice or cannot be read;
// what they say is checked with the whole.
func payloadOf(u *url.URL) ([]byte, error) {
	given, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fault.Newf(fault.CodeInvalid, "the parameters of the URL are not well encoded")
	}
	var b bytes.Buffer
	for _, name := range []string{"query", "documentId", "operationName", "variables", "extensions"} {
		values := slices.DeleteFunc(given[name], func(s string) bool { return s == "" })
		switch {
		case len(values) == 0:
			continue
		case len(values) > 1:
			return nil, fault.Newf(fault.CodeInvalid, "the URL has the parameter %s twice", name)
		case !utf8.ValidString(values[0]):
			return nil, fault.Newf(fault.CodeInvalid, "the parameter %s is not UTF-8", name)
		}
		raw := []byte(values[0])
		if name == "variables" || name == "extensions" {
			if !json.Valid(raw) {
				return nil, fault.Newf(fault.CodeInvalid, "the parameter %s is not JSON", name)
			}
		} else if raw, err = json.Marshal(values[0]); err != nil {
			return nil, fmt.Errorf("write the parameter %s as JSON: %w", name, err)
		}
		fmt.Fprintf(&b, `,"%s":%s`, name, raw)
	}
	return append(append([]byte{'{'}, bytes.TrimPrefix(b.Bytes(), []byte{','})...), '}'), nil
}
