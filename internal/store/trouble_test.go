package store_test

import (
	"context"
	"path/filepath"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

func TestAnotherProcessThatWritesMakesUsExhausted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	var stores [2]*store.Store
	for i := range stores {
		var err error
		if stores[i], err = store.Open(t.Context(), store.Options{DSN: path}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stores[i].Close() })
	}
	ours, theirs := stores[0], stores[1]
	_, write := store.Pools(ours)
	if _, err := write.ExecContext(t.Context(), "PRAGMA busy_timeout=0"); err != nil {
		t.Fatal(err)
	}
	add := func(code string) error {
		return ours.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, code) })
	}
	err := theirs.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if err := add("ours"); fault.CodeOf(err) != fault.CodeExhausted {
			t.Errorf("write beside another process: %v", err)
		}
		if countApps(t, ours) != 0 { // readers are not disturbed
			t.Error("read a row out of nothing")
		}
		return insertApp(ctx, tx, "theirs")
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := add("ours"); err != nil || countApps(t, ours) != 2 {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAConnectionWithAnOpenTransactionIsDropped(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	_, write := store.Pools(s)
	c, err := write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"BEGIN IMMEDIATE", "DELETE FROM apps", "INSERT INTO apps (code, secret_digest, superuser, create_time) VALUES ('lost', x'00', 0, '2026-01-01')"} {
		if _, err := c.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "kept") }); err != nil {
		t.Fatal(err)
	}
	if n := countApps(t, s); n != 1 {
		t.Errorf("%d apps: the forgotten transaction was committed with the next one", n)
	}
}

func TestTheFullStorageIsExhaustedAndTheNextTransactionRuns(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	_, write := store.Pools(s)
	var pages int
	if err := write.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if err := write.QueryRowContext(t.Context(), "PRAGMA max_page_count=1").Scan(&pages); err != nil { // as small as it is
		t.Fatal(err)
	}
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return tx.Snapshot.Create().SetDigest("d").SetDocument(make([]byte, 1<<20)).Exec(ctx)
	})
	if fault.CodeOf(err) != fault.CodeExhausted {
		t.Errorf("full: %v", err)
	}
	if err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "small") }); err != nil {
		t.Errorf("next: %v", err)
	}
}
