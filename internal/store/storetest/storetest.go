// Package storetest gives tests a real, empty database.
package storetest

import (
	"path/filepath"
	"testing"

	"rehearse.dev/internal/store"
)

// New opens a new database in a file of its own and closes it when the test
// ends. Files, not memory: a shared in-memory database locks in another way.
func New(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: filepath.Join(t.TempDir(), "rehearse.db")})
	if err != nil {
		t.Fatalf("open the test database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the test database: %v", err)
		}
	})
	return s
}
