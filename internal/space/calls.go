package space

import (
	"context"

	"rehearse.dev/internal/credential"
)

// CallSettings are what a space gives to the real calls of its nodes.
type CallSettings struct {
	UniformAPI UniformAPIConfig
	// CredentialName is what api_gateway_credential_name names for the task's scope, ""
	// for none. Credential is that one, open, nil when it cannot be used; then
	// CredentialReason says why. It must not be shown or kept.
	CredentialName   string
	Credential       *credential.Pair
	CredentialReason string
}

// ForCalls reads what a call of a node needs of its space, for a task of this scope;
// two empty texts mean no scope. It takes at most three statements and sees the
// settings as they are now: a poll follows a new secret (domain §3.5).
func (s *Service) ForCalls(ctx context.Context, spaceID int, scopeType, scopeValue string) (CallSettings, error) {
	read := s.deps.Store.Read
	stored, err := s.Setting(ctx, read, spaceID, UniformAPI)
	if err != nil {
		return CallSettings{}, err
	}
	made := CallSettings{UniformAPI: readUniformAPI(stored)}
	var ofType, ofValue *string
	if scopeType != "" && scopeValue != "" {
		ofType, ofValue = &scopeType, &scopeValue
	}
	made.CredentialName, made.Credential, made.CredentialReason, err = s.ForUniformAPI(ctx, read, spaceID, ofType, ofValue)
	if err != nil {
		return CallSettings{}, err
	}
	return made, nil
}
