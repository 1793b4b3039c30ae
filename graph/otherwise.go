package graph

import (
	"net/http"

	"rehearse.dev/internal/fault"
)

// otherwise answers what no transport takes: it says how to ask. The body is not
// read.
func (e *Executor) otherwise(w http.ResponseWriter, r *http.Request) {
	refused := e.refuse(r.Context(), http.StatusUnsupportedMediaType, fault.Newf(fault.CodeInvalid, "send a POST with Content-Type: %s", typeJSON))
	if r.Method != http.MethodPost {
		refused.status, refused.allow = http.StatusMethodNotAllowed, http.MethodPost
	}
	w.Header().Set("Content-Type", answerType(r))
	refused.answer(w)
}
