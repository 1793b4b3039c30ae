package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// commits counts the transactions in the write-ahead log: the last frame of each
// tells the size of the database after it, all others say 0 there.
func commits(t *testing.T, s *store.Store) int {
	t.Helper()
	const header, frameHeader = 32, 24
	read, _ := store.Pools(s)
	var seq int
	var name, file string
	if err := read.QueryRowContext(t.Context(), "PRAGMA database_list").Scan(&seq, &name, &file); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(file + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	frame := frameHeader + int(binary.BigEndian.Uint32(log[8:]))
	n := 0
	for at := header; at+frame <= len(log); at += frame {
		if binary.BigEndian.Uint32(log[at+4:]) != 0 {
			n++
		}
	}
	return n
}

// queued starts InTx calls that wait behind a transaction which this test holds
// open, then lets them go, and returns their errors by number. Each goes through
// after on its goroutine first.
func queued(t *testing.T, s *store.Store, n int, fn func(i int, ctx context.Context, tx *ent.Tx) error, after ...func(error) error) []error {
	t.Helper()
	errs := make([]error, n)
	var started, ended sync.WaitGroup
	err := s.InTx(t.Context(), func(context.Context, *ent.Tx) error {
		for i := range n {
			started.Add(1)
			ended.Add(1)
			go func() {
				defer ended.Done()
				defer func() {
					if r := recover(); r != nil {
						errs[i] = fmt.Errorf("panic: %v", r)
					}
				}()
				started.Done()
				errs[i] = s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return fn(i, ctx, tx) })
				for _, f := range after {
					errs[i] = f(errs[i])
				}
			}()
		}
		started.Wait()
		for store.Waiting(s) < n {
			if t.Context().Err() != nil {
				return t.Context().Err()
			}
		}
		return nil
	})
	ended.Wait()
	if err != nil && errors.Join(errs...) == nil { // else a member failed the whole group, and this with it
		t.Fatal(err)
	}
	return errs
}

func TestWaitingTransactionsShareACommit(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	before := commits(t, s)
	for i, err := range queued(t, s, 20, func(i int, ctx context.Context, tx *ent.Tx) error {
		return insertApp(ctx, tx, fmt.Sprint("app-", i))
	}) {
		if err != nil {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
	if n := countApps(t, s); n != 20 {
		t.Errorf("%d rows of 20", n)
	}
	if n := commits(t, s) - before; n != 1 {
		t.Errorf("%d commits, want 1", n)
	}
}

func TestAFailingMemberLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	boom := errors.New("boom")
	errs := queued(t, s, 12, func(i int, ctx context.Context, tx *ent.Tx) error {
		if err := insertApp(ctx, tx, fmt.Sprint("app-", i)); err != nil {
			return err
		}
		switch i % 3 {
		case 1:
			return boom
		case 2:
			panic("member")
		}
		return nil
	})
	for i, err := range errs {
		if (i%3 == 0) != (err == nil) || i%3 == 1 && !errors.Is(err, boom) {
			t.Errorf("transaction %d: %v", i, err)
		}
		exists, err := s.Read.App.Query().Where(app.Code(fmt.Sprint("app-", i))).Exist(t.Context())
		if err != nil || exists != (i%3 == 0) {
			t.Errorf("row %d is there: %v, %v", i, exists, err)
		}
	}
}

func TestHooksRunForCommittedMembersOnly(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var mu sync.Mutex
	ran := map[int]bool{}
	queued(t, s, 10, func(i int, ctx context.Context, _ *ent.Tx) error {
		store.AfterCommit(ctx, func() {
			mu.Lock()
			defer mu.Unlock()
			ran[i] = true
		})
		if i%2 == 1 {
			return errors.New("no")
		}
		return nil
	})
	for i := range 10 {
		if ran[i] != (i%2 == 0) {
			t.Errorf("hook %d ran: %v", i, ran[i])
		}
	}
}

// TestARefusalCanBeLookedUp: who is refused because of what another member wrote
// looks for it at once, as the sender of an idempotency key does.
func TestARefusalCanBeLookedUp(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	for i, err := range queued(t, s, 20, func(_ int, ctx context.Context, tx *ent.Tx) error {
		return insertApp(ctx, tx, "taken")
	}, func(err error) error {
		if !ent.IsConstraintError(err) {
			return err
		}
		_, err = s.Read.App.Query().Where(app.Code("taken")).Only(t.Context())
		return err
	}) {
		if err != nil {
			t.Errorf("transaction %d: %v", i, err)
		}
	}
}

func TestLeavingTheQueueNeverLosesAGroup(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var g errgroup.Group
	for w := range 16 {
		g.Go(func() error {
			for r := range 30 {
				ctx, cancel := context.WithCancel(t.Context())
				if w%2 == 0 {
					go cancel() // at any moment: waiting, running, committed
				}
				err := s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
					return insertApp(ctx, tx, fmt.Sprint(w, "-", r))
				})
				cancel()
				exists, findErr := s.Read.App.Query().Where(app.Code(fmt.Sprint(w, "-", r))).Exist(t.Context())
				if findErr != nil {
					return findErr
				}
				if exists != (err == nil) {
					return fmt.Errorf("%d-%d: error %w, but the row is there: %v", w, r, err, exists)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestCloseRefusesThoseWhoWait(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	waiting := make(chan error, 1)
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		go func() { waiting <- s.Close() }()
		for store.Waiting(s) < 1 {
		}
		go func() { waiting <- s.InTx(t.Context(), func(context.Context, *ent.Tx) error { return nil }) }()
		for store.Waiting(s) < 2 {
		}
		return insertApp(ctx, tx, "last")
	})
	if err != nil {
		t.Errorf("the transaction that was running: %v", err)
	}
	refused := 0
	for range 2 {
		if err := <-waiting; err != nil {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d of Close and the waiting transaction were refused, want the transaction alone", refused)
	}
}
