package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// TestManyWritersAreServedInTurn counts, for every transaction, how many others
// began between its request and its own begin. A fair queue of 64 lets at most
// 63 pass; a random one would let some 450 pass in the unluckiest case.
func TestManyWritersAreServedInTurn(t *testing.T) {
	t.Parallel()
	const writers, rounds, slack = 64, 20, 4
	s := storetest.NewFile(t)
	_, write := store.Pools(s)
	// Without a timeout the busy handler gives up at once: nobody may need it.
	if _, err := write.ExecContext(t.Context(), "PRAGMA busy_timeout=0"); err != nil {
		t.Fatal(err)
	}
	var began, longest atomic.Int64
	var g errgroup.Group
	for w := range writers {
		g.Go(func() error {
			for r := range rounds {
				asked := began.Load()
				err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
					longest.Store(max(longest.Load(), began.Add(1)-1-asked)) // the transaction is the lock
					return insertApp(ctx, tx, fmt.Sprint(w, "-", r))
				})
				if err != nil {
					return err
				}
				if _, err := s.Read.App.Query().Where(app.Code(fmt.Sprint(w, "-", r))).Only(t.Context()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if n := countApps(t, s); n != writers*rounds {
		t.Errorf("%d rows of %d", n, writers*rounds)
	}
	t.Logf("the longest wait was for %d transactions", longest.Load())
	if longest.Load() > slack*writers {
		t.Errorf("one writer waited for %d transactions of %d writers", longest.Load(), writers)
	}
}

// TestTransactionsRunInTheOrderInWhichTheyAsked: on PostgreSQL those of one store.
func TestTransactionsRunInTheOrderInWhichTheyAsked(t *testing.T) {
	t.Parallel()
	const n = 20
	s := storetest.New(t)
	ran := make(chan int, n)
	ended := make(chan error, n)
	err := s.InTx(t.Context(), func(context.Context, *ent.Tx) error {
		for i := range n {
			go func() {
				ended <- s.InTx(t.Context(), func(context.Context, *ent.Tx) error {
					ran <- i
					return nil
				})
			}()
			for store.Waiting(s) <= i && t.Context().Err() == nil {
				runtime.Gosched()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := <-ran; got != i {
			t.Errorf("transaction %d ran in place %d", got, i)
		}
	}
}

func TestWaitingForAReaderEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	read, _ := store.Pools(s)
	release := store.OccupyReaders(s)
	if n := read.Stats().MaxOpenConnections; n != store.DefaultReaders {
		t.Fatalf("%d readers", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 1)
	go func() {
		_, err := s.Read.App.Query().Count(ctx)
		waiting <- err
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("waiter: %v", err)
	}
	release()
	for range 3 * store.DefaultReaders { // each gives its connection back, failed ones too
		if _, err := s.Read.App.Query().Count(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("query under a context that is done: %v", err)
		}
		if _, err := s.Read.App.Query().Where(app.ID(1)).Only(t.Context()); !ent.IsNotFound(err) {
			t.Error(err)
		}
	}
}

func TestReadingStopsWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	s := storetest.NewFile(t)
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		for i := range 200 {
			if err := insertApp(ctx, tx, fmt.Sprint(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	err = store.EachRow(ctx, s, "SELECT code FROM apps", func() {
		if read++; read == 10 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || read > 64 {
		t.Errorf("%d rows were read, err %v", read, err)
	}
}
