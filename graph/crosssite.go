package graph

import (
	"mime"
	"net/http"

	"rehearse.dev/internal/fault"
)

// Headers that a page of another site cannot send without asking first. Their value
// does not matter, as long as there is one. Both are Apollo's names.
const (
	PreflightHeader = "Apollo-Require-Preflight"
	OperationHeader = "X-Apollo-Operation-Name"
)

var errSimple = fault.Newf(fault.CodeInvalid,
	"a browser sends this request for any page without asking: send Content-Type: application/json, or a header %s or %s with some value",
	"apollo-require-preflight", "x-apollo-operation-name")

// isSimple reports whether a browser would send the request for a page of another
// site without a preflight: its content type is missing or one that forms send, and
// no header stands out (https://fetch.spec.whatwg.org/#simple-header).
func isSimple(r *http.Request) bool {
	if r.Header.Get(PreflightHeader) != "" || r.Header.Get(OperationHeader) != "" {
		return false
	}
	given := r.Header.Values("Content-Type")
	if len(given) == 0 {
		return true
	}
	for _, value := range given {
		media, _, err := mime.ParseMediaType(value)
		switch {
		case err != nil, media == "text/plain", media == "application/x-www-form-urlencoded", media == "multipart/form-data":
			// A browser is more patient with broken values than this parser.
			return true
		}
	}
	return false
}
