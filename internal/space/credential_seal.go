package space

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rehearse.dev/ent"
	entcredential "rehearse.dev/ent/credential"
	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/seal"
)

// credentialContext binds the content to its row: it survives a new name, and
// cannot be moved to another credential or space.
func credentialContext(spaceID, id int) []byte {
	return fmt.Appendf(nil, "space.credential:%d:%d", spaceID, id)
}

// sealInto adds the content to an update of its row: sealed, and masked for showing.
func (s *Service) sealInto(update *ent.CredentialUpdate, row *ent.Credential, held content) error {
	shown, err := json.Marshal(held.shown(row.Type))
	if err != nil {
		return err
	}
	plain, err := json.Marshal(held)
	if err != nil {
		return errors.New("encode the content") // the cause may quote it
	}
	update.SetShown(shown).
		SetSealed(s.deps.Keys.Seal(plain, credentialContext(row.SpaceID, row.ID))).
		SetKeyID(s.deps.Keys.Current())
	return nil
}

// open gives the content of a credential.
func (s *Service) open(row *ent.Credential) (content, error) {
	plain, err := s.deps.Keys.Open(row.Sealed, credentialContext(row.SpaceID, row.ID))
	if err != nil {
		return nil, err
	}
	var held content
	if json.Unmarshal(plain, &held) != nil {
		return nil, seal.ErrCorrupt // the cause may quote it
	}
	return held, nil
}

// ForUniformAPI returns what the space offers to the nodes of a task with this
// scope: the name that its setting gives, "" for none, and the credential of that
// name, nil with the reason when it cannot be used. It must be of type BK_APP. The
// scope level is not asked: naming a credential in the setting is leave enough
// (domain §2.3). It takes two statements, or one when the setting names none.
//
// The pair is open: it must not be shown or kept.
func (s *Service) ForUniformAPI(
	ctx context.Context, c *ent.Client, spaceID int, scopeType, scopeValue *string,
) (name string, pair *credential.Pair, reason string, err error) {
	setting, err := s.Setting(ctx, c, spaceID, CredentialForGateways)
	if err != nil {
		return "", nil, "", err
	}
	if name = credential.Configured(setting, scopeType, scopeValue); name == "" {
		return "", nil, "", nil
	}
	row, err := c.Credential.Query().Where(entcredential.SpaceID(spaceID), entcredential.Name(name)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return name, nil, "the space has no credential of that name", nil
	case err != nil:
		return "", nil, "", fmt.Errorf("load the credential of space %d: %w", spaceID, err)
	case row.Type != entcredential.TypeBK_APP:
		return name, nil, fmt.Sprintf("it is of type %s, and only BK_APP has an application's code and secret", row.Type), nil
	}
	held, err := s.open(row)
	if errors.Is(err, seal.ErrUnknownKey) {
		return name, nil, "the server lacks the key that it is sealed with", nil
	}
	if err != nil {
		return "", nil, "", fmt.Errorf("open credential %d: %w", row.ID, err)
	}
	return name, &credential.Pair{AppCode: held[appCodeMember], Secret: held[appSecretMember]}, "", nil
}
