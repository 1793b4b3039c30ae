package space

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	entcredential "rehearse.dev/ent/credential"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/input"
)

// UpdateCredentialParams are changes of a credential; nil leaves a part as it is.
// The type cannot be changed: another type is another credential.
type UpdateCredentialParams struct {
	ID                int
	Name, Description *string
	// Content replaces the whole content: what is shown is masked, so nobody could
	// send the unchanged part of it back.
	Content    json.RawMessage
	ScopeLevel *string
	// Scopes replace the scopes. Leaving level PART drops them.
	Scopes []Scope
}

// UpdateCredential changes a credential. Errors are those of DeleteCredential,
// fault.CodeInvalid with every problem, and fault.CodeConflict for a taken name.
func (s *Service) UpdateCredential(ctx context.Context, caller auth.Caller, p UpdateCredentialParams) error {
	err := s.deps.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		row, err := s.credential(ctx, tx, caller, p.ID)
		if err != nil {
			return err
		}
		update := tx.Credential.Update().Where(entcredential.ID(p.ID))
		if err := s.changes(update, row, p); err != nil {
			return err
		}
		if name, ok := update.Mutation().Name(); ok {
			if err := s.freeName(ctx, tx, row.SpaceID, name, row.ID); err != nil {
				return err
			}
		}
		return update.SetOperator(person(caller)).SetUpdateTime(s.deps.Now()).Exec(ctx)
	})
	if err != nil {
		return fmt.Errorf("update the credential %d: %w", p.ID, err)
	}
	return nil
}

// changes checks the wishes against the row and adds them to the update.
func (s *Service) changes(update *ent.CredentialUpdate, row *ent.Credential, p UpdateCredentialParams) error {
	var c input.Checker
	if p.Name != nil {
		update.SetName(c.Required(*p.Name, maxName, "name"))
	}
	if p.Description != nil {
		update.SetDescription(c.Text(*p.Description, maxDescription, "description"))
	}
	if p.ScopeLevel != nil || p.Scopes != nil {
		level, scopes := row.ScopeLevel, p.Scopes
		if p.ScopeLevel != nil {
			level = entcredential.ScopeLevel(*p.ScopeLevel)
		}
		if scopes == nil && level == entcredential.ScopeLevelPART {
			scopes = storedScopes(row)
		}
		update.SetScopeLevel(level).SetScopes(checkedScopes(&c, level, scopes))
	}
	var held content
	if p.Content != nil {
		held = readContent(&c, row.Type, p.Content)
	}
	if err := c.Err(); err != nil || held == nil {
		return err
	}
	return s.sealInto(update, row, held)
}

// maxScopes and maxScopeText bound the scopes of a credential: how many, and the
// characters of each part.
const (
	maxScopes    = 100
	maxScopeText = 128
)

// Names inside the stored scopes.
const (
	scopeTypeName  = "scope_type"
	scopeValueName = "scope_value"
)

// checkedScopes demands scopes for level PART and refuses them for the others.
func checkedScopes(c *input.Checker, level entcredential.ScopeLevel, scopes []Scope) []map[string]string {
	stored := make([]map[string]string, 0, len(scopes))
	switch {
	case entcredential.ScopeLevelValidator(level) != nil:
		c.Add(codeInvalidValue, "there is no such scope level", "scopeLevel")
	case level == entcredential.ScopeLevelPART && len(scopes) == 0:
		c.Add(codeRequired, "scopes must not be empty for level PART", "scopes")
	case level != entcredential.ScopeLevelPART && len(scopes) > 0:
		c.Add(codeInvalidValue, fmt.Sprintf("scopes are for level PART and not for %s", level), "scopes")
	case len(scopes) > maxScopes:
		c.Add(codeTooLong, fmt.Sprintf("at most %d scopes", maxScopes), "scopes")
	}
	seen := map[Scope]bool{}
	for i, scope := range scopes {
		at := fmt.Sprint(i)
		scope.Type = c.Required(scope.Type, maxScopeText, "scopes", at, "scopeType")
		scope.Value = c.Required(scope.Value, maxScopeText, "scopes", at, "scopeValue")
		if seen[scope] {
			continue // twice the same says nothing new
		}
		seen[scope] = true
		stored = append(stored, map[string]string{scopeTypeName: scope.Type, scopeValueName: scope.Value})
	}
	return stored
}

func storedScopes(row *ent.Credential) []Scope {
	scopes := make([]Scope, len(row.Scopes))
	for i, s := range row.Scopes {
		scopes[i] = Scope{Type: s[scopeTypeName], Value: s[scopeValueName]}
	}
	return scopes
}
