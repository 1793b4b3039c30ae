package store_test

import (
	"testing"

	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/store/storetest/conform"
)

func TestSQLiteConforms(t *testing.T) {
	t.Parallel()
	conform.Run(t, func(t testing.TB) (a, b *store.Store) {
		a = storetest.NewFile(t)
		return a, storetest.Again(t, a)
	})
}

func TestPostgreSQLConforms(t *testing.T) {
	t.Parallel()
	if !storetest.OnPostgres() {
		t.Skip("no PostgreSQL: " + storetest.Variable + " is not set")
	}
	conform.Run(t, func(t testing.TB) (a, b *store.Store) {
		a = storetest.New(t)
		return a, storetest.Again(t, a)
	})
}
