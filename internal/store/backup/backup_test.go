package backup_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/backup"
	"rehearse.dev/internal/store/migration"
	"rehearse.dev/internal/store/storetest"
)

// database is a file with some rows that a store has open.
func database(t *testing.T, rows int) (*store.Store, string) {
	t.Helper()
	storetest.SQLite(t)
	path := filepath.Join(t.TempDir(), "rehearse.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if err := errors.Join(migration.SQLite(db).Up(t.Context(), nil), db.Close()); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, path)
	codes := make([]string, rows)
	for i := range codes {
		codes[i] = fmt.Sprint("app", i)
	}
	insert(t, s, codes...)
	return s, path
}

func insert(t *testing.T, s *store.Store, codes ...string) {
	t.Helper()
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		for _, code := range codes {
			if err := tx.App.Create().SetCode(code).SetSecretDigest([]byte(code)).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// codes are the rows of a file, in order.
func codes(t *testing.T, path string) []string {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := s.Read.App.Query().Order(ent.Asc("id")).All(t.Context())
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, row := range rows {
		all = append(all, row.Code)
	}
	return all
}

// alone fails if a folder holds other files than these.
func alone(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	if !slices.Equal(found, names) {
		t.Errorf("the folder holds %q, want %q", found, names)
	}
}

// A copy is one moment of a database that is written all the time: what was there
// before it began is in it, and of what came later whole transactions only.
func TestACopyIsOneMoment(t *testing.T) {
	t.Parallel()
	s, path := database(t, 0)
	var done atomic.Int64 // pairs that are acknowledged
	ctx, stop := context.WithCancel(t.Context())
	ended, more := make(chan error, 1), make(chan struct{}, 1)
	go func() {
		for i := 0; ; i++ {
			err := s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
				for _, half := range []string{"a", "b"} {
					if err := tx.App.Create().SetCode(fmt.Sprint(half, i)).SetSecretDigest(make([]byte, 2000)).Exec(ctx); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				ended <- ctx.Err()
				return
			}
			done.Add(1)
			select {
			case more <- struct{}{}:
			default:
			}
		}
	}()
	folder := t.TempDir()
	var files []string
	for i := range 6 {
		for enough := done.Load() + 20; done.Load() < enough; {
			<-more
		}
		before, to := done.Load(), filepath.Join(folder, fmt.Sprint(i, ".db"))
		facts, err := backup.Make(t.Context(), backup.Options{From: path, To: to})
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(to)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() != facts.Bytes {
			t.Errorf("%v, %v, and %+v is told", info, err, facts)
		}
		files = append(files, filepath.Base(to))
		all := codes(t, to)
		if len(all)%2 != 0 || len(all)/2 < int(before) {
			t.Errorf("copy %d has %d rows, %d pairs were written before", i, len(all), before)
		}
		for n, code := range all {
			if want := fmt.Sprint([]string{"a", "b"}[n%2], n/2); code != want {
				t.Fatalf("copy %d: row %d is %s, want %s", i, n, code, want)
			}
		}
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	alone(t, folder, files...)
}

func TestACopyReplacesOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s, path := database(t, 1)
	folder := t.TempDir()
	o := backup.Options{From: path, To: filepath.Join(folder, "b.db")}
	link := filepath.Join(folder, "link.db")
	if err := os.Symlink("b.db", link); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Make(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	insert(t, s, "second")
	if _, err := backup.Make(t.Context(), o); !errors.Is(err, backup.ErrExists) {
		t.Errorf("a second copy: %v", err)
	}
	o.Replace, o.To = true, link
	if _, err := backup.Make(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, filepath.Join(folder, "b.db")); len(got) != 2 {
		t.Errorf("the file behind the link has %q", got)
	}
	if to, err := os.Readlink(link); err != nil || to != "b.db" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	alone(t, folder, "b.db", "link.db")
}

func TestACopyThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	_, path := database(t, 1)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	missing := filepath.Join(t.TempDir(), "missing.db")
	for name, test := range map[string]struct {
		ctx  context.Context //nolint:containedctx // a case of the table
		from string
		want error
	}{
		"Canceled":      {canceled, path, context.Canceled},
		"NoSource":      {t.Context(), missing, fs.ErrNotExist},
		"DamagedSource": {t.Context(), damaged(t), backup.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			_, err := backup.Make(test.ctx, backup.Options{From: test.from, To: filepath.Join(folder, "b.db")})
			if !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			alone(t, folder)
		})
	}
	if _, err := backup.Make(t.Context(), backup.Options{From: path, To: path, Replace: true}); err == nil {
		t.Error("a database was copied onto itself")
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a missing database was made")
	}
}

// raw opens a file without a store.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// copied is a closed copy of a database with rows.
func copied(t *testing.T) string {
	t.Helper()
	_, path := database(t, 300)
	to := filepath.Join(t.TempDir(), "copy.db")
	if _, err := backup.Make(t.Context(), backup.Options{From: path, To: to}); err != nil {
		t.Fatal(err)
	}
	return to
}

// damaged is a copy with a page in the middle that is overwritten.
func damaged(t *testing.T) string {
	t.Helper()
	path := copied(t)
	var root, size int64
	db := raw(t, path)
	if err := db.QueryRow("SELECT rootpage FROM sqlite_master WHERE name = 'apps'").Scan(&root); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow("PRAGMA page_size").Scan(&size); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(strings.Repeat("junk", 256)), (root-1)*size)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
