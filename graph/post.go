package graph

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
)

// MaxBody is the largest request body in bytes.
const MaxBody = body.Max

// isJSON reports whether the body of the request is JSON in UTF-8.
func isJSON(r *http.Request) bool {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// post answers a request that is in the body. It is looked at before anything is
// decoded (size, UTF-8, depth, duplicate keys), JSON arguments are kept byte for
// byte, and the data is written as it was rendered.
func (e *Executor) post(w http.ResponseWriter, r *http.Request) {
	ctx := graphql.StartOperationTrace(r.Context())
	text, err := body.Read(w, r)
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, body.ErrTooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		e.refuse(ctx, status, err).answer(w)
		return
	}
	e.single(ctx, w, r, text, kinds{mutations: true})
}

// single answers a request that has one response.
func (e *Executor) single(ctx context.Context, w http.ResponseWriter, r *http.Request, payload []byte, may kinds) {
	in, err := decode(payload)
	if err != nil {
		e.refuse(ctx, http.StatusBadRequest, err).answer(w)
		return
	}
	op, refused := e.prepare(ctx, in, r.Header, may)
	if refused != nil {
		refused.answer(w)
		return
	}
	response := e.run(mayLag(ctx, op), op)
	if response.Data == nil {
		// A defect or the end of its time kept the operation from a result.
		failed := &declined{errors: response.Errors}
		if defect(response.Errors) {
			failed.status = http.StatusInternalServerError
		}
		failed.answer(w)
		return
	}
	answer(w, http.StatusOK, response)
}

// defect reports whether the errors tell of one.
func defect(errs gqlerror.List) bool {
	return slices.ContainsFunc(errs, func(e *gqlerror.Error) bool { return e.Extensions["code"] == string(fault.CodeInternal) })
}

// run answers a query or mutation. One whose time ran out before it began has no
// response of its own.
func (e *Executor) run(ctx context.Context, op *graphql.OperationContext) *graphql.Response {
	if response := e.dispatch(ctx, op)(); response != nil {
		return response
	}
	return &graphql.Response{Errors: e.refuse(ctx, 0, context.Cause(ctx)).errors}
}

// answer writes the refusal. The status for a document that is not executed depends
// on the media type that answerType picked.
func (r *declined) answer(w http.ResponseWriter) {
	status := r.status
	if status == 0 {
		status = http.StatusOK
		if w.Header().Get("Content-Type") == typeResponse {
			status = http.StatusBadRequest
		}
	}
	if r.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(seconds(r.retry)))
	}
	if r.allow != "" {
		w.Header().Set("Allow", r.allow)
	}
	answer(w, status, &graphql.Response{Errors: r.errors})
}
