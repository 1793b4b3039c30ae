package space

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"time"
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

// MinExpiration and MaxExpiration bound how long a token lives. The lower one is
// the original's; the upper one keeps a slip of the pen from lasting for ever.
const (
	MinExpiration = time.Hour
	MaxExpiration = 365 * 24 * time.Hour
)

var (
	expiration = regexp.MustCompile(`^([0-9]{1,9})([smhd])$`)
	units      = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}

	errExpirationForm  = errors.New("must be a number and s, m, h or d, such as 90m or 1d")
	errExpirationRange = errors.New("must be from one hour to 365 days")
)

// ParseExpiration reads how long a token lives: a number and s, m, h or d. The error
// says what is wrong with it, to be read behind the setting's name.
func ParseExpiration(text string) (time.Duration, error) {
	parts := expiration.FindStringSubmatch(text)
	if parts == nil {
		return 0, errExpirationForm
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return 0, errExpirationForm
	}
	unit := units[parts[2]]
	if n > int64(MaxExpiration/unit) || time.Duration(n)*unit < MinExpiration {
		return 0, errExpirationRange
	}
	return time.Duration(n) * unit, nil
}
