// Package storetest opens databases for tests: a file in the test's own folder or,
// when TEST_DATABASE_URL is set, a database of its own on that PostgreSQL server.
//
// It must not be imported by anything that ships.
package storetest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"rehearse.dev/internal/store"
)

// Variable is the environment variable with the URL of a PostgreSQL server on which
// tests may make databases. Its user must be allowed to.
const Variable = "TEST_DATABASE_URL"

// OnPostgres tells whether tests run on PostgreSQL.
func OnPostgres() bool { return os.Getenv(Variable) != "" }

// New opens a database that is empty but for the schema. The test's end closes it.
func New(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, Database(t))
}

// NewFile is New on SQLite, whatever TEST_DATABASE_URL says: for tests of what only a
// file has.
func NewFile(t testing.TB) *store.Store {
	t.Helper()
	return Open(t, filepath.Join(t.TempDir(), "rehearse.db"))
}

// Database is the name of a database that is empty: the path of a file that does not
// exist yet, or the URL of a PostgreSQL database with the schema in it. The test's end
// takes it away.
func Database(t testing.TB) string {
	t.Helper()
	if OnPostgres() {
		return cloneTemplate(t, os.Getenv(Variable))
	}
	return filepath.Join(t.TempDir(), "rehearse.db")
}

// Postgres is Database for a test that is about PostgreSQL; without one it is skipped.
func Postgres(t testing.TB) string {
	t.Helper()
	if !OnPostgres() {
		t.Skipf("no PostgreSQL: %s is not set; scripts/postgres run go test ./... sets it", Variable)
	}
	return Database(t)
}

// SQLite skips a test that is about SQLite when the tests run on PostgreSQL, where it
// would run a second time for nothing.
func SQLite(t testing.TB) {
	t.Helper()
	if OnPostgres() {
		t.Skip("a test about SQLite alone; it runs without " + Variable)
	}
}

// opened are the names of the databases of open stores.
var opened sync.Map

// Open opens a database that Database has named. The test's end closes it.
func Open(t testing.TB, name string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: name})
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	opened.Store(s, name)
	t.Cleanup(func() {
		opened.Delete(s)
		if err := s.Close(); err != nil {
			t.Errorf("close the test database: %v", err)
		}
	})
	return s
}

// Again opens the database of an open store once more, as another server would.
func Again(t testing.TB, s *store.Store) *store.Store {
	t.Helper()
	name, ok := opened.Load(s)
	if !ok {
		t.Fatal("the store was not opened by storetest")
	}
	return Open(t, name.(string))
}
