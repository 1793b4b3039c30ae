package store

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// connector opens connections for database/sql.
//
// go-sqlite3 does the caching of prepared statements (_stmt_cache_size): a
// statement in use is out of the cache, comes back when its rows are closed, and
// closes with its connection. What it lacks is added by conn: counting, and
// contexts that cost nothing.
type connector struct {
	dsn      string
	watchers *watchers
}

var sqliteDriver = &sqlite3.SQLiteDriver{}

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	opened, err := sqliteDriver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	sqlite, ok := opened.(*sqlite3.SQLiteConn)
	if !ok {
		return nil, fmt.Errorf("sqlite driver opened a %T", opened)
	}
	return &conn{sqlite, c.watchers}, nil
}

// Driver implements driver.Connector.
func (connector) Driver() driver.Driver { return sqliteDriver }

// conn is a connection whose statements are counted and told of, and whose contexts are
// checked between statements and rows instead of watched.
//
// Given a context that can be cancelled, go-sqlite3 starts a goroutine for every
// Exec and registers and locks for every query and row, to be able to interrupt
// SQLite in the middle of a step. Our statements walk an index and take
// microseconds, so the check before and between is soon enough.
type conn struct {
	*sqlite3.SQLiteConn
	watchers *watchers
}

// The embedded connection brings Prepare, Begin, Ping and Close.
var (
	_ driver.QueryerContext     = (*conn)(nil)
	_ driver.ExecerContext      = (*conn)(nil)
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
)

// QueryContext implements driver.QueryerContext.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	ctx = attached(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	count(ctx, query)
	ended := c.watchers.statement(ctx, query)
	found, err := c.SQLiteConn.QueryContext(context.Background(), query, args)
	if err != nil {
		ended.call(err)
		return nil, err
	}
	return watch(ctx, found, ended), nil
}

// ExecContext implements driver.ExecerContext.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	ctx = attached(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	count(ctx, query)
	ended := c.watchers.statement(ctx, query)
	result, err := c.SQLiteConn.ExecContext(context.Background(), query, args)
	ended.call(err)
	return result, err
}

// PrepareContext implements driver.ConnPrepareContext. Ent does not prepare; the
// statement is for other users of the pool and is counted when it runs.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	prepared, err := c.SQLiteConn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	sqlite, ok := prepared.(*sqlite3.SQLiteStmt)
	if !ok {
		return prepared, nil
	}
	return &stmt{SQLiteStmt: sqlite, text: query, watchers: c.watchers}, nil
}

// BeginTx implements driver.ConnBeginTx.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return c.SQLiteConn.BeginTx(context.Background(), o)
}

// IsValid implements driver.Validator. A connection that comes back with its
// transaction open (its ROLLBACK failed) would take the next user's statements
// into that transaction; it is closed instead.
func (c *conn) IsValid() bool { return c.AutoCommit() }

// stmt is a statement that was prepared by hand.
type stmt struct {
	*sqlite3.SQLiteStmt
	text     string
	watchers *watchers
}

// QueryContext implements driver.StmtQueryContext.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	ctx = attached(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	count(ctx, s.text)
	ended := s.watchers.statement(ctx, s.text)
	found, err := s.SQLiteStmt.QueryContext(context.Background(), args)
	if err != nil {
		ended.call(err)
		return nil, err
	}
	return watch(ctx, found, ended), nil
}

// ExecContext implements driver.StmtExecContext.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	ctx = attached(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	count(ctx, s.text)
	ended := s.watchers.statement(ctx, s.text)
	result, err := s.SQLiteStmt.ExecContext(context.Background(), args)
	ended.call(err)
	return result, err
}
