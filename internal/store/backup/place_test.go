package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/backup"
	"rehearse.dev/internal/store/storetest"
)

// put puts a copy of from at path.
func put(t *testing.T, from, path string, replace bool) error {
	t.Helper()
	p, err := backup.Take(t.Context(), path, replace)
	if err != nil {
		return err
	}
	return errors.Join(p.Fill(t.Context(), from), p.Put(), p.Close())
}

func TestADatabaseInUseIsNotReplaced(t *testing.T) {
	t.Parallel()
	s, path := database(t, 2)
	from := copied(t)
	if err := put(t, from, path, true); !errors.Is(err, backup.ErrInUse) {
		t.Fatalf("%v, want that it is in use", err)
	}
	insert(t, s, "later")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, path); len(got) != 3 {
		t.Errorf("it holds %q now", got)
	}
	if err := put(t, from, path, false); !errors.Is(err, backup.ErrExists) {
		t.Errorf("%v, want that it exists", err)
	}
	if err := put(t, from, path, true); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, path); len(got) != 300 {
		t.Errorf("it holds %d rows, want those of the other", len(got))
	}
	alone(t, filepath.Dir(path), "rehearse.db")
}

// The log of a database that was killed holds transactions; another database must not
// be given them.
func TestTheLogOfWhatIsReplacedGoes(t *testing.T) {
	t.Parallel()
	from := copied(t)
	for name, ruin := range map[string]func(t *testing.T, path string){
		"Killed": func(*testing.T, string) {},
		"Unreadable": func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 500)), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := killed(t)
			ruin(t, path)
			if err := put(t, from, path, true); err != nil {
				t.Fatal(err)
			}
			if got := codes(t, path); len(got) != 300 || got[0] != "app0" {
				t.Errorf("it holds %d rows", len(got))
			}
			alone(t, filepath.Dir(path), "rehearse.db")
		})
	}
	t.Run("Missing", func(t *testing.T) {
		t.Parallel()
		path := killed(t)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := put(t, from, path, false); err != nil {
			t.Fatal(err)
		}
		if got := codes(t, path); len(got) != 300 {
			t.Errorf("it holds %d rows", len(got))
		}
	})
}

// killed is a database whose last transactions are in its log, as kill -9 leaves it.
func killed(t *testing.T) string {
	t.Helper()
	s, path := database(t, 1)
	insert(t, s, "in-the-log")
	to := filepath.Join(t.TempDir(), "rehearse.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// A server that was started while the database is replaced waits for its lock. It must
// not go on with a file that has no name any more.
func TestWhoWaitsForAReplacedDatabaseFindsNone(t *testing.T) {
	t.Parallel()
	from, path := copied(t), copied(t)
	p, err := backup.Take(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fill(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	before, waits := openings(t, path), make(chan error, 1)
	server := raw(t, path)
	go func() {
		var n int
		waits <- server.QueryRowContext(t.Context(), "SELECT count(*) FROM apps").Scan(&n)
	}()
	for late := time.After(10 * time.Second); openings(t, path) == before; { // until it has the old file
		select {
		case err := <-waits:
			t.Fatalf("it did not wait: %v", err)
		case <-late:
			t.Fatal("nobody waits")
		default:
		}
	}
	if err := errors.Join(p.Put(), p.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-waits; err == nil || !strings.Contains(err.Error(), "not a database") {
		t.Errorf("who waited got %v", err)
	}
	if got := codes(t, path); len(got) != 300 {
		t.Errorf("it holds %d rows", len(got))
	}
}

// openings counts how often this process has the file open.
func openings(t *testing.T, path string) (n int) {
	t.Helper()
	const all = "/proc/self/fd"
	entries, err := os.ReadDir(all)
	if err != nil {
		t.Skipf("the system does not list the open files of a process: %v", err)
	}
	for _, entry := range entries {
		if to, err := os.Readlink(filepath.Join(all, entry.Name())); err == nil && to == path {
			n++
		}
	}
	return n
}

func TestGivingUpLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	path := copied(t)
	p, err := backup.Take(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Fill(t.Context(), copied(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Options{DSN: path}); err == nil {
		t.Error("a server can open what is about to be replaced")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, path)
	alone(t, filepath.Dir(path), "copy.db", "copy.db-shm", "copy.db-wal")
}

func TestHoldKeepsOthersOut(t *testing.T) {
	t.Parallel()
	s, path := database(t, 1)
	if _, err := backup.Hold(t.Context(), path); !errors.Is(err, backup.ErrInUse) {
		t.Errorf("%v, want that it is in use", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := backup.Hold(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Hold(t.Context(), path); !errors.Is(err, backup.ErrInUse) {
		t.Errorf("a second time: %v, want that it is in use", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if got := codes(t, path); len(got) != 1 {
		t.Errorf("it holds %q", got)
	}
	if _, err := backup.Hold(t.Context(), path+"x"); err == nil {
		t.Error("a missing file is held")
	}
}
