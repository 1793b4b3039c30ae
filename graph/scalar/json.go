package scalar

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/99designs/gqlgen/graphql"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// MarshalJSON writes the value as it is; empty means null.
func MarshalJSON(v json.RawMessage) graphql.Marshaler {
	if len(v) == 0 {
		return graphql.Null
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(v) })
}

// UnmarshalJSON takes the raw bytes that the transport left in the variables and
// has checked. A value written into the document itself arrives decoded and is
// encoded again, so that its objects lose the order of their keys; it has to pass
// the same check. What does not is a fault.CodeInvalid.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if problems := flow.CheckJSON(raw, flow.MaxTreeBytes); len(problems) > 0 {
		return nil, fault.Invalid(problems...)
	}
	return raw, nil
}
