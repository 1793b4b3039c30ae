// Package transfer moves all rows of an SQLite file into a PostgreSQL database: every
// table, ids kept, in one transaction, and compared at the end.
//
// It knows tables and columns, as Ent's schema has them. It must not know what the rows
// mean: nothing is left out, added or changed but the form of a value.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/internal/store/backup"
	"rehearse.dev/internal/store/migration"
)

// Table is what was moved of a table.
type Table struct {
	Name string
	Rows int64
	// Digest is the SHA-256 of all rows in the order of their ids. It is the same on
	// both sides.
	Digest [32]byte
}

// Options say what to move where.
type Options struct {
	// From is the SQLite file. No server may have it open.
	From string
	// To is the URL of the PostgreSQL database. Its schema must be up to date and hold
	// no rows.
	To string
	// Moved is told of each table once its rows are sent; nil is told nothing.
	Moved func(Table)
}

// NotEmptyError says that the target holds rows already.
type NotEmptyError struct{ Table string }

// Error implements error.
func (e *NotEmptyError) Error() string {
	return fmt.Sprintf("the target is not empty: there are rows in %s", e.Table)
}

// ErrURL says that the target is not named by a URL of PostgreSQL. What the driver says
// would repeat the URL, and with it a password.
var ErrURL = errors.New("the URL of the database is not understood")

// Run moves everything, or nothing: the target has all rows when it returns nil, and
// none otherwise. From is locked meanwhile, so that nothing is acknowledged there that
// does not come along, and stays as it is. Memory is bounded by the largest row.
//
// It returns a *migration.MismatchError when either schema is not the one of this
// program, backup.ErrDamaged, backup.ErrInUse, a *NotEmptyError or ErrURL.
func Run(ctx context.Context, o Options) (_ []Table, err error) {
	facts, err := backup.Check(ctx, o.From)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.From, err)
	}
	if want := migration.Latest(dialect.SQLite); facts.Schema != want {
		return nil, fmt.Errorf("%s: %w", o.From, &migration.MismatchError{Kind: migration.Older, Have: facts.Schema, Want: want})
	}
	order, err := plan()
	if err != nil {
		return nil, err
	}
	pool, err := connect(ctx, o.To)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	if err := migration.Postgres(pool).Check(ctx); err != nil {
		return nil, fmt.Errorf("the target: %w", err)
	}
	held, err := backup.Hold(ctx, o.From)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	m := &move{from: held.Conn, order: order, moved: o.Moved}
	if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return m.run(ctx, tx) }); err != nil {
		return nil, err
	}
	// Without figures of its tables PostgreSQL would plan badly for a while. What is
	// moved is moved, whether this works or not.
	_, _ = pool.Exec(ctx, "ANALYZE")
	return m.done, nil
}

// connect makes a pool without limits of time: a large table takes as long as it takes.
func connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, ErrURL
	}
	config.MaxConns = 3
	config.ConnConfig.RuntimeParams["application_name"] = "rehearse copy"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		return c.PgConn().Exec(ctx, migration.Patient).Close()
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect to the target: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the target: %w", err)
	}
	return pool, nil
}

// leaving is how long PostgreSQL may take to end the connections of a server that has
// just stopped.
const leaving = 3 * time.Second

// Servers counts the connections of servers to a PostgreSQL database, once those are gone
// that are about to end. One that was told to call itself something else is not found.
func Servers(ctx context.Context, url string) (n int, err error) {
	pool, err := connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	for end := time.Now().Add(leaving); ; {
		err := pool.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rehearse'").Scan(&n)
		if err != nil {
			return 0, fmt.Errorf("look who is connected: %w", err)
		}
		if n == 0 || time.Now().After(end) {
			return n, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
