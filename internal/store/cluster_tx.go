package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
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

// The statements that begin a transaction; the level does not depend on settings of the
// database. One that is alone takes the lock with the same words.
const (
	beginPlain = "BEGIN ISOLATION LEVEL READ COMMITTED"
	beginAlone = beginPlain + "; SELECT pg_advisory_xact_lock(" + aloneLock + ")"
	commit     = "COMMIT"
)

// beginning goes to the driver that begins a transaction, and brings it back.
type beginning struct {
	query string
	state *txState
}

type beginningKey struct{}

// transact runs fn in a transaction of READ COMMITTED. One that is alone waits for the
// others of this process in the order in which they came, holding no connection, and
// then for those of other servers, at the lock that it takes with its first words.
func (c *cluster) transact(ctx context.Context, alone bool, fn func(ctx context.Context, tx *ent.Tx) error) ([]func(), error) {
	start := time.Now()
	t := &txState{watchers: c.watchers}
	b := &beginning{query: beginPlain, state: t}
	if alone {
		handed, err := c.turn.take(ctx)
		if err == nil || handed {
			defer c.turn.release()
		}
		if err != nil {
			return nil, err
		}
		b.query = beginAlone
	}
	limited, cancel := context.WithTimeout(ctx, c.patience)
	defer func() {
		if !t.committed { // else it ends after the hooks, which may use it
			cancel()
		}
	}()
	tx, err := c.write.Tx(context.WithValue(limited, beginningKey{}, b))
	if err != nil {
		return nil, overdue(ctx, fmt.Errorf("begin: %w", err))
	}
	if o := c.watchers.Load(); o != nil {
		(*o).Waited(ctx, time.Since(start))
	}
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
		return nil, doubtful(ctx, fmt.Errorf("commit: %w", err))
	}
	t.committed = true
	return append(t.after, cancel), nil
}

// clusterTx is one transaction. Ent and InTx use it from one goroutine.
type clusterTx struct {
	conn     *sql.Conn
	tx       pgx.Tx
	run      *entsql.Driver
	state    *txState
	patience time.Duration
}

var _ dialect.Tx = (*clusterTx)(nil)

// Exec implements dialect.Tx.
func (t *clusterTx) Exec(ctx context.Context, query string, args, v any) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	return t.unsent(ctx, t.run.Exec(ctx, query, args, v))
}

// Query implements dialect.Tx.
func (t *clusterTx) Query(ctx context.Context, query string, args, v any) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	return t.unsent(ctx, t.run.Query(ctx, query, args, v))
}

// ExecContext is what Ent looks for behind its own ExecContext.
func (t *clusterTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	result, err := t.conn.ExecContext(ctx, query, args...)
	return result, t.unsent(ctx, err)
}

// QueryContext is what Ent looks for behind its own QueryContext.
func (t *clusterTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.ready(ctx); err != nil {
		return nil, err
	}
	rows, err := t.conn.QueryContext(ctx, query, args...)
	return rows, t.unsent(ctx, err)
}

// ready sends what waits for the next statement, unless ctx has ended.
func (t *clusterTx) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil || t.state.waiting.batch.Len() == 0 {
		return err
	}
	return lost(t.end(ctx, func(ctx context.Context) error { return t.state.waiting.send(ctx, t.tx) }))
}

// unsent finds the reason for a statement that was not sent: pgx's form for
// database/sql calls the connection bad then, also when it is the context that ended,
// and database/sql gives it up. Nobody may use it any more: somebody else is closing it.
func (t *clusterTx) unsent(ctx context.Context, err error) error {
	if !errors.Is(err, driver.ErrBadConn) {
		return lost(err)
	}
	t.state.pgx = nil
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return lost(err)
}

// Commit implements driver.Tx. If the connection breaks meanwhile, nobody knows whether
// it was carried out.
func (t *clusterTx) Commit() error {
	ctx, cancel := context.WithTimeout(uncounted, t.patience)
	defer cancel()
	if t.state.waiting.batch.Len() == 0 {
		return errors.Join(t.end(ctx, t.tx.Commit), t.giveBack())
	}
	err := t.end(ctx, t.sendAndCommit)
	return errors.Join(err, t.giveBack())
}

// sendAndCommit sends what waits and the COMMIT behind it. If a statement fails,
// PostgreSQL does not come to the COMMIT.
func (t *clusterTx) sendAndCommit(ctx context.Context) error {
	t.state.waiting.add(commit, t.state.watchers.statement(uncounted, commit), nil)
	err := t.state.waiting.send(ctx, t.tx)
	if err == nil {
		return nil
	}
	// PostgreSQL has rolled back only what failed at the COMMIT itself.
	if lost := t.tx.Rollback(ctx); lost != nil && !errors.Is(lost, pgx.ErrTxClosed) {
		err = errors.Join(err, lost)
	}
	return err
}

// Rollback implements driver.Tx. A connection that does not answer is dropped, and
// PostgreSQL rolls back what it has of it.
func (t *clusterTx) Rollback() error {
	t.state.waiting.drop(nil)
	ctx, cancel := context.WithTimeout(uncounted, t.patience)
	defer cancel()
	err := t.end(ctx, t.tx.Rollback)
	if errors.Is(err, errLost) || errors.Is(err, pgx.ErrTxClosed) { // it ended with its connection
		err = nil
	}
	return errors.Join(err, t.giveBack())
}

// end runs a method of the transaction on its connection, if that is still ours.
func (t *clusterTx) end(ctx context.Context, how func(context.Context) error) error {
	err := t.conn.Raw(func(any) error {
		if t.tx.Conn().IsClosed() {
			return errLost
		}
		return how(ctx)
	})
	if errors.Is(err, sql.ErrConnDone) {
		return errLost
	}
	return err
}

// giveBack ends the use of the connection, which a statement may have done already.
func (t *clusterTx) giveBack() error {
	if err := t.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil
}
