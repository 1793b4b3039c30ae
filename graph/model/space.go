package model

import (
	"encoding/json"
	"strings"

	"rehearse.dev/ent"
	"rehearse.dev/internal/space"
)

// Space is a stored space with the neighbours that were asked for.
type Space struct {
	*ent.Space
	Config      *SpaceConfig
	Credentials []*Credential
}

// IsNode marks Space as a Node.
func (Space) IsNode() {}

// Credential is a stored credential. The sealed content is not read for it.
type Credential struct{ *ent.Credential }

// IsNode marks Credential as a Node.
func (Credential) IsNode() {}

// Type is what the credential holds.
func (c *Credential) Type() CredentialType { return CredentialType(c.Credential.Type) }

// ScopeLevel is where the credential may be used.
func (c *Credential) ScopeLevel() CredentialScopeLevel {
	return CredentialScopeLevel(c.Credential.ScopeLevel)
}

// Scopes are the scopes of level PART.
func (c *Credential) Scopes() []*CredentialScope {
	scopes := make([]*CredentialScope, len(c.Credential.Scopes))
	for i, s := range c.Credential.Scopes {
		scopes[i] = &CredentialScope{ScopeType: s["scope_type"], ScopeValue: s["scope_value"]}
	}
	return scopes
}

// Content is what the credential holds, with every secret masked.
func (c *Credential) Content() json.RawMessage { return c.Shown }

// NewSpaceConfig shows the settings of a space.
func NewSpaceConfig(c space.Config) *SpaceConfig {
	view := &SpaceConfig{
		TokenExpiration: c.TokenExpiration, TokenAutoRenewal: c.TokenAutoRenewal, FlowVersioning: c.FlowVersioning,
		GatewayExpression: GatewayExpression(strings.ToUpper(c.GatewayExpression)), Superusers: c.Superusers,
		APIGatewayCredentialName: c.CredentialName,
		UniformAPI: &UniformAPIConfig{
			Apis:                         make([]*UniformAPI, len(c.UniformAPI.APIs)),
			ExcludeNoneFields:            c.UniformAPI.ExcludeNoneFields,
			EnableAPIParameterConversion: c.UniformAPI.ParameterConversion,
			EnableStandardResponse:       c.UniformAPI.StandardResponse,
		},
	}
	for i, api := range c.UniformAPI.APIs {
		view.UniformAPI.Apis[i] = &UniformAPI{
			Key: api.Key, MetaApis: api.MetaAPIs, APICategories: api.Categories, DisplayName: api.DisplayName,
			SourceKey: api.SourceKey, CatalogMode: CatalogMode(strings.ToUpper(api.CatalogMode)), Headers: api.Headers,
		}
	}
	return view
}
