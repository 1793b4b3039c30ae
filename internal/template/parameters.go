package template

import (
	"bytes"
	"encoding/json"

	"rehearse.dev/internal/flow"
)

// Parameters is the value of every constant of a tree as one JSON object, in the
// order of the tree; the contract's parameters.
func Parameters(p *flow.Pipeline) json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range p.Constants {
		if i > 0 {
			b.WriteByte(',')
		}
		// A string encodes.
		key, _ := json.Marshal(k.Key)
		b.Write(key)
		b.WriteByte(':')
		if len(k.Value) == 0 {
			b.WriteString("null")
		} else {
			b.Write(k.Value)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}
