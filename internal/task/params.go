package task

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
	"rehearse.dev/internal/mock"
)

// CreateParams is what a caller says about a new mock task. JSON parts are raw:
// the service checks their shape, so that one answer lists every problem.
type CreateParams struct {
	// SpaceID is the space that the template must belong to; 0 means any. It is left
	// out of digests without it, which older rows have.
	SpaceID int `json:",omitempty"`
	// TemplateID is the id as the caller wrote it.
	TemplateID     string
	Name           string
	Creator        string
	Description    string
	Constants      json.RawMessage
	Credentials    json.RawMessage
	Mock           MockParams
	SpanAttributes json.RawMessage
	// IdempotencyKey is empty when the caller gave none.
	IdempotencyKey string
	// Start makes the creator start the task. It is left out of digests without it.
	Start bool `json:",omitempty"`
	// Nulls names the fields that were given as null although the contract wants
	// them left out or filled (domain §7 rows 3, 8 and 63).
	Nulls []string
}

// MockParams is the mock data of CreateParams.
type MockParams struct {
	Nodes     []string
	Outputs   json.RawMessage
	PresetIDs json.RawMessage
	Failures  json.RawMessage
	// SchemeID is the id as the caller wrote it; empty means none.
	SchemeID string
}

// Limits of the contract, in code points.
const (
	maxName           = 128
	maxCreator        = 32
	maxIdempotencyKey = 128
)

// check trims the texts and reports every problem that needs no look at the
// database.
func (p *CreateParams) check() []fault.Problem {
	var c input.Checker
	p.Name = c.Required(p.Name, maxName, "name")
	p.Creator = c.Required(p.Creator, maxCreator, "creator")
	p.Description = c.Text(p.Description, input.Unlimited, "description")
	if p.IdempotencyKey != "" {
		p.IdempotencyKey = c.Required(p.IdempotencyKey, maxIdempotencyKey, "idempotencyKey")
	}
	for _, field := range p.Nulls {
		c.Add(codeRequired, fmt.Sprintf("%s must not be null; leave it out instead", field), field)
	}
	if p.SpanAttributes != nil && !isObject(p.SpanAttributes) {
		c.Add(codeWrongType, "customSpanAttributes must be an object", "customSpanAttributes")
	}
	if p.Constants != nil && !isObject(p.Constants) {
		c.Add(codeWrongType, "constants must be an object from constant key to value", "constants")
	}
	return c.Problems()
}

// mockRequest is the mock part without its scheme.
func (p *CreateParams) mockRequest() mock.Request {
	return mock.Request{
		Nodes: p.Mock.Nodes, Outputs: p.Mock.Outputs, PresetIDs: p.Mock.PresetIDs, Failures: p.Mock.Failures,
	}
}

// digest tells whether two requests with one idempotency key are the same: by
// value, so that the order of object keys does not matter.
func (p CreateParams) digest() []byte {
	for _, raw := range []*json.RawMessage{
		&p.Constants, &p.Credentials, &p.SpanAttributes, &p.Mock.Outputs, &p.Mock.PresetIDs, &p.Mock.Failures,
	} {
		*raw = sorted(*raw)
	}
	// Every part was decoded before, so it encodes.
	text, _ := json.Marshal(p)
	sum := sha256.Sum256(text)
	return sum[:]
}

// sorted returns the JSON with the keys of its objects in order and numbers as
// they were written.
func sorted(raw json.RawMessage) json.RawMessage {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	text, err := json.Marshal(v)
	if err != nil {
		return raw
	}
	return text
}

func isObject(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{'
}
