package store

import (
	"context"
	"database/sql"
	"errors"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// writer is the Ent driver of the write client: database/sql over one
// connection, but with transactions of its own.
//
// A sql.Tx starts a goroutine and one more for each of its queries, and rolls
// back behind our back when the context ends. Here a transaction is BEGIN and
// COMMIT on a connection that nobody else uses meanwhile, under detached
// contexts; the connection looks at the real one before each statement.
type writer struct{ *entsql.Driver }

// Exec implements dialect.Driver.
func (w *writer) Exec(ctx context.Context, query string, args, v any) error {
	if running(ctx) != nil {
		return ErrNested
	}
	return w.Driver.Exec(ctx, query, args, v)
}

// Query implements dialect.Driver.
func (w *writer) Query(ctx context.Context, query string, args, v any) error {
	if running(ctx) != nil {
		return ErrNested
	}
	return w.Driver.Query(ctx, query, args, v)
}

// Tx implements dialect.Driver. Only the wait for the connection ends with ctx.
func (w *writer) Tx(ctx context.Context) (dialect.Tx, error) {
	if running(ctx) != nil {
		return nil, ErrNested
	}
	c, err := w.DB().Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := c.ExecContext(uncounted, "BEGIN IMMEDIATE"); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &tx{conn: c, run: entsql.NewDriver(dialect.SQLite, entsql.Conn{ExecQuerier: c})}, nil
}

// BeginTx implements what Ent looks for beside dialect.Driver; there are no options.
func (w *writer) BeginTx(ctx context.Context, o *sql.TxOptions) (dialect.Tx, error) {
	if o != nil && *o != (sql.TxOptions{}) {
		return nil, errors.New("transactions have no options here")
	}
	return w.Tx(ctx)
}

// uncounted carries no Counter, for the statements that frame a transaction.
var uncounted = context.Background()

// tx is one transaction. Ent and InTx use it from one goroutine.
type tx struct {
	conn *sql.Conn
	run  *entsql.Driver
}

// Exec implements dialect.Tx.
func (t *tx) Exec(ctx context.Context, query string, args, v any) error {
	return t.run.Exec(detach(ctx), query, args, v)
}

// Query implements dialect.Tx.
func (t *tx) Query(ctx context.Context, query string, args, v any) error {
	return t.run.Query(detach(ctx), query, args, v)
}

// ExecContext is what Ent looks for behind its own ExecContext.
func (t *tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return t.conn.ExecContext(detach(ctx), query, args...)
}

// QueryContext is what Ent looks for behind its own QueryContext.
func (t *tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.conn.QueryContext(detach(ctx), query, args...)
}

// Commit implements driver.Tx. If it fails, the transaction is rolled back.
func (t *tx) Commit() error {
	if _, err := t.conn.ExecContext(uncounted, "COMMIT"); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.conn.Close()
}

// Rollback implements driver.Tx. If it fails, the connection is dropped, because
// it comes back to the pool with its transaction open (see conn.IsValid), and
// that rolls back too.
func (t *tx) Rollback() error {
	_, err := t.conn.ExecContext(uncounted, "ROLLBACK")
	return errors.Join(err, t.conn.Close())
}
