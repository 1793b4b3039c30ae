package conform

import (
	"context"
	"errors"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
	"rehearse.dev/internal/store"
)

// takenIDs: those that are taken ahead of their rows.
var takenIDs = map[string]func(*testing.T, pair){
	"TakenIdsAreNobodyElses":   takenOnce,
	"IdsAreNotTakenWithinATx":  takenOutside,
	"IdsOfNoTableAreAnError":   takenOfNothing,
	"ARowWithATakenIdIsNormal": takenAndUsed,
}

// takenOnce takes ids at two stores while rows are inserted that get theirs by themselves.
func takenOnce(t *testing.T, p pair) {
	const goroutines, rounds = 8, 40
	var mu sync.Mutex
	seen := map[int]bool{}
	add := func(id int) {
		mu.Lock()
		defer mu.Unlock()
		if seen[id] {
			t.Errorf("%d comes twice", id)
		}
		seen[id] = true
	}
	var g errgroup.Group
	for name, s := range p.both() {
		for range goroutines {
			g.Go(func() error {
				for range rounds {
					id, err := s.NewID(t.Context(), snapshot.Table)
					if err != nil {
						return err
					}
					add(id)
				}
				return nil
			})
		}
		for i := range rounds / 4 {
			row, err := s.Write.Snapshot.Create().SetDigest(name + string(rune('a'+i))).SetDocument([]byte("{}")).Save(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			add(row.ID)
		}
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func takenOutside(t *testing.T, p pair) {
	err := p.a.Guarded(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
		_, err := p.a.NewID(ctx, snapshot.Table)
		return err
	})
	if !errors.Is(err, store.ErrNested) {
		t.Error(err)
	}
}

func takenOfNothing(t *testing.T, p pair) {
	if id, err := p.a.NewID(t.Context(), "nothing"); err == nil {
		t.Errorf("took %d", id)
	}
}

// takenAndUsed inserts a row under the id that was taken for it.
func takenAndUsed(t *testing.T, p pair) {
	id, err := p.a.NewID(t.Context(), snapshot.Table)
	if err != nil {
		t.Fatal(err)
	}
	insert := p.a.Builder().Insert(snapshot.Table).
		Columns(snapshot.FieldID, snapshot.FieldDigest, snapshot.FieldDocument, snapshot.FieldCreateTime).
		Values(id, "known", []byte("{}"), moments[0])
	query, args := insert.Query()
	if err := p.a.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return store.Later(ctx, tx, query, args...)
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := p.b.Read.Snapshot.Query().Where(snapshot.Digest("known")).OnlyID(t.Context()); err != nil || got != id {
		t.Errorf("%d, %v, want %d", got, err, id)
	}
}
