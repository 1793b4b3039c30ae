package conform

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	entspace "rehearse.dev/ent/space"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/store"
)

// guards: statements of Guarded guard themselves by conditions.
var guards = map[string]func(*testing.T, pair){
	"OneConditionalUpdateWins":   oneUpdateWins,
	"OneOfEqualInsertsWins":      oneInsertWins,
	"EqualTreesShareASnapshot":   oneSnapshot,
	"ATemplateHasOneLiveDraft":   oneDraft,
	"AVersionNumberIsTakenOnce":  oneVersion,
	"ANodeHasOneDefaultPreset":   oneDefault,
	"AGuardedStatementMayRepeat": upsert,
}

// race runs one function per goroutine of both stores and returns how many said yes.
func race(t *testing.T, p pair, each int, run func(s *store.Store, i int) (bool, error)) int {
	t.Helper()
	var won atomic.Int64
	var g errgroup.Group
	var start sync.WaitGroup
	start.Add(1)
	for _, s := range p.both() {
		for i := range each {
			g.Go(func() error {
				start.Wait()
				yes, err := run(s, i)
				if yes {
					won.Add(1)
				}
				return err
			})
		}
	}
	start.Done()
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return int(won.Load())
}

func oneUpdateWins(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	for round := range 8 {
		from, to := strconv.Itoa(round), strconv.Itoa(round+1)
		if round == 0 {
			from = ""
		}
		won := race(t, p, 6, func(s *store.Store, _ int) (won bool, err error) {
			err = s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				n, err := tx.Space.Update().Where(entspace.ID(made.space), entspace.Description(from)).SetDescription(to).Save(ctx)
				won = n == 1
				return err
			})
			return won, err
		})
		if won != 1 {
			t.Fatalf("%d updates won in round %d", won, round)
		}
	}
}

func oneInsertWins(t *testing.T, p pair) {
	for kind := range kinds(p.a) {
		won := race(t, p, 8, func(s *store.Store, _ int) (bool, error) {
			err := kinds(s)[kind](t.Context(), insert(kind))
			if fault.CodeOf(err) == fault.CodeConflict && ent.IsConstraintError(err) {
				// Who is refused can look up at once what was in the way.
				_, err := s.Read.App.Query().Where(app.Code(kind)).Only(t.Context())
				return false, err
			}
			return err == nil, err
		})
		if won != 1 {
			t.Errorf("%s: %d of equal inserts won", kind, won)
		}
	}
}

// oneSnapshot adds two trees in many ways from both stores.
func oneSnapshot(t *testing.T, p pair) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	documents := []string{`{"id":"a","name":"n"}`, `{ "name": "n", "id": "b" }`, `{"name":"other"}`}
	var mu sync.Mutex
	found := map[string]map[int]bool{}
	race(t, p, 12, func(s *store.Store, i int) (bool, error) {
		tree, err := flow.Parse([]byte(documents[i%len(documents)]))
		if err != nil {
			return false, err
		}
		run := s.InTx
		if i%2 == 0 {
			run = s.Guarded
		}
		return true, run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			id, err := store.EnsureSnapshot(ctx, tx, tree, now)
			mu.Lock()
			defer mu.Unlock()
			if found[tree.Digest()] == nil {
				found[tree.Digest()] = map[int]bool{}
			}
			found[tree.Digest()][id] = true
			return err
		})
	})
	rows, err := p.b.Read.Snapshot.Query().All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || len(found) != 2 {
		t.Errorf("%d rows for %d digests", len(rows), len(found))
	}
	for _, row := range rows {
		if ids := found[row.Digest]; len(ids) != 1 || !ids[row.ID] {
			t.Errorf("snapshot %d was found as %v", row.ID, ids)
		}
		if !row.CreateTime.Equal(now) || !slices.Contains(documents, string(row.Document)) {
			t.Errorf("snapshot %d was made at %v of %s", row.ID, row.CreateTime, row.Document)
		}
	}
}

// oneOf races equal inserts that a partial index lets through once.
func oneOf(t *testing.T, p pair, add func(ctx context.Context, tx *ent.Tx) error) {
	t.Helper()
	won := race(t, p, 6, func(s *store.Store, i int) (bool, error) {
		run := s.InTx
		if i%2 == 0 {
			run = s.Guarded
		}
		err := run(t.Context(), add)
		if fault.CodeOf(err) == fault.CodeConflict {
			return false, nil
		}
		return err == nil, err
	})
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func oneDraft(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	add := func(draft, deleted bool) func(context.Context, *ent.Tx) error {
		return func(ctx context.Context, tx *ent.Tx) error {
			return tx.PipelineVersion.Create().SetTemplateID(made.template).SetSnapshotID(made.snapshot).
				SetDraft(draft).SetIsDeleted(deleted).Exec(ctx)
		}
	}
	for range 2 { // neither deleted ones nor releases count
		if err := p.a.InTx(t.Context(), add(true, true)); err != nil {
			t.Fatal(err)
		}
		if err := p.b.InTx(t.Context(), add(false, false)); err != nil {
			t.Fatal(err)
		}
	}
	oneOf(t, p, add(true, false))
}

// oneVersion: also one that is deleted keeps its number.
func oneVersion(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	oneOf(t, p, func(ctx context.Context, tx *ent.Tx) error {
		return tx.PipelineVersion.Create().SetTemplateID(made.template).SetSnapshotID(made.snapshot).
			SetDraft(false).SetIsDeleted(true).SetVersion("1.0.0").Exec(ctx)
	})
}

func oneDefault(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	add := func(isDefault bool) func(context.Context, *ent.Tx) error {
		return func(ctx context.Context, tx *ent.Tx) error {
			return tx.MockPreset.Create().SetTemplateID(made.template).SetNodeID("n").SetName("p").
				SetOutputs([]byte("{}")).SetIsDefault(isDefault).Exec(ctx)
		}
	}
	for range 2 {
		if err := p.a.InTx(t.Context(), add(false)); err != nil {
			t.Fatal(err)
		}
	}
	oneOf(t, p, add(true))
}

// upsert has both stores write the same setting over and over.
func upsert(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	race(t, p, 8, func(s *store.Store, i int) (bool, error) {
		return true, s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return tx.SpaceConfig.Create().SetSpaceID(made.space).SetName("n").SetValue([]byte(strconv.Itoa(i))).
				OnConflictColumns("space_id", "name").UpdateNewValues().Exec(ctx)
		})
	})
	if n, err := p.b.Read.SpaceConfig.Query().Count(t.Context()); err != nil || n != 1 {
		t.Errorf("%d settings, %v", n, err)
	}
}
