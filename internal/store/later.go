package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/ent"
)

// Later adds a statement to the transaction of ctx whose result nobody needs. On
// PostgreSQL it waits for the next statement or the COMMIT and goes there together with
// all others that wait, so that they cost one round trip; an error of theirs is that of
// what they went with. What River writes through PgxTx may come before. On SQLite,
// where nothing has to travel, it is carried out at once.
func Later(ctx context.Context, tx *ent.Tx, query string, args ...any) error {
	t := running(ctx)
	if t == nil || t.pgx == nil {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}
	return t.later(ctx, query, args...)
}

// later is Later on PostgreSQL.
func (t *txState) later(ctx context.Context, query string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	count(ctx, query)
	t.waiting.add(query, t.watchers.statement(ctx, query), args)
	return nil
}

// waiting are statements of a transaction that have not been sent.
type waiting struct {
	batch pgx.Batch
	ended []done
}

func (w *waiting) add(query string, ended done, args []any) {
	w.batch.Queue(query, args...)
	w.ended = append(w.ended, ended)
}

// send sends what waits to the connection of tx, in one go. All of it fails with the
// first that does, and PostgreSQL carries out none behind that one.
func (w *waiting) send(ctx context.Context, tx pgx.Tx) error {
	if w.batch.Len() == 0 {
		return nil
	}
	sent := *w
	*w = waiting{}
	err := tx.SendBatch(ctx, &sent.batch).Close()
	sent.drop(err)
	return err
}

// drop tells those who watch that the statements have ended so.
func (w *waiting) drop(err error) {
	for _, ended := range w.ended {
		ended.call(err)
	}
	*w = waiting{}
}
