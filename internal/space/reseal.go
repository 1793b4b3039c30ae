package space

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	entcredential "rehearse.dev/ent/credential"
	"rehearse.dev/internal/store"
)

// SealedBy returns the ids of the keys that credentials of spaces are sealed with, in
// order: a statement for each and one more.
func SealedBy(ctx context.Context, c *ent.Client) ([]string, error) {
	var ids []string
	for last := ""; ; {
		row, err := c.Credential.Query().Where(entcredential.KeyIDGT(last)).
			Order(ent.Asc(entcredential.FieldKeyID)).Select(entcredential.FieldKeyID).First(ctx)
		if ent.IsNotFound(err) {
			return ids, nil
		}
		if err != nil {
			return nil, fmt.Errorf("find the keys of credentials: %w", store.Translate(err))
		}
		last = row.KeyID
		ids = append(ids, last)
	}
}

// Reseal seals up to limit credentials again that are sealed with the key from, and
// returns how many. Each call is one transaction. Errors are those of
// seal.Keyring.Open and the store.
func (s *Service) Reseal(ctx context.Context, from string, limit int) (done int, err error) {
	err = s.deps.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		rows, err := tx.Credential.Query().Where(entcredential.KeyID(from)).
			Select(entcredential.FieldID, entcredential.FieldSpaceID, entcredential.FieldSealed).
			Limit(limit).All(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			sealed, err := s.deps.Keys.Reseal(row.Sealed, credentialContext(row.SpaceID, row.ID))
			if err != nil {
				return fmt.Errorf("credential %d: %w", row.ID, err)
			}
			if err := tx.Credential.Update().Where(entcredential.ID(row.ID)).
				SetSealed(sealed).SetKeyID(s.deps.Keys.Current()).Exec(ctx); err != nil {
				return err
			}
		}
		done = len(rows)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal credentials of spaces again: %w", err)
	}
	return done, nil
}
