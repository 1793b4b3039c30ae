package space

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"rehearse.dev/ent"
	"rehearse.dev/ent/predicate"
	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
)

// MaxSuperusers is how many superusers a space may have.
const MaxSuperusers = 100

// maxUser bounds the name of a user, in characters, as in the header of a call.
const maxUser = 128

// ConfigParams are changes of settings; nil leaves one as it is.
type ConfigParams struct {
	SpaceID          int
	TokenExpiration  *string
	TokenAutoRenewal *bool
	FlowVersioning   *bool
	// GatewayExpression is Boolrule, FEEL or MAKO.
	GatewayExpression *string
	Superusers        []string
	// CredentialName points to a JSON text, an object by scope, or null, which takes
	// the setting away.
	CredentialName *json.RawMessage
	UniformAPI     *UniformAPIParams
}

// SetConfig changes the settings that are given, all or none. It returns
// fault.CodeNotFound for a space that the caller does not see, fault.CodeForbidden
// for one that it may not manage, and fault.CodeInvalid with every problem.
func (s *Service) SetConfig(ctx context.Context, caller auth.Caller, p ConfigParams) error {
	if _, err := s.managed(ctx, s.deps.Store.Read, caller, p.SpaceID, "spaceId"); err != nil {
		return err
	}
	values, err := p.values()
	if err != nil || len(values) == 0 {
		return err
	}
	err = s.deps.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		owner, err := s.managed(ctx, tx.Client(), caller, p.SpaceID, "spaceId")
		if err != nil {
			return err
		}
		if err := s.writeSettings(ctx, tx, p.SpaceID, values); err != nil {
			return err
		}
		return s.deps.Changed(ctx, owner.AppID) // superusers decide what tokens may do
	})
	if err != nil {
		return fmt.Errorf("set the configuration of space %d: %w", p.SpaceID, err)
	}
	return nil
}

// writeSettings writes one row per setting; null takes a row away.
func (s *Service) writeSettings(ctx context.Context, tx *ent.Tx, spaceID int, values map[string]json.RawMessage) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		at := []predicate.SpaceConfig{spaceconfig.SpaceID(spaceID), spaceconfig.Name(name)}
		if values[name] == nil {
			if _, err := tx.SpaceConfig.Delete().Where(at...).Exec(ctx); err != nil {
				return err
			}
			continue
		}
		changed, err := tx.SpaceConfig.Update().Where(at...).
			SetValue(values[name]).SetUpdateTime(s.deps.Now()).Save(ctx)
		if err != nil {
			return err
		}
		if changed > 0 {
			continue
		}
		if err := tx.SpaceConfig.Create().SetSpaceID(spaceID).SetName(name).SetValue(values[name]).
			SetCreateTime(s.deps.Now()).SetUpdateTime(s.deps.Now()).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// values are the settings in the form in which they are stored: what the contract
// keeps as text stays a text, "true" and "false" included.
func (p *ConfigParams) values() (map[string]json.RawMessage, error) {
	var c input.Checker
	values := map[string]any{}
	if p.TokenExpiration != nil {
		if _, err := ParseExpiration(*p.TokenExpiration); err != nil {
			c.Add(codeInvalidValue, "tokenExpiration "+err.Error(), "tokenExpiration")
		}
		values[TokenExpiration] = *p.TokenExpiration
	}
	for name, flag := range map[string]*bool{TokenAutoRenewal: p.TokenAutoRenewal, FlowVersioning: p.FlowVersioning} {
		if flag != nil {
			values[name] = truthText(*flag)
		}
	}
	if p.GatewayExpression != nil {
		if e := *p.GatewayExpression; e != Boolrule && e != FEEL && e != MAKO {
			c.Add(codeInvalidValue, "gatewayExpression must be boolrule, FEEL or MAKO", "gatewayExpression")
		}
		values[GatewayExpression] = *p.GatewayExpression
	}
	if p.Superusers != nil {
		values[Superusers] = checkedUsers(&c, p.Superusers)
	}
	if p.CredentialName != nil {
		values[CredentialForGateways] = checkedName(&c, *p.CredentialName)
	}
	if p.UniformAPI != nil {
		made, err := p.UniformAPI.checked(&c).encode()
		if err != nil && c.Err() == nil {
			return nil, err
		}
		values[UniformAPI] = made
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	return encoded(values)
}

// encoded writes the values as JSON; an empty message stays nil.
func encoded(values map[string]any) (map[string]json.RawMessage, error) {
	raws := make(map[string]json.RawMessage, len(values))
	for name, value := range values {
		if raw, ok := value.(json.RawMessage); ok {
			raws[name] = raw
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("encode the setting %s: %w", name, err)
		}
		raws[name] = raw
	}
	return raws, nil
}

// checkedUsers trims the names and drops repeated ones.
func checkedUsers(c *input.Checker, names []string) []string {
	if len(names) > MaxSuperusers {
		c.Add(codeTooLong, fmt.Sprintf("at most %d superusers", MaxSuperusers), "superusers")
	}
	users := []string{}
	for i, name := range names {
		var one input.Checker
		name = one.Required(name, maxUser, "a superuser")
		for _, p := range one.Problems() {
			p.Path = []string{"superusers", fmt.Sprint(i)}
			c.Append(p)
		}
		if !slices.Contains(users, name) {
			users = append(users, name)
		}
	}
	return users
}

func checkedName(c *input.Checker, raw json.RawMessage) json.RawMessage {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	const field = "apiGatewayCredentialName"
	for _, f := range credential.CheckConfigured(raw) {
		p := fault.Problem{Code: codeInvalidValue, Message: f.Message, Path: []string{field}}
		if f.Type {
			p.Code = codeWrongType
		}
		if f.Member == "" {
			p.Message = field + " " + p.Message
		} else {
			p.Path = append(p.Path, f.Member)
		}
		c.Append(p)
	}
	return raw
}
