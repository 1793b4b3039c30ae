package graph

import (
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/internal/fault"
)

// otherwise answers what no other transport takes: it says how to ask, where
// gqlgen's own answer has no code. It must be added last.
type otherwise struct{}

var _ graphql.Transport = otherwise{}

// Supports takes everything.
func (otherwise) Supports(*http.Request) bool { return true }

// Do refuses the request without reading its body.
func (otherwise) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	status := http.StatusUnsupportedMediaType
	if r.Method != http.MethodPost {
		status = http.StatusMethodNotAllowed
		w.Header().Set("Allow", http.MethodPost)
	}
	w.Header().Set("Content-Type", answerType(r))
	err := fault.Newf(fault.CodeInvalid, "send a POST with Content-Type: %s", typeJSON)
	answer(w, status, exec.DispatchError(r.Context(), gqlerror.List{gqlerror.Wrap(err)}))
}
