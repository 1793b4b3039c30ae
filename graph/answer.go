package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
)

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
