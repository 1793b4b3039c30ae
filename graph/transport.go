package graph

import (
	"net/http"

	"rehearse.dev/internal/fault"
)

// methods are those that the endpoint takes.
const methods = "GET, HEAD, POST"

// serve answers a request of a known caller by its method and media types. What no
// transport takes is refused before its body is read.
func (e *Executor) serve(w http.ResponseWriter, r *http.Request) {
	media, acceptable := answerType(r)
	w.Header().Set("Content-Type", media)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	refuse := func(status int, err *fault.Error) {
		refused := e.refuse(r.Context(), status, err)
		if status == http.StatusMethodNotAllowed {
			refused.allow = methods
		}
		refused.answer(w)
	}
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case !read && r.Method != http.MethodPost:
		refuse(http.StatusMethodNotAllowed, fault.Newf(fault.CodeInvalid, "send a POST with Content-Type: application/json, or a query with GET"))
	case isSimple(r):
		refuse(http.StatusBadRequest, errSimple)
	case !read && !isJSON(r):
		refuse(http.StatusUnsupportedMediaType, fault.Newf(fault.CodeInvalid, "the body must be JSON: send Content-Type: application/json"))
	case !acceptable:
		refuse(http.StatusNotAcceptable, fault.Newf(fault.CodeInvalid,
			"answers are application/json or application/graphql-response+json, and the Accept header allows neither"))
	case read:
		e.get(w, r)
	default:
		e.post(w, r)
	}
}
