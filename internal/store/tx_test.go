package store_test

import (
	"context"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store"
)

func insertApp(ctx context.Context, tx *ent.Tx, code string) error {
	return tx.App.Create().SetCode(code).SetSecretDigest([]byte("d")).Exec(ctx)
}

func countApps(t testing.TB, s *store.Store) int {
	t.Helper()
	n, err := s.Read.App.Query().Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}
