package rest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/task"
)

// envelope is every answer. Its last two members are ours, and only there when they
// say something.
type envelope struct {
	Result bool `json:"result"`
	Data   any  `json:"data"`
	// Code is the text "0" when all went well, as the contract's examples show it,
	// and a number otherwise.
	Code     any      `json:"code"`
	Message  string   `json:"message"`
	Errors   []notice `json:"errors,omitempty"`
	Warnings []notice `json:"warnings,omitempty"`
}

// notice is a problem for programs.
type notice struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Field   []string `json:"field,omitempty"`
	NodeID  string   `json:"node_id,omitempty"`
	// PipelineCode is the finer code of INVALID_PIPELINE.
	PipelineCode string `json:"pipeline_code,omitempty"`
}

func notices(found []fault.Problem) []notice {
	list := make([]notice, len(found))
	for i, p := range found {
		list[i] = notice{Code: p.Code, Message: p.Message, Field: p.Path, NodeID: p.NodeID, PipelineCode: p.Sub}
	}
	return list
}

// statuses are the HTTP status and the code of the envelope for each kind of
// refusal. As in the original, what is wrong with the request has the status 200:
// the envelope tells (domain §1.10). Who may not call at all, and what no part of
// the envelope is about, has a status of its own.
var statuses = map[fault.Code]struct{ status, code int }{
	fault.CodeInvalid:         {http.StatusOK, 400},
	fault.CodeConflict:        {http.StatusOK, 400},
	fault.CodePrecondition:    {http.StatusOK, 400},
	fault.CodeNotFound:        {http.StatusOK, 500},
	fault.CodeUnauthenticated: {http.StatusUnauthorized, 401},
	fault.CodeForbidden:       {http.StatusForbidden, 403},
	fault.CodeExhausted:       {http.StatusServiceUnavailable, 503},
	fault.CodeInternal:        {http.StatusInternalServerError, 500},
}

// accept answers with the task.
func (h *handler) accept(w http.ResponseWriter, r *http.Request, record *task.Record, warnings []fault.Problem) {
	data, err := newData(record)
	if err != nil {
		h.refuse(w, r, err, nil)
		return
	}
	write(w, http.StatusOK, envelope{Result: true, Data: data, Code: "0", Warnings: notices(warnings)})
}

// refuse answers with an error. A status given here is also the code.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error, warnings []fault.Problem, status ...int) {
	e := envelope{Warnings: notices(warnings)}
	f := h.public(r.Context(), err)
	answer := statuses[f.Code]
	if errors.Is(err, body.ErrTooLarge) {
		status = []int{http.StatusRequestEntityTooLarge}
	}
	if len(status) > 0 {
		answer.status, answer.code = status[0], status[0]
	}
	if f.Code == fault.CodeUnauthenticated {
		w.Header().Set("WWW-Authenticate", `Bkapi realm="rehearse"`)
	}
	e.Code, e.Message, e.Errors = answer.code, f.Message, notices(f.Problems)
	if answer.code == 400 {
		e.Message = byField(f)
	}
	write(w, answer.status, e)
}

// public is the error as a caller may see it: a defect or an outage becomes a fixed
// text with an id that the log shares.
func (h *handler) public(ctx context.Context, err error) *fault.Error {
	if f := fault.As(err); f != nil && f.Code != fault.CodeInternal {
		if f.Code == fault.CodeExhausted {
			h.log.WarnContext(ctx, "a limit was met", "error", err)
		}
		return f
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.Newf(fault.CodeExhausted, "the request ended before its answer was ready")
	}
	id := rand.Text()
	h.log.ErrorContext(ctx, "internal error", "error_id", id, "error", err)
	return fault.Newf(fault.CodeInternal, "internal error, error_id=%s", id)
}

// byField is the original's message of a request that does not pass the rules: JSON
// text, from field to its problems with commas between them. Problems below a field
// begin with the way to them.
func byField(f *fault.Error) string {
	problems := f.Problems
	if len(problems) == 0 {
		problems = []fault.Problem{{Message: f.Message}}
	}
	messages := map[string][]string{}
	for _, p := range problems {
		field, message := "non_field_errors", p.Message
		if len(p.Path) > 0 {
			field = p.Path[0]
		}
		if len(p.Path) > 1 && !strings.HasPrefix(message, strings.Join(p.Path, ".")) {
			message = strings.Join(p.Path[1:], ".") + ": " + message
		}
		messages[field] = append(messages[field], message)
	}
	joined := make(map[string]string, len(messages))
	for field, list := range messages {
		joined[field] = strings.Join(list, ",")
	}
	text, err := encode(joined)
	if err != nil {
		return f.Message // a map of texts encodes
	}
	return string(text)
}

func write(w http.ResponseWriter, status int, e envelope) {
	text, err := encode(e)
	if err != nil {
		http.Error(w, "the answer could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	w.WriteHeader(status)
	// A client that went away cannot be told.
	_, _ = w.Write(text)
}

// encode writes JSON without the escapes that only matter inside HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
