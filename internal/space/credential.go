package space

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	entcredential "rehearse.dev/ent/credential"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
)

// MaxCredentials is how many credentials a space may have.
const MaxCredentials = 100

// CredentialParams are the wishes for a new credential.
type CredentialParams struct {
	SpaceID int
	// Name is 1 to 32 characters after trimming, unique for the space. The name of a
	// deleted credential is free again: its row is gone.
	Name string
	// Description has at most 128 characters.
	Description string
	// Type is BK_APP, BK_ACCESS_TOKEN, BASIC_AUTH or CUSTOM.
	Type string
	// Content is a JSON object of texts, as the type demands.
	Content json.RawMessage
	// ScopeLevel is ALL, PART or NONE.
	ScopeLevel string
	// Scopes are those of level PART, empty for the others.
	Scopes []Scope
}

// Scope is where a credential of level PART may be used.
type Scope struct{ Type, Value string }

// CreateCredential stores a credential, sealed, and returns its id. It returns
// fault.CodeNotFound and fault.CodeForbidden as SetConfig does, fault.CodeInvalid
// with every problem, fault.CodeConflict for a taken name and fault.CodePrecondition
// for a space that has MaxCredentials already.
func (s *Service) CreateCredential(ctx context.Context, caller auth.Caller, p CredentialParams) (id int, err error) {
	if _, err := s.managed(ctx, s.deps.Store.Read, caller, p.SpaceID, "spaceId"); err != nil {
		return 0, err
	}
	var c input.Checker
	p.Name = c.Required(p.Name, maxName, "name")
	p.Description = c.Text(p.Description, maxDescription, "description")
	typ, level := entcredential.Type(p.Type), entcredential.ScopeLevel(p.ScopeLevel)
	if entcredential.TypeValidator(typ) != nil {
		c.Add(codeInvalidValue, "there is no such type of credential", "type")
	}
	scopes := checkedScopes(&c, level, p.Scopes)
	held := readContent(&c, typ, p.Content)
	if err := c.Err(); err != nil {
		return 0, err
	}
	err = s.deps.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if _, err := s.managed(ctx, tx.Client(), caller, p.SpaceID, "spaceId"); err != nil {
			return err
		}
		if err := s.roomFor(ctx, tx, p.SpaceID); err != nil {
			return err
		}
		if err := s.freeName(ctx, tx, p.SpaceID, p.Name, 0); err != nil {
			return err
		}
		row, err := tx.Credential.Create().
			SetSpaceID(p.SpaceID).SetName(p.Name).SetDescription(p.Description).SetType(typ).
			SetScopeLevel(level).SetScopes(scopes).
			SetSealed([]byte{}).SetKeyID(s.deps.Keys.Current()).SetShown([]byte(`{}`)).
			SetCreator(person(caller)).SetOperator(person(caller)).
			SetCreateTime(s.deps.Now()).SetUpdateTime(s.deps.Now()).
			Save(ctx)
		if err != nil {
			return err
		}
		id = row.ID
		// The content is bound to the id, which the row has only now.
		update := tx.Credential.Update().Where(entcredential.ID(id))
		if err := s.sealInto(update, row, held); err != nil {
			return err
		}
		return update.Exec(ctx)
	})
	if err != nil {
		return 0, fmt.Errorf("create the credential: %w", err)
	}
	return id, nil
}

// DeleteCredential deletes a credential. It returns fault.CodeNotFound for one that
// the caller does not see and fault.CodeForbidden for one that it may not manage.
func (s *Service) DeleteCredential(ctx context.Context, caller auth.Caller, id int) error {
	err := s.deps.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if _, err := s.credential(ctx, tx, caller, id); err != nil {
			return err
		}
		return tx.Credential.DeleteOneID(id).Exec(ctx)
	})
	if err != nil {
		return fmt.Errorf("delete the credential %d: %w", id, err)
	}
	return nil
}

// credential finds a credential that the caller may manage.
func (s *Service) credential(ctx context.Context, tx *ent.Tx, caller auth.Caller, id int) (*ent.Credential, error) {
	missing := refusal(fault.CodeNotFound, codeNotFound, "there is no such credential", "id")
	row, err := tx.Credential.Get(ctx, id)
	if ent.IsNotFound(err) {
		return nil, missing
	}
	if err != nil {
		return nil, err
	}
	_, err = s.managed(ctx, tx.Client(), caller, row.SpaceID, "id")
	if fault.CodeOf(err) == fault.CodeNotFound {
		return nil, missing
	}
	return row, err
}

func (s *Service) roomFor(ctx context.Context, tx *ent.Tx, spaceID int) error {
	n, err := tx.Credential.Query().Where(entcredential.SpaceID(spaceID)).Count(ctx)
	if err != nil {
		return err
	}
	if n >= MaxCredentials {
		return refusal(fault.CodePrecondition, codeLimitReached, fmt.Sprintf("the space has %d credentials already", MaxCredentials))
	}
	return nil
}

// freeName refuses a name that another credential of the space has; self is the one
// that may have it.
func (s *Service) freeName(ctx context.Context, tx *ent.Tx, spaceID int, name string, self int) error {
	taken, err := tx.Credential.Query().
		Where(entcredential.SpaceID(spaceID), entcredential.Name(name), entcredential.IDNEQ(self)).
		Exist(ctx)
	if err != nil {
		return err
	}
	if taken {
		return refusal(fault.CodeConflict, codeConflict, "the space has a credential of this name", "name")
	}
	return nil
}
