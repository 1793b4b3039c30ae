package graph

import (
	"strings"

	"rehearse.dev/graph/model"
	"rehearse.dev/internal/space"
)

// configParams turns the input of setSpaceConfig into what the service takes.
func configParams(in model.SetSpaceConfigInput) space.ConfigParams {
	p := space.ConfigParams{
		SpaceID: number(in.SpaceID), TokenExpiration: in.TokenExpiration, TokenAutoRenewal: in.TokenAutoRenewal,
		FlowVersioning: in.FlowVersioning, Superusers: in.Superusers,
	}
	if e := in.GatewayExpression; e != nil {
		stored := string(*e)
		if *e == model.GatewayExpressionBoolrule {
			stored = space.Boolrule
		}
		p.GatewayExpression = &stored
	}
	if name, given := in.APIGatewayCredentialName.ValueOK(); given {
		p.CredentialName = &name
	}
	if u := in.UniformAPI; u != nil {
		p.UniformAPI = &space.UniformAPIParams{
			ExcludeNoneFields: u.ExcludeNoneFields, ParameterConversion: u.EnableAPIParameterConversion,
			StandardResponse: u.EnableStandardResponse,
		}
		for _, api := range u.Apis {
			p.UniformAPI.APIs = append(p.UniformAPI.APIs, space.API{
				Key: api.Key, MetaAPIs: api.MetaApis, Categories: value(api.APICategories), DisplayName: value(api.DisplayName),
				SourceKey: value(api.SourceKey), CatalogMode: strings.ToLower(string(api.CatalogMode)), Headers: api.Headers,
			})
		}
	}
	return p
}

// credentialParams turns the input of createCredential into what the service takes.
func credentialParams(in model.CreateCredentialInput) space.CredentialParams {
	return space.CredentialParams{
		SpaceID: number(in.SpaceID), Name: in.Name, Description: value(in.Description), Type: string(in.Type),
		Content: in.Content, ScopeLevel: string(in.ScopeLevel), Scopes: scopes(in.Scopes),
	}
}

// updateCredentialParams turns the input of updateCredential into what the service takes.
func updateCredentialParams(in model.UpdateCredentialInput) space.UpdateCredentialParams {
	return space.UpdateCredentialParams{
		ID: number(in.ID), Name: in.Name, Description: in.Description, Content: in.Content,
		ScopeLevel: (*string)(in.ScopeLevel), Scopes: scopes(in.Scopes),
	}
}

// scopes turns the scopes of a credential; nil stays nil, which means no change.
func scopes(in []*model.CredentialScopeInput) []space.Scope {
	if in == nil {
		return nil
	}
	list := make([]space.Scope, len(in))
	for i, s := range in {
		list[i] = space.Scope{Type: s.ScopeType, Value: s.ScopeValue}
	}
	return list
}
