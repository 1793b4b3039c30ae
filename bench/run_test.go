package main

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/store"
)

// commits counts the transactions of a store.
type commits struct{ atomic.Int64 }

func (c *commits) Statement(_ context.Context, text string) func(error) {
	if text == "COMMIT" {
		c.Add(1)
	}
	return nil
}

func (c *commits) Waited(context.Context, time.Duration) {}

// A run of mocked nodes costs so many transactions and statements whatever the machine
// does: 500 nodes or events more are one statement more.
func TestRunStaysWithinItsTransactionsAndStatements(t *testing.T) {
	t.Parallel()
	w := newTestWorld(t)
	for range 40 { // ids of the next tasks are taken by now, some dozens at once
		if _, err := w.app.Store.NewID(t.Context(), enttask.Table); err != nil {
			t.Fatal(err)
		}
	}
	for _, length := range []int{shortLength, longLength} {
		c, err := w.newChain(t.Context(), length)
		if err != nil {
			t.Fatal(err)
		}
		pages := (c.length() - 1) / 500
		for _, row := range []struct {
			name string
			run  func(context.Context) (int, error)
		}{
			{"started at once", func(ctx context.Context) (int, error) { return w.createChain(ctx, c, true) }},
			{"created, then started", func(ctx context.Context) (int, error) { return w.inTwo(ctx, c) }},
		} {
			// The first task of a tree stores its topology, too.
			for _, most := range []struct{ transactions, statements int }{{3, 30}, {2, 18}} {
				if row.name == "started at once" {
					most.transactions--
				}
				var seen commits
				w.app.Store.Observe(&seen)
				ctx, counter := store.WithCounter(t.Context())
				id, err := row.run(ctx)
				w.app.Store.Observe(nil)
				if err != nil {
					t.Fatalf("%s, %d nodes: %v", row.name, length, err)
				}
				if n := int(seen.Load()); n == 0 || n > most.transactions {
					t.Errorf("%s, %d nodes: %d transactions, want at most %d", row.name, length, n, most.transactions)
				}
				if n := counter.Statements(); n > most.statements+4*pages {
					t.Errorf("%s, %d nodes: %d statements, want at most %d", row.name, length, n, most.statements+4*pages)
				}
				got, err := w.base.modelRun(t.Context(), id)
				if err != nil || got.task[12] != "FINISHED" || len(got.tables[1].rows) != c.length() {
					t.Errorf("%s: task %s is %v with %d nodes, %v", row.name, strconv.Itoa(id), got.task[12], len(got.tables[1].rows), err)
				}
			}
		}
	}
}
