package conform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/fault"
)

// queues: transactions of InTx run one at a time, over all stores.
var queues = map[string]func(*testing.T, pair){
	"ReadingThenWritingLosesNothing": readThenWrite,
	"InTxNeverOverlaps":              neverOverlaps,
	"WaitingEndsWithTheContext":      waitingEnds,
	"CancellingLosesNoTransaction":   cancellingLosesNothing,
}

// readThenWrite has a counter that is read and then written by 32 goroutines of two
// stores.
func readThenWrite(t *testing.T, p pair) {
	const goroutines, rounds = 16, 4
	made := addSpace(t, p.a)
	if err := p.a.Write.Space.UpdateOneID(made.space).SetDescription("0").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	for _, s := range p.both() {
		for range goroutines {
			g.Go(func() error {
				for range rounds {
					if err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return increase(ctx, tx, made.space) }); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	sp, err := p.b.Read.Space.Get(t.Context(), made.space)
	if err != nil {
		t.Fatal(err)
	}
	if want := strconv.Itoa(2 * goroutines * rounds); sp.Description != want {
		t.Errorf("counted to %s, want %s", sp.Description, want)
	}
}

func increase(ctx context.Context, tx *ent.Tx, id int) error {
	sp, err := tx.Space.Get(ctx, id)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(sp.Description)
	if err != nil {
		return err
	}
	return tx.Space.UpdateOneID(id).SetDescription(strconv.Itoa(n + 1)).Exec(ctx)
}

func neverOverlaps(t *testing.T, p pair) {
	var inside, most atomic.Int64
	var g errgroup.Group
	for _, s := range p.both() {
		for range 8 {
			g.Go(func() error {
				return s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
					most.Store(max(most.Load(), inside.Add(1)))
					defer inside.Add(-1)
					_, err := tx.App.Query().Count(ctx)
					return err
				})
			})
		}
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if most.Load() != 1 {
		t.Errorf("%d transactions at once", most.Load())
	}
}

func waitingEnds(t *testing.T, p pair) {
	release := hold(t, p.a.InTx, insert("open"))
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 20)
	for i := range cap(left) {
		go func() { left <- p.a.InTx(ctx, insert(fmt.Sprint("left-", i))) }()
	}
	cancel()
	for range cap(left) {
		if err := soon(t, left, "those who gave up"); !errors.Is(err, context.Canceled) || fault.As(err) != nil {
			t.Errorf("one who gave up: %v", err)
		}
	}
	if err := p.a.InTx(ctx, insert("late")); !errors.Is(err, context.Canceled) {
		t.Errorf("one who came with an ended context: %v", err)
	}
	release()
	if err := p.a.InTx(t.Context(), insert("next")); err != nil {
		t.Errorf("the next: %v", err)
	}
	if got := apps(t, p.b); !slices.Equal(got, []string{"open", "next"}) {
		t.Errorf("there are %q", got)
	}
}

// cancellingLosesNothing ends contexts at any moment of a transaction: while it waits,
// runs and commits. Its row is there if and only if it said so, and then 50 others run.
func cancellingLosesNothing(t *testing.T, p pair) {
	var g errgroup.Group
	for _, s := range p.both() {
		for kind, run := range kinds(s) {
			for i := range 25 {
				g.Go(func() error {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					code := fmt.Sprintf("%s-%p-%d", kind, s, i)
					err := run(ctx, func(ctx context.Context, tx *ent.Tx) error {
						if i%3 == 0 {
							go cancel() // at any moment
						}
						if err := insert(code)(ctx, tx); err != nil {
							return err
						}
						if i%3 == 1 {
							go cancel()
						}
						_, err := tx.App.Query().Where(app.CodeHasPrefix(kind)).All(ctx)
						return err
					})
					there, readErr := s.Read.App.Query().Where(app.Code(code)).Exist(t.Context())
					if readErr != nil {
						return readErr
					}
					if there != (err == nil) || err != nil && !errors.Is(err, context.Canceled) {
						return fmt.Errorf("%s: %w, and its row is there: %v", code, err, there)
					}
					return nil
				})
			}
		}
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	for _, s := range p.both() {
		for kind, run := range kinds(s) {
			for i := range 25 {
				g.Go(func() error { return run(t.Context(), insert(fmt.Sprintf("good-%s-%p-%d", kind, s, i))) })
			}
		}
	}
	if err := g.Wait(); err != nil {
		t.Errorf("one that came after: %v", err)
	}
	if n, err := p.a.Read.App.Query().Where(app.CodeHasPrefix("good-")).Count(t.Context()); err != nil || n != 100 {
		t.Errorf("%d of 100 that came after, %v", n, err)
	}
}
