package task

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store"
)

// labelBatch is how many rows LabelKeys changes in one transaction.
const labelBatch = 500

// SealedBy returns the ids of the keys that credentials of tasks are sealed with, in
// order. It walks the index from one id to the next: a statement for each and one
// more, however many tasks there are. Rows of before there were ids are not seen;
// see LabelKeys.
func SealedBy(ctx context.Context, c *ent.Client) ([]string, error) {
	var ids []string
	for last := ""; ; {
		row, err := c.Task.Query().
			Where(enttask.SealedCredentialsNotNil(), enttask.KeyIDGT(last)).
			Order(ent.Asc(enttask.FieldKeyID)).Select(enttask.FieldKeyID).First(ctx)
		if ent.IsNotFound(err) {
			return ids, nil
		}
		if err != nil {
			return nil, fmt.Errorf("find the keys of tasks: %w", store.Translate(err))
		}
		last = row.KeyID
		ids = append(ids, last)
	}
}

// LabelKeys writes the id of the key to tasks that were made before there was a
// column for it. Where that was done, it costs one look into the index.
func LabelKeys(ctx context.Context, s *store.Store) error {
	for {
		rows, err := s.Read.Task.Query().
			Where(enttask.SealedCredentialsNotNil(), enttask.KeyIDIsNil()).
			Select(enttask.FieldID, enttask.FieldSealedCredentials).Limit(labelBatch).All(ctx)
		if err != nil {
			return fmt.Errorf("find tasks without a key: %w", store.Translate(err))
		}
		if len(rows) == 0 {
			return nil
		}
		if err := s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			for _, row := range rows {
				id, ok := seal.KeyID(row.SealedCredentials)
				if !ok {
					return fmt.Errorf("task %d: %w", row.ID, seal.ErrCorrupt)
				}
				if err := tx.Task.Update().Where(enttask.ID(row.ID), enttask.KeyIDIsNil()).SetKeyID(id).Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("note the keys of tasks: %w", err)
		}
	}
}

// Reseal seals up to limit tasks' credentials again that are sealed with the key
// from, deleted tasks included, and returns how many. Each call is one transaction.
// Errors are those of seal.Keyring.Open and the store.
func (s *Service) Reseal(ctx context.Context, from string, limit int) (done int, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		rows, err := tx.Task.Query().
			Where(enttask.SealedCredentialsNotNil(), enttask.KeyID(from)).
			Select(enttask.FieldID, enttask.FieldInstanceID, enttask.FieldSealedCredentials).
			Limit(limit).All(ctx)
		if err != nil {
			return err
		}
		for _, row := range rows {
			sealed, err := s.Keys.Reseal(row.SealedCredentials, CredentialContext(row.InstanceID))
			if err != nil {
				return fmt.Errorf("task %d: %w", row.ID, err)
			}
			// Two that rotate at once take the same rows; the second finds them done.
			if err := tx.Task.Update().Where(enttask.ID(row.ID), enttask.KeyID(from)).
				SetSealedCredentials(sealed).SetKeyID(s.Keys.Current()).Exec(ctx); err != nil {
				return err
			}
		}
		done = len(rows)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal credentials of tasks again: %w", err)
	}
	return done, nil
}
