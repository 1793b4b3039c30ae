package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

func addApp(t testing.TB, s *store.Store, code string) *ent.App {
	t.Helper()
	a, err := s.Write.App.Create().SetCode(code).SetSecretDigest([]byte("digest")).Save(t.Context())
	if err != nil {
		t.Fatalf("add app %q: %v", code, err)
	}
	return a
}

func TestOpenRefusesWhatItDoesNotServe(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"", "postgres://user:secret@host:port/db", "postgresql://user:secret@host/db?sslmode=odd", "mysql://user:secret@x", "host=x password=secret", ":memory:", "file:x.db?mode=memory"} {
		t.Run(dsn, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), store.Options{DSN: dsn})
			if fault.CodeOf(err) != fault.CodeInvalid || fault.As(err) == nil {
				t.Fatalf("open: %v, want an invalid input fault", err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the message repeats the password: %v", err)
			}
		})
	}
}

func TestOpenKeepsTheFilePrivateAndItsNameLiteral(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a ?#%41:b.db")
	for range 2 { // the second time the file is there
		s, err := store.Open(t.Context(), store.Options{DSN: path})
		if err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			info, err := os.Stat(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if mode := info.Mode().Perm(); mode != 0o600 {
				t.Errorf("%q has mode %o", suffix, mode)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("the log is still there after Close")
	}
}

func TestOpenFailsOnWhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"Text": text, "Folder": dir, "NoFolder": filepath.Join(dir, "none", "x.db")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := store.Open(t.Context(), store.Options{DSN: path}); err == nil {
				t.Fatal("opened")
			}
		})
	}
}

func TestReadyFollowsClose(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("open: %v", err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Ready(t.Context()); err == nil {
		t.Error("ready after Close")
	}
	if err := s.InTx(t.Context(), nil); err == nil {
		t.Error("transaction after Close")
	}
}

func TestSettingsSurviveAKill(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	read, write := store.Pools(s)
	want := map[string][2]string{ // pragma: reader, writer
		"foreign_keys": {"1", "1"},
		"journal_mode": {"wal", "wal"},
		"query_only":   {"1", "0"},
		"busy_timeout": {"5000", "10000"},
		"synchronous":  {"1", "2"}, // a reader never syncs; the writer does at every commit
	}
	for pragma, values := range want {
		for i, db := range []*sql.DB{read, write} {
			var got string
			if err := db.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != values[i] {
				t.Errorf("%s of client %d is %s, want %s", pragma, i, got, values[i])
			}
		}
	}
}
