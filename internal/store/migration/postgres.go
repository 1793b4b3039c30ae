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

// lockKey is the advisory lock of whoever migrates a database: "rehmigra". Nobody else
// may use it.
const lockKey int64 = 0x7265686d69677261

// unlocking bounds how long giving the lock back may take. If it cannot be given back,
// the connection is closed, and the lock goes with it.
const unlocking = 5 * time.Second

// upPostgres keeps others who migrate waiting until it is through, River included.
func (m *Migrator) upPostgres(ctx context.Context, applied func(Step)) (err error) {
	if n := m.pool.Config().MaxConns; n < 2 {
		return errors.New("migrating takes a pool of two connections or more")
	}
	unlock, err := m.lock(ctx)
	if err != nil {
		return fmt.Errorf("wait for others who migrate: %w", err)
	}
	defer unlock()
	db := stdlib.OpenDBFromPool(m.pool)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := m.upTables(ctx, db, applied); err != nil {
		return err
	}
	return m.upQueue(ctx, applied)
}

// lock waits for the lock, as long as ctx lets it.
func (m *Migrator) lock(ctx context.Context) (unlock func(), err error) {
	conn, err := m.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockKey); err != nil {
		conn.Release()
		return nil, err
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlocking)
		defer cancel()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", lockKey); err != nil {
			_ = conn.Conn().Close(ctx)
		}
		conn.Release()
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
	return m.apply(ctx, db, Latest(m.dialect), applied)
}

// upQueue applies River's migrations, each in a transaction. The caller has the lock.
func (m *Migrator) upQueue(ctx context.Context, applied func(Step)) error {
	queue, err := m.queue()
	if err != nil {
		return err
	}
	if err := m.judgeQueue(ctx, queue); err != nil {
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
	queue, err := m.queue()
	if err != nil {
		return err
	}
	return m.judgeQueue(ctx, queue)
}

func (m *Migrator) queue() (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(m.pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

// judgeQueue compares the tables of River with those that its version here needs.
func (m *Migrator) judgeQueue(ctx context.Context, queue *rivermigrate.Migrator[pgx.Tx]) error {
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
	have, err := riverVersion(ctx, m.pool)
	if err != nil {
		return fmt.Errorf("look at the tables of River: %w", err)
	}
	if have > want {
		return &MismatchError{
			Kind: Newer, Have: version, Want: version,
			Detail: fmt.Sprintf("the tables of River, the queue, have version %d and this server knows %d", have, want),
		}
	}
	return nil
}

// riverVersion is the highest version that is noted. River itself looks only for what is
// missing.
func riverVersion(ctx context.Context, pool *pgxpool.Pool) (version int, err error) {
	err = pool.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM river_migration WHERE line = 'main'").Scan(&version)
	return version, err
}
