package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"entgo.io/ent/dialect"

	"rehearse.dev/internal/store/backup"
	"rehearse.dev/internal/store/migration"
)

func TestCheckRefusesWhatIsNoWholeDatabaseOfOurs(t *testing.T) {
	t.Parallel()
	change := func(statements ...string) func(t *testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			path := copied(t)
			db := raw(t, path)
			for _, statement := range statements {
				if _, err := db.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	written := func(content string) func(t *testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			path := filepath.Join(t.TempDir(), "f.db")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	for name, test := range map[string]struct {
		make func(t *testing.T) string
		kind migration.Kind // "" for ErrDamaged
	}{
		"Text":        {written("this is no database, but it is long enough to be taken for the header of one, which has 100 bytes"), ""},
		"Damaged":     {damaged, ""},
		"Reference":   {change("PRAGMA foreign_keys=0", "INSERT INTO spaces (id, app_id, name, description, platform_url, creator, create_time) VALUES (1, 9999, 'n', '', '', '', '2026-01-01')"), ""},
		"Empty":       {written(""), migration.Empty},
		"AnotherOnes": {others, migration.Foreign},
		"Newer":       {change("INSERT INTO schema_versions (version_id, is_applied) SELECT max(version_id) + 1, 1 FROM schema_versions"), migration.Newer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := backup.Check(t.Context(), test.make(t))
			var miss *migration.MismatchError
			switch {
			case test.kind == "" && !errors.Is(err, backup.ErrDamaged):
				t.Errorf("%v, want that it is damaged", err)
			case test.kind != "" && (!errors.As(err, &miss) || miss.Kind != test.kind):
				t.Errorf("%v, want %s", err, test.kind)
			}
		})
	}
	t.Run("Folder", func(t *testing.T) {
		t.Parallel()
		if _, err := backup.Check(t.Context(), t.TempDir()); err == nil {
			t.Error("a folder passed")
		}
	})
}

func TestCheckTellsWhatIsThere(t *testing.T) {
	t.Parallel()
	path := copied(t)
	facts, err := backup.Check(t.Context(), path)
	info, statErr := os.Stat(path)
	if err := errors.Join(err, statErr); err != nil {
		t.Fatal(err)
	}
	if want := (backup.Facts{Bytes: info.Size(), Schema: migration.Latest(dialect.SQLite)}); facts != want {
		t.Errorf("%+v, want %+v", facts, want)
	}
}

// others is a database of another program.
func others(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "others.db")
	db := raw(t, path)
	if _, err := db.Exec("CREATE TABLE books (id INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
