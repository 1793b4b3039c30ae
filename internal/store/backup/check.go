package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"entgo.io/ent/dialect"
	"github.com/mattn/go-sqlite3"

	"rehearse.dev/internal/store/migration"
)

// Facts are what Check found out about a file.
type Facts struct {
	// Bytes is the size of the file.
	Bytes int64
	// Tasks is how many tasks it holds, deleted ones left out.
	Tasks int
	// Schema is the version of its schema, 0 for one from before there were versions.
	Schema int64
}

// ErrDamaged says that a file is no whole database.
var ErrDamaged = errors.New("the file is damaged or no database")

// Check reads the whole of a database and tells what it holds. It returns ErrDamaged
// when pages, indexes or references do not agree, and a *migration.MismatchError for a
// database that is not ours or newer than this program; an older one is fine.
func Check(ctx context.Context, path string) (Facts, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Facts{}, err
	}
	if !info.Mode().IsRegular() {
		return Facts{}, fmt.Errorf("%s: %w", path, fs.ErrInvalid)
	}
	db, err := Open(path)
	if err != nil {
		return Facts{}, err
	}
	facts, err := check(ctx, db)
	facts.Bytes = info.Size()
	return facts, errors.Join(unreadable(err), db.Close())
}

// unreadable makes SQLite's error for a file that it cannot make sense of ErrDamaged.
func unreadable(err error) error {
	if failed(err, sqlite3.ErrNotADB, sqlite3.ErrCorrupt) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

func check(ctx context.Context, db *sql.DB) (Facts, error) {
	var f Facts
	var found string
	err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found)
	if err != nil {
		return f, fmt.Errorf("check the pages: %w", err)
	}
	if found != "ok" {
		return f, fmt.Errorf("%w: %s", ErrDamaged, found)
	}
	var table, parent string
	var row sql.NullInt64
	var number int
	switch err := db.QueryRowContext(ctx, "PRAGMA foreign_key_check").Scan(&table, &row, &parent, &number); {
	case err == nil:
		return f, fmt.Errorf("%w: row %d of %s refers to a row of %s that is missing", ErrDamaged, row.Int64, table, parent)
	case !errors.Is(err, sql.ErrNoRows):
		return f, fmt.Errorf("check the references: %w", err)
	}
	if f.Schema, err = schemaOf(ctx, db); err != nil {
		return f, err
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM tasks WHERE NOT is_deleted").Scan(&f.Tasks); err != nil {
		return f, fmt.Errorf("count the tasks: %w", err)
	}
	return f, nil
}

// schemaOf is the version of a schema that this program can read or bring up to date.
func schemaOf(ctx context.Context, db *sql.DB) (int64, error) {
	err := migration.SQLite(db).Check(ctx)
	var miss *migration.MismatchError
	switch {
	case err == nil:
		return migration.Latest(dialect.SQLite), nil
	case errors.As(err, &miss) && miss.Kind == migration.Older:
		return miss.Have, nil
	}
	return 0, err
}
