package task

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// defaultNotify tells nobody; a task gets it when the template has no
// configuration of its own (domain §1.8).
var defaultNotify = json.RawMessage(
	`{"notify_type":{"fail":[],"success":[]},"notify_receivers":{"more_receiver":"","receiver_group":[]}}`)

// extraInfo is the API's extraInfo. Secrets are masked before it is stored: the
// real values are in the sealed column only.
type extraInfo struct {
	NotifyConfig  json.RawMessage `json:"notifyConfig"`
	CustomContext *customContext  `json:"customContext,omitempty"`
}

type customContext struct {
	Credentials    map[string]map[string]string `json:"credentials,omitempty"`
	SpanAttributes json.RawMessage              `json:"customSpanAttributes,omitempty"`
}

// extra writes the task's extraInfo.
func (p *Plan) extra(spanAttributes json.RawMessage) (json.RawMessage, error) {
	info := extraInfo{NotifyConfig: p.NotifyConfig}
	if p.credentials != nil || !emptyObject(spanAttributes) {
		info.CustomContext = &customContext{}
	}
	if p.credentials != nil {
		info.CustomContext.Credentials = maskCredentials(p.credentials)
	}
	if !emptyObject(spanAttributes) {
		info.CustomContext.SpanAttributes = spanAttributes
	}
	raw, err := json.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("encode extra info: %w", err)
	}
	return raw, nil
}

// emptyObject reports whether raw is absent, null or an object without members.
func emptyObject(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	return raw[0] == '{' && len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
}
