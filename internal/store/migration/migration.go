// Package migration brings a database to the schema of this program, step by step, by
// SQL files that are part of it, and tells how far a database is.
//
// There is a folder of files for each dialect. A number means the same change in both,
// and a file that was committed never changes: atlas.sum holds its checksum. The
// command in diff writes new files from ent/schema.
//
// It must not know what the tables are for, and it opens no database: store does.
package migration

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

// Migrator migrates and judges one open database.
type Migrator struct {
	dialect string
	source  source
	db      *sql.DB       // SQLite
	pool    *pgxpool.Pool // PostgreSQL
}

// SQLite is for a file. The pool has one connection, whose transactions are immediate,
// that waits for writers of other processes (_busy_timeout). The caller keeps the pool.
func SQLite(db *sql.DB) *Migrator {
	return &Migrator{dialect: dialect.SQLite, source: embedded(dialect.SQLite), db: db}
}

// Postgres is for the first schema on the search path of the pool. Up opens two more
// connections with the pool's settings, which must lead to the server itself and not to
// one that shares its sessions out: the lock that keeps others away belongs to a
// session. The caller keeps the pool.
func Postgres(pool *pgxpool.Pool) *Migrator {
	return &Migrator{dialect: dialect.Postgres, source: embedded(dialect.Postgres), pool: pool}
}

// Step is a migration that was applied.
type Step struct {
	Version int64  // its number
	Name    string // what it is for, in a few words
	// Queue says that it is one of River, the queue on PostgreSQL, which counts its own.
	Queue bool
	// Adopted says that the tables were there, and only the number is new.
	Adopted bool
	Took    time.Duration
}

// String is a line for people.
func (s Step) String() string {
	switch {
	case s.Adopted:
		return fmt.Sprintf("%d %s: the tables were there", s.Version, s.Name)
	case s.Queue:
		return fmt.Sprintf("river %d %s (%s)", s.Version, s.Name, s.Took.Round(time.Millisecond))
	}
	return fmt.Sprintf("%d %s (%s)", s.Version, s.Name, s.Took.Round(time.Millisecond))
}

// Up brings the database to the schema of this program and calls applied, unless it is
// nil, after each step. Each step is a transaction: cut off at any moment, Up goes on
// when it is called again. Called by several processes at once, all of them succeed.
//
// An SQLite file from before there were versions is adopted when its tables are those
// of the first one. It returns a *MismatchError for a database that is newer, or that
// is not ours.
func (m *Migrator) Up(ctx context.Context, applied func(Step)) error {
	if applied == nil {
		applied = func(Step) {}
	}
	if m.dialect == dialect.SQLite {
		return m.upSQLite(ctx, applied)
	}
	return m.upPostgres(ctx, applied)
}

// Check returns nil if the database has exactly the schema of this program, a
// *MismatchError if it has another one, and other errors if it cannot tell. It changes
// nothing.
func (m *Migrator) Check(ctx context.Context) error {
	if m.dialect == dialect.SQLite {
		return m.judge(ctx, m.db)
	}
	return m.checkPostgres(ctx)
}

// Latest is the version of the schema of this program, for dialect.SQLite or
// dialect.Postgres.
func Latest(dialect string) int64 { return embedded(dialect).latest() }

// apply runs the migrations that are missing, up to a version, one by one. The table of
// versions is there.
func (m *Migrator) apply(ctx context.Context, db *sql.DB, upTo int64, applied func(Step)) error {
	versions, err := newVersions(m.dialect)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectCustom, db, m.source,
		goose.WithStore(versions), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	for {
		current, err := provider.GetDBVersion(ctx)
		if err != nil {
			return err
		}
		if current >= upTo {
			return nil
		}
		result, err := provider.UpByOne(ctx)
		var partial *goose.PartialError
		switch {
		case errors.Is(err, goose.ErrNoNextVersion): // somebody else was faster
			return nil
		case errors.As(err, &partial):
			return fmt.Errorf("migration %s: %w", path.Base(partial.Failed.Source.Path), partial.Err)
		case err != nil:
			return err
		}
		applied(stepOf(result))
	}
}

func stepOf(r *goose.MigrationResult) Step {
	s := Step{Version: r.Source.Version, Took: r.Duration}
	if found := fileName.FindStringSubmatch(path.Base(r.Source.Path)); found != nil {
		s.Name = found[2]
	}
	return s
}
