package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
	"rehearse.dev/internal/flow"
)

// EnsureSnapshot returns the id of the row that holds p, after adding it if there
// is none. Trees with the same digest share the row and the bytes that came first.
//
// now becomes the creation time of a new row. Two transactions that add the same
// tree get the same id, also in a database with several writers.
func EnsureSnapshot(ctx context.Context, tx *ent.Tx, p *flow.Pipeline, now time.Time) (int, error) {
	digest := p.Digest()
	id, err := tx.Snapshot.Create().
		SetDigest(digest).
		SetDocument(p.Document()).
		SetCreateTime(now).
		OnConflictColumns(snapshot.FieldDigest).DoNothing().
		ID(ctx)
	if errors.Is(err, sql.ErrNoRows) { // it is there
		id, err = tx.Snapshot.Query().Where(snapshot.Digest(digest)).OnlyID(ctx)
	}
	return id, wrapSnapshot(err)
}

func wrapSnapshot(err error) error {
	if err != nil {
		return fmt.Errorf("keep the pipeline tree: %w", err)
	}
	return nil
}
