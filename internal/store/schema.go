package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"entgo.io/ent/dialect"

	"rehearse.dev/internal/store/migration"
)

// Migrate brings the schema of a database up to date without opening it for use, and
// tells each step once it is done. A missing file is made.
//
// It returns fault.CodeInvalid for a DSN that is not served and a
// *migration.MismatchError for a database that is newer or not ours. Cut off, it goes on
// the next time.
func Migrate(ctx context.Context, dsn string, told func(migration.Step)) error {
	return withSchema(ctx, dsn, func(m *migration.Migrator) error { return m.Up(ctx, told) })
}

// CheckSchema returns nil if the schema of a database is that of this program, and a
// *migration.MismatchError if it is not, also for a file that is missing. It changes
// nothing.
func CheckSchema(ctx context.Context, dsn string) error {
	if kind, err := kindOf(dsn); err == nil && kind == dialect.SQLite {
		if _, err := os.Stat(dsn); errors.Is(err, fs.ErrNotExist) {
			return &migration.MismatchError{Kind: migration.Empty, Want: migration.Latest(kind)}
		}
	}
	return withSchema(ctx, dsn, func(m *migration.Migrator) error { return m.Check(ctx) })
}

// withSchema opens a database with as few connections as it takes.
func withSchema(ctx context.Context, dsn string, do func(*migration.Migrator) error) error {
	kind, err := kindOf(dsn)
	if err != nil {
		return err
	}
	told := &watchers{}
	if kind == dialect.Postgres {
		pool, err := openConns(ctx, dsn, told, nil, 1, false, times{}) // a migration takes as long as it takes
		if err != nil {
			return err
		}
		defer pool.Close()
		return do(migration.Postgres(pool))
	}
	if err := createPrivate(dsn); err != nil {
		return err
	}
	db := openPool(writerDSN(dsn), 1, told)
	if err := do(migration.SQLite(db)); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := db.Close(); err != nil {
		return fmt.Errorf("close the database: %w", err)
	}
	return nil
}
