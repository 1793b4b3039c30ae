package operation

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// AppendResponse appends a response to b as a JSON object: errors first, data only if
// there is some, which is null when execution failed, then extensions. The data was
// rendered as JSON and is not looked at again.
func AppendResponse(b []byte, r *graphql.Response) []byte {
	b = append(b, '{')
	start := len(b)
	if len(r.Errors) > 0 {
		b = append(b, `"errors":`...)
		b = AppendErrors(b, r.Errors)
	}
	if r.Data != nil {
		b = separate(b, start)
		b = append(b, `"data":`...)
		b = append(b, r.Data...)
	}
	if len(r.Extensions) > 0 {
		b = separate(b, start)
		b = append(b, `"extensions":`...)
		b = appendJSON(b, r.Extensions)
	}
	return append(b, '}')
}

// AppendErrors appends errors to b as a JSON array.
func AppendErrors(b []byte, errs gqlerror.List) []byte { return appendJSON(b, errs) }

// appendJSON writes null for what has no JSON form: the rest of an answer must not be
// lost over an extension.
func appendJSON(b []byte, v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, raw...)
}

func separate(b []byte, start int) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	return b
}
