package space

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehearse.dev/ent"
	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/internal/store"
)

// Names of settings that this version reads or writes (domain §2.2).
const (
	TokenExpiration       = "token_expiration"
	TokenAutoRenewal      = "token_auto_renewal"
	FlowVersioning        = "flow_versioning"
	Superusers            = "superusers"
	GatewayExpression     = "gateway_expression"
	UniformAPI            = "uniform_api"
	CredentialForGateways = "api_gateway_credential_name"
)

// defaults are the values of settings without a row (domain §2.2). What the
// contract keeps as text is a JSON string here, also "true" and "false".
var defaults = map[string]json.RawMessage{
	TokenExpiration:       json.RawMessage(`"1h"`),
	TokenAutoRenewal:      json.RawMessage(`"true"`),
	FlowVersioning:        json.RawMessage(`"false"`),
	Superusers:            json.RawMessage(`[]`),
	GatewayExpression:     json.RawMessage(`"boolrule"`),
	UniformAPI:            json.RawMessage(`{}`),
	CredentialForGateways: json.RawMessage(`null`),
}

// SettingNames are the names of all settings, ordered. Rows of other names are the
// server's own and are never shown.
func SettingNames() []string { return slices.Sorted(maps.Keys(defaults)) }

// Setting returns a setting of a space, or its default if the space has none. It
// reads with the given client, so that a transaction sees its own changes. The
// caller must not change the value. Settings that are on or off come as the texts
// "true" and "false", in whichever form they are stored.
//
// It does not ask whether the space exists or who may see it. A name that is not
// one of the constants is an internal error.
func (s *Service) Setting(ctx context.Context, client *ent.Client, spaceID int, name string) (json.RawMessage, error) {
	fallback, ok := defaults[name]
	if !ok {
		return nil, fmt.Errorf("there is no setting %q", name)
	}
	row, err := client.SpaceConfig.Query().
		Where(spaceconfig.SpaceID(spaceID), spaceconfig.Name(name)).
		Only(ctx)
	if ent.IsNotFound(err) {
		return fallback, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the setting %s of space %d: %w", name, spaceID, store.Translate(err))
	}
	if name == FlowVersioning || name == TokenAutoRenewal {
		return truthText(Truth(row.Value)), nil
	}
	return row.Value, nil
}

// Truth reads what is on or off: true and the text "true" are on, whatever its
// letters' case, and all else is off. The original takes any text for on, "false"
// too (domain §2.2, traps).
func Truth(raw json.RawMessage) bool {
	on, _ := truth(raw)
	return on
}

// truth is Truth; ok is false for what is neither true nor false.
func truth(raw json.RawMessage) (on, ok bool) {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return false, false
	}
	switch v := value.(type) {
	case bool:
		return v, true
	case string:
		on = strings.EqualFold(v, "true")
		return on, on || strings.EqualFold(v, "false")
	}
	return false, false
}

func truthText(on bool) json.RawMessage {
	if on {
		return json.RawMessage(`"true"`)
	}
	return json.RawMessage(`"false"`)
}
