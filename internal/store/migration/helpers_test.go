package migration

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"testing"
	"testing/fstest"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	"rehearse.dev/ent/migrate"
)

// openFile opens a file as store opens its writer.
func openFile(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=10000&_fk=1&_journal_mode=WAL&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func newFile(t testing.TB) *sql.DB {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "rehearse.db"))
}

// autoMigrate makes the tables as Ent does by itself, or writes to w what it would do.
func autoMigrate(ctx context.Context, d string, db *sql.DB, w io.Writer) error {
	tables, err := schema.CopyTables(migrate.Tables) // Ent notes things in them
	if err != nil {
		return err
	}
	var drv dialect.Driver = entsql.OpenDB(d, db)
	if w != nil {
		drv = &schema.WriteDriver{Driver: drv, Writer: w}
	}
	return migrate.Create(ctx, migrate.NewSchema(drv), tables)
}

func exec(t testing.TB, db execer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

func up(t testing.TB, m *Migrator) []Step {
	t.Helper()
	var steps []Step
	if err := m.Up(t.Context(), func(s Step) { steps = append(steps, s) }); err != nil {
		t.Fatal(err)
	}
	return steps
}

// wantKind asserts that an error is a mismatch, and returns it.
func wantKind(t testing.TB, err error, want Kind) *MismatchError {
	t.Helper()
	var miss *MismatchError
	if !errors.As(err, &miss) || miss.Kind != want {
		t.Fatalf("got %v, want one that is %s", err, want)
	}
	return miss
}

// with is the embedded folder and more files.
func with(t testing.TB, d string, more map[string]string) source {
	t.Helper()
	folder := fstest.MapFS{}
	for _, f := range embedded(d).files {
		text, err := fs.ReadFile(embedded(d), f.path)
		if err != nil {
			t.Fatal(err)
		}
		folder[f.path] = &fstest.MapFile{Data: text}
	}
	for name, text := range more {
		folder[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return newSource(folder)
}
