package migration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// lockKey is the advisory lock of whoever migrates a database, for nobody else: the
// letters "rehmigra".
const lockKey int64 = 0x7265686d69677261

// unlocking bounds how long it may take to close the connection that has the lock.
const unlocking = 5 * time.Second

// upPostgres works on connections of its own, because those of a server have limits on
// statements that a migration need not keep, and keeps others who migrate waiting
// until it is through, River included.
func (m *Migrator) upPostgres(ctx context.Context, applied func(Step)) (err error) {
	pool, err := patient(ctx, m.pool.Config())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer pool.Close()
	unlock, err := lock(ctx, pool)
	if err != nil {
		return fmt.Errorf("wait for others who migrate: %w", err)
	}
	defer unlock()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := m.upTables(ctx, db, applied); err != nil {
		return err
	}
	return upQueue(ctx, pool, applied)
}

// Patient are the settings of a session whose statements may take their time, once they
// have the locks of their tables. Servers that need a table wait behind whoever waits for
// its lock, so that gives up rather soon: beginning again is no loss.
const Patient = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10s'"

// patient opens two patient connections: one has the lock of whoever migrates, and one
// works.
func patient(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, error) {
	config.MaxConns, config.MinConns, config.MinIdleConns = 2, 0, 0
	before := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		if before != nil {
			if err := before(ctx, c); err != nil {
				return err
			}
		}
		return c.PgConn().Exec(ctx, Patient).Close()
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// lock waits for the lock, as long as ctx lets it.
func lock(ctx context.Context, pool *pgxpool.Pool) (unlock func(), err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "SET lock_timeout = 0"); err != nil {
		conn.Release()
		return nil, err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockKey); err != nil {
		conn.Release()
		return nil, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlocking)
		defer cancel()
		_ = conn.Hijack().Close(ctx) // the lock ends with its session
	}, nil
}

// upTables applies our own migrations. The caller has the lock.
func (m *Migrator) upTables(ctx context.Context, db *sql.DB, applied func(Step)) error {
	err := m.judge(ctx, db)
	var miss *MismatchError
	if !errors.As(err, &miss) {
		return err // nil: they are up to date
	}
	if miss.Kind != Empty && miss.Kind != Older {
		return err
	}
	err = inTx(ctx, db, func(tx *sql.Tx) error {
		found, err := m.look(ctx, tx)
		if err != nil || found.versioned {
			return err
		}
		return m.makeVersions(ctx, tx)
	})
	if err != nil {
		return err
	}
	return m.apply(ctx, db, m.source.latest(), applied)
}

// upQueue applies River's migrations, each in a transaction. The caller has the lock.
func upQueue(ctx context.Context, pool *pgxpool.Pool, applied func(Step)) error {
	queue, err := newQueue(pool)
	if err != nil {
		return err
	}
	if err := judgeQueue(ctx, queue, pool); err != nil {
		var miss *MismatchError
		if !errors.As(err, &miss) || miss.Kind != Older {
			return err
		}
	}
	for {
		result, err := queue.Migrate(ctx, rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{MaxSteps: 1})
		if err != nil {
			return fmt.Errorf("migrate the tables of River: %w", err)
		}
		if len(result.Versions) == 0 {
			return nil
		}
		for _, v := range result.Versions {
			applied(Step{Version: int64(v.Version), Name: v.Name, Queue: true, Took: v.Duration})
		}
	}
}

func (m *Migrator) checkPostgres(ctx context.Context) (err error) {
	db := stdlib.OpenDBFromPool(m.pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := m.judge(ctx, db); err != nil {
		return err
	}
	queue, err := newQueue(m.pool)
	if err != nil {
		return err
	}
	return judgeQueue(ctx, queue, m.pool)
}

func newQueue(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

// judgeQueue compares the tables of River with those that its version here needs.
func judgeQueue(ctx context.Context, queue *rivermigrate.Migrator[pgx.Tx], pool *pgxpool.Pool) error {
	known := queue.AllVersions()
	want := known[len(known)-1].Version
	state, err := queue.Validate(ctx, nil)
	if err != nil {
		return fmt.Errorf("look at the tables of River: %w", err)
	}
	version := Latest(dialect.Postgres)
	if !state.OK {
		return &MismatchError{
			Kind: Older, Have: version, Want: version,
			Detail: fmt.Sprintf("the tables of River, the queue, are older than its version %d, which this server needs", want),
		}
	}
	have, whole, err := riverVersion(ctx, pool)
	switch {
	case err != nil:
		return fmt.Errorf("look at the tables of River: %w", err)
	case !whole:
		return &MismatchError{
			Kind: Broken, Have: version, Want: version,
			Detail: "the table river_job of River, the queue, is gone: drop what is left of River (docs/operations.md), and run `rehearse migrate --db …`",
		}
	case have > want:
		return &MismatchError{
			Kind: Newer, Have: version, Want: version,
			Detail: fmt.Sprintf("the tables of River, the queue, have version %d and this server knows %d", have, want),
		}
	}
	return nil
}

// riverVersion is the highest version that is noted, and whether the table of jobs is
// there. River itself looks only for versions that are missing.
func riverVersion(ctx context.Context, pool *pgxpool.Pool) (version int, whole bool, err error) {
	err = pool.QueryRow(ctx,
		"SELECT coalesce(max(version), 0), to_regclass('river_job') IS NOT NULL FROM river_migration WHERE line = 'main'",
	).Scan(&version, &whole)
	return version, whole, err
}
