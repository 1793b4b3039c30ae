package store_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// versions is a template with a snapshot to point at.
type versions struct {
	s                  *store.Store
	template, snapshot int
}

func newVersions(t *testing.T) versions {
	t.Helper()
	v := versions{s: storetest.New(t)}
	a := addApp(t, v.s, "a")
	err := v.s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		sp, err := tx.Space.Create().SetAppID(a.ID).SetName("s").Save(ctx)
		if err != nil {
			return err
		}
		tpl, err := tx.Template.Create().SetAppID(a.ID).SetSpaceID(sp.ID).SetName("t").SetNotifyConfig([]byte("{}")).Save(ctx)
		if err != nil {
			return err
		}
		v.template = tpl.ID
		v.snapshot, err = store.EnsureSnapshot(ctx, tx, parse(t, `{"id":"x"}`), time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (v versions) add(t *testing.T, draft, deleted bool, version *string) error {
	t.Helper()
	return v.s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return tx.PipelineVersion.Create().SetTemplateID(v.template).SetSnapshotID(v.snapshot).
			SetDraft(draft).SetIsDeleted(deleted).SetNillableVersion(version).Exec(ctx)
	})
}

func parse(t *testing.T, doc string) *flow.Pipeline {
	t.Helper()
	p, err := flow.Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestATemplateHasOneLiveDraft(t *testing.T) {
	t.Parallel()
	v := newVersions(t)
	for range 2 { // deleted drafts do not count
		if err := v.add(t, true, true, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.add(t, true, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := v.add(t, true, false, nil); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("second live draft: %v", err)
	}
}

func TestAVersionNumberIsTakenForEver(t *testing.T) {
	t.Parallel()
	v := newVersions(t)
	one := "1.0.0"
	if err := v.add(t, false, true, &one); err != nil {
		t.Fatal(err)
	}
	if err := v.add(t, false, false, &one); fault.CodeOf(err) != fault.CodeConflict {
		t.Errorf("the same version again: %v", err)
	}
}

func TestEqualTreesShareASnapshot(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	docs := []string{`{"id":"a","name":"n"}`, `{ "name": "n", "id": "b" }`, `{"name":"other"}`}
	ids := make([]int, 3*8)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var g errgroup.Group
	for i := range ids {
		g.Go(func() error {
			p, err := flow.Parse([]byte(docs[i%3]))
			if err != nil {
				return err
			}
			return s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) (err error) {
				ids[i], err = store.EnsureSnapshot(ctx, tx, p, now)
				return err
			})
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if want := ids[i%3/2*2]; id != want {
			t.Errorf("tree %d is in row %d, want %d", i, id, want)
		}
	}
	if ids[0] == ids[2] {
		t.Error("different trees share a row")
	}
	row, err := s.Read.Snapshot.Get(t.Context(), ids[2])
	if err != nil {
		t.Fatal(err)
	}
	if string(row.Document) != docs[2] || !row.CreateTime.Equal(now) {
		t.Errorf("row holds %s of %v", row.Document, row.CreateTime)
	}
}
