package space

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/internal/store"
)

// Names of settings that this version reads or writes (domain §2.2).
const (
	FlowVersioning        = "flow_versioning"
	Superusers            = "superusers"
	GatewayExpression     = "gateway_expression"
	UniformAPI            = "uniform_api"
	CredentialForGateways = "api_gateway_credential_name"
)

// defaults are the values of settings without a row (domain §2.2). What the
// contract keeps as text is a JSON string here, also "true" and "false".
var defaults = map[string]json.RawMessage{
	FlowVersioning:        json.RawMessage(`"false"`),
	Superusers:            json.RawMessage(`[]`),
	GatewayExpression:     json.RawMessage(`"boolrule"`),
	UniformAPI:            json.RawMessage(`{}`),
	CredentialForGateways: json.RawMessage(`null`),
}

// Setting returns a setting of a space, or its default if the space has none. It
// reads with the given client, so that a transaction sees its own changes. The
// caller must not change the value.
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
	return row.Value, nil
}
