package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
)

// MaxBody is the largest request body in bytes.
const MaxBody = body.Max

// Media types of answers.
const (
	typeJSON     = "application/json"
	typeResponse = "application/graphql-response+json"
)

// post answers GraphQL over HTTP POST. Unlike gqlgen's own transport it looks at
// the body before anything is decoded (size, UTF-8, depth, duplicate keys), keeps
// JSON arguments byte for byte, and writes the data as it was rendered.
type post struct {
	documents *documents
	variables *variables
}

var _ graphql.Transport = (*post)(nil)

// Supports reports whether the request is a JSON POST.
func (p *post) Supports(r *http.Request) bool {
	if r.Method != http.MethodPost || r.Header.Get("Upgrade") != "" {
		return false
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == typeJSON
}

// envelope is the body of a request. Its members are found by their exact names,
// which encoding/json does not do for a struct.
type envelope struct {
	Query         string
	OperationName string
	Variables     json.RawMessage
	Extensions    map[string]any
}

// Do answers one request.
func (p *post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := r.Context()
	w.Header().Set("Content-Type", answerType(r))
	refuse := func(status int, err error) {
		answer(w, status, exec.DispatchError(ctx, gqlerror.List{gqlerror.Wrap(err)}))
	}
	text, err := body.Read(w, r)
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, body.ErrTooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		refuse(status, err)
		return
	}
	in, err := decode(text)
	if err != nil {
		refuse(http.StatusBadRequest, err)
		return
	}
	params := &graphql.RawParams{
		Query: in.Query, OperationName: in.OperationName, Extensions: in.Extensions, Headers: r.Header,
	}
	doc, err := p.documents.find(ctx, in.Query)
	if err != nil {
		refuse(refused(w), err)
		return
	}
	if params.Variables, err = p.variables.decode(doc, in); err != nil {
		refuse(http.StatusBadRequest, err)
		return
	}
	op, list := exec.CreateOperationContext(ctx, params)
	if list != nil {
		answer(w, refused(w), exec.DispatchError(graphql.WithOperationContext(ctx, op), list))
		return
	}
	responses, ctx := exec.DispatchOperation(ctx, op)
	answer(w, http.StatusOK, responses(ctx))
}

// refused is the status for a document that is not executed: it depends on the media
// type that answerType picked.
func refused(w http.ResponseWriter) int {
	if w.Header().Get("Content-Type") == typeResponse {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// decode checks the whole body as JSON and reads its envelope.
func decode(text []byte) (*envelope, error) {
	if err := body.Check(text); err != nil {
		return nil, err
	}
	if first := bytes.TrimLeft(text, " \t\r\n"); first[0] == '[' {
		return nil, fault.Newf(fault.CodeInvalid, "batches are not supported: send one operation in an object")
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil, fault.Newf(fault.CodeInvalid, "the request body must be a JSON object with the member query")
	}
	in := envelope{Variables: members["variables"]}
	for _, member := range []struct {
		name string
		to   any
	}{{"query", &in.Query}, {"operationName", &in.OperationName}, {"extensions", &in.Extensions}} {
		raw, given := members[member.name]
		if !given {
			continue
		}
		var wrong *json.UnmarshalTypeError
		if err := json.Unmarshal(raw, member.to); errors.As(err, &wrong) {
			return nil, fault.Newf(fault.CodeInvalid, "%s must not be %s", member.name, article(wrong.Value))
		}
	}
	if in.Query == "" {
		return nil, fault.Newf(fault.CodeInvalid, "the request body must have a text member query")
	}
	return &in, nil
}

func article(kind string) string {
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "o") {
		return "an " + kind
	}
	return "a " + kind
}

// answerType picks the media type: the GraphQL one when it is accepted by name.
func answerType(r *http.Request) string {
	for _, accepted := range r.Header.Values("Accept") {
		if strings.Contains(accepted, typeResponse) {
			return typeResponse
		}
	}
	return typeJSON
}

// answer writes a response. The data was rendered as JSON and is not looked at
// again.
func answer(w http.ResponseWriter, status int, response *graphql.Response) {
	var b bytes.Buffer
	b.Grow(len(response.Data) + 64)
	b.WriteByte('{')
	if len(response.Errors) > 0 {
		writeMember(&b, "errors", response.Errors)
	}
	if response.Data != nil {
		separate(&b)
		b.WriteString(`"data":`)
		b.Write(response.Data)
	}
	if len(response.Extensions) > 0 {
		writeMember(&b, "extensions", response.Extensions)
	}
	b.WriteByte('}')
	w.Header().Set("Content-Length", fmt.Sprint(b.Len()))
	w.WriteHeader(status)
	// A client that went away cannot be told.
	_, _ = io.Copy(w, &b)
}

func writeMember(b *bytes.Buffer, name string, v any) {
	separate(b)
	b.WriteString(`"` + name + `":`)
	raw, err := json.Marshal(v)
	if err != nil {
		raw = []byte("null")
	}
	b.Write(raw)
}

func separate(b *bytes.Buffer) {
	if b.Len() > 1 {
		b.WriteByte(',')
	}
}
