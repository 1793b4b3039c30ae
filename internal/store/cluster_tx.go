package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jackc/pgx/v5"

	"rehearse.dev/ent"
)

// aloneLock is the advisory lock of transactions that run alone; it spells "rehearse".
const aloneLock = "8243109477607437157"

// beginning goes to the driver that begins a transaction, and brings it back.
type beginning struct {
	query string
	tx    pgx.Tx
}

type beginningKey struct{}

// transact runs fn in a transaction of READ COMMITTED. One that is alone waits for the
// others of this process in the order in which they came, holding no connection, and
// then for those of other servers, at the lock that it takes with its first words.
func (c *cluster) transact(ctx context.Context, alone bool, fn func(ctx context.Context, tx *ent.Tx) error) ([]func(), error) {
	start := time.Now()
	b := &beginning{query: "BEGIN"}
	if alone {
		handed, err := c.turn.take(ctx)
		if err == nil || handed {
			defer c.turn.release()
		}
		if err != nil {
			return nil, err
		}
		b.query = "BEGIN; SELECT pg_advisory_xact_lock(" + aloneLock + ")"
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tx, err := c.write.Tx(context.WithValue(limited, beginningKey{}, b))
	if err != nil {
		return nil, overdue(ctx, fmt.Errorf("begin: %w", err))
	}
	if o := c.watchers.Load(); o != nil {
		(*o).Waited(ctx, time.Since(start))
	}
	t := &txState{pgx: b.tx}
	ended := false
	defer func() {
		if !ended { // a panic of fn, or it ended the goroutine
			t.done = true
			_ = tx.Rollback()
		}
	}()
	err = fn(context.WithValue(limited, txKey{}, t), tx)
	t.done, ended = true, true
	if err == nil {
		err = limited.Err()
	}
	if err != nil {
		return nil, overdue(ctx, errors.Join(err, tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return t.after, nil
}

// clusterTx is one transaction. Ent and InTx use it from one goroutine.
type clusterTx struct {
	*entsql.Driver
	conn *sql.Conn
	tx   pgx.Tx
}

var _ dialect.Tx = (*clusterTx)(nil)

// ExecContext is what Ent looks for behind its own ExecContext.
func (t *clusterTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.conn.ExecContext(ctx, query, args...)
}

// Commit implements driver.Tx. If the connection breaks meanwhile, nobody knows whether
// it was carried out.
func (t *clusterTx) Commit() error {
	ctx, cancel := context.WithTimeout(uncounted, patience)
	defer cancel()
	return errors.Join(t.tx.Commit(ctx), t.conn.Close())
}

// Rollback implements driver.Tx. A connection that does not answer is dropped, and
// PostgreSQL rolls back what it has of it.
func (t *clusterTx) Rollback() error {
	ctx, cancel := context.WithTimeout(uncounted, patience)
	defer cancel()
	err := t.tx.Rollback(ctx)
	if errors.Is(err, pgx.ErrTxClosed) { // with its connection
		err = nil
	}
	return errors.Join(err, t.conn.Close())
}
