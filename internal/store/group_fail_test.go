package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// TestAFullDiskEndsAGroupAsExhausted: SQLite rolls back the whole transaction then,
// and with it members that were through.
func TestAFullDiskEndsAGroupAsExhausted(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	_, write := store.Pools(s)
	var pages int
	if err := write.QueryRowContext(t.Context(), "PRAGMA max_page_count=1").Scan(&pages); err != nil { // as small as it is
		t.Fatal(err)
	}
	var through atomic.Int64
	lost := 0
	for i, err := range queued(t, s, 12, func(i int, ctx context.Context, tx *ent.Tx) error {
		if through.Add(1) == 6 {
			_, err := tx.ExecContext(ctx, "UPDATE apps SET secret_digest = zeroblob(1000000) WHERE id = (SELECT max(id) FROM apps)")
			return err
		}
		return insertApp(ctx, tx, fmt.Sprint("app-", i))
	}) {
		if err != nil {
			lost++
			if fault.CodeOf(err) != fault.CodeExhausted {
				t.Errorf("transaction %d: %v", i, err)
			}
		}
		exists, findErr := s.Read.App.Query().Where(app.Code(fmt.Sprint("app-", i))).Exist(t.Context())
		if findErr != nil || exists != (err == nil) {
			t.Errorf("transaction %d: %v, but its row is there: %v, %v", i, err, exists, findErr)
		}
	}
	if lost != 6 {
		t.Errorf("%d were lost, want the one that filled the disk and the 5 before it", lost)
	}
}

func TestAFailedCommitFailsEveryMember(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	disk, own := errors.New("disk"), errors.New("own")
	var once sync.Once
	for i, err := range queued(t, s, 10, func(i int, ctx context.Context, tx *ent.Tx) error {
		store.AfterCommit(ctx, func() { t.Errorf("hook %d ran", i) })
		once.Do(func() {
			tx.OnCommit(func(ent.Committer) ent.Committer {
				return ent.CommitFunc(func(context.Context, *ent.Tx) error { return errors.Join(disk, tx.Rollback()) })
			})
		})
		if i%2 == 1 {
			return own
		}
		return insertApp(ctx, tx, fmt.Sprint("app-", i))
	}) {
		if !errors.Is(err, disk) {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if n := countApps(t, s); n != 0 {
		t.Errorf("%d rows are there", n)
	}
	if err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "next") }); err != nil {
		t.Errorf("next: %v", err)
	}
}

// TestAGoroutineThatEndsInsideLeavesNothing is what t.FailNow in fn does.
func TestAGoroutineThatEndsInsideLeavesNothing(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	queued(t, s, 9, func(i int, ctx context.Context, tx *ent.Tx) error {
		if err := insertApp(ctx, tx, fmt.Sprint("app-", i)); err != nil {
			return err
		}
		if i%3 == 0 {
			runtime.Goexit()
		}
		return nil
	})
	for i := range 9 {
		exists, err := s.Read.App.Query().Where(app.Code(fmt.Sprint("app-", i))).Exist(t.Context())
		if err != nil || exists != (i%3 != 0) {
			t.Errorf("row %d is there: %v, %v", i, exists, err)
		}
	}
}

// TestAHandledErrorIsNoFailure: a statement that SQLite refused leaves the rest of
// its member, and the members around it, as they are.
func TestAHandledErrorIsNoFailure(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	for i, err := range queued(t, s, 8, func(i int, ctx context.Context, tx *ent.Tx) error {
		if err := insertApp(ctx, tx, fmt.Sprint("app-", i)); err != nil {
			return err
		}
		if err := insertApp(ctx, tx, fmt.Sprint("app-", i)); !ent.IsConstraintError(err) {
			return fmt.Errorf("second insert: %w", err)
		}
		return insertApp(ctx, tx, fmt.Sprint("more-", i))
	}) {
		if err != nil {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if n := countApps(t, s); n != 16 {
		t.Errorf("%d rows of 16", n)
	}
}
