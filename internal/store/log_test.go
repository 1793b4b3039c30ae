package store_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// TestALongLogIsTrimmedOnceItsReadersAreGone: a reader that is in the middle of its
// rows keeps the log, and delays nobody for long.
func TestALongLogIsTrimmedOnceItsReadersAreGone(t *testing.T) {
	t.Parallel()
	const limit, rows = 256 << 10, 50 // a row is 10 kB
	s := storetest.NewFile(t)
	path := store.LimitLog(s, limit)
	write := func(prefix string) (size int64) {
		t.Helper()
		for i := range rows {
			if err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				return tx.App.Create().SetCode(fmt.Sprint(prefix, i)).SetSecretDigest(make([]byte, 10_000)).Exec(ctx)
			}); err != nil {
				t.Fatal(err)
			}
		}
		file, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return file.Size()
	}
	if size := write("alone-"); size >= limit {
		t.Errorf("%d bytes of log without readers", size)
	}
	var found entsql.Rows
	if err := s.ReadDriver().Query(t.Context(), "SELECT code FROM apps", []any{}, &found); err != nil {
		t.Fatal(err)
	}
	if !found.Next() {
		t.Fatal(found.Err())
	}
	if size := write("read-"); size < limit {
		t.Errorf("%d bytes of log, but a reader needs more", size)
	}
	if err := found.Close(); err != nil {
		t.Fatal(err)
	}
	if size := write("after-"); size >= limit {
		t.Errorf("%d bytes of log after the reader", size)
	}
	if n := countApps(t, s); n != 3*rows {
		t.Errorf("%d rows of %d", n, 3*rows)
	}
	_, writer := store.Pools(s)
	var patience int
	if err := writer.QueryRowContext(t.Context(), "PRAGMA busy_timeout").Scan(&patience); err != nil || patience != 10_000 {
		t.Errorf("the writer waits for %d ms, %v", patience, err)
	}
}
