package space

import (
	"bytes"
	"encoding/json"
	"time"

	"rehearse.dev/internal/auth"
)

// The languages of gateway conditions, as they are stored (domain §2.2).
const (
	Boolrule = "boolrule"
	FEEL     = "FEEL"
	MAKO     = "MAKO"
)

// Config is the settings of a space as they count, defaults included.
type Config struct {
	// TokenExpiration is such as "90m"; see ParseExpiration.
	TokenExpiration  string
	TokenAutoRenewal bool
	FlowVersioning   bool
	// GatewayExpression is Boolrule, FEEL or MAKO.
	GatewayExpression string
	Superusers        []string
	// CredentialName is a JSON text or an object by scope, nil for none.
	CredentialName json.RawMessage
	UniformAPI     UniformAPIConfig
}

// ReadConfig makes sense of stored settings, by name. A missing one counts as its
// default, and so does one that does not have its form: reading never fails for
// what another program has written.
func ReadConfig(stored map[string]json.RawMessage) Config {
	c := Config{
		TokenExpiration: "1h", TokenAutoRenewal: true, GatewayExpression: Boolrule, Superusers: []string{},
		FlowVersioning: Truth(stored[FlowVersioning]),
		UniformAPI:     readUniformAPI(stored[UniformAPI]),
	}
	if on, ok := truth(stored[TokenAutoRenewal]); ok {
		c.TokenAutoRenewal = on
	}
	var text string
	if json.Unmarshal(stored[TokenExpiration], &text) == nil {
		if _, err := ParseExpiration(text); err == nil {
			c.TokenExpiration = text
		}
	}
	if json.Unmarshal(stored[GatewayExpression], &text) == nil && (text == FEEL || text == MAKO) {
		c.GatewayExpression = text
	}
	var names []string
	if json.Unmarshal(stored[Superusers], &names) == nil && names != nil {
		c.Superusers = names
	}
	if name := bytes.TrimSpace(stored[CredentialForGateways]); len(name) > 0 && string(name) != "null" {
		c.CredentialName = name
	}
	return c
}

// ParseExpiration reads how long a token lives, as package auth does when it renews
// one. The error says what is wrong with it, to be read behind the setting's name.
func ParseExpiration(text string) (time.Duration, error) { return auth.ParseLifetime(text) }
