package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"rehearse.dev/internal/body"
	"rehearse.dev/internal/fault"
)

// envelope is what a request asks for, in every transport. Its members are found by
// their exact names, which encoding/json does not do for a struct.
type envelope struct {
	Query         string
	DocumentID    string
	OperationName string
	Variables     json.RawMessage
	Extensions    map[string]any
}

// decode checks the whole payload as JSON and reads its envelope.
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
	}{
		{"query", &in.Query},
		{"documentId", &in.DocumentID},
		{"operationName", &in.OperationName},
		{"extensions", &in.Extensions},
	} {
		raw, given := members[member.name]
		if !given {
			continue
		}
		var wrong *json.UnmarshalTypeError
		if err := json.Unmarshal(raw, member.to); errors.As(err, &wrong) {
			return nil, fault.Newf(fault.CodeInvalid, "%s must not be %s", member.name, article(wrong.Value))
		}
	}
	return &in, nil
}

func article(kind string) string {
	if strings.HasPrefix(kind, "a") || strings.HasPrefix(kind, "o") {
		return "an " + kind
	}
	return "a " + kind
}
