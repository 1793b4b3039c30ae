package template_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/template"
)

func (w *world) snapshot(doc json.RawMessage) int {
	w.t.Helper()
	p := must(flow.Parse(doc))(w.t)
	return w.store.Write.Snapshot.Create().SetDigest(p.Digest()).SetDocument(doc).SaveX(w.ctx).ID
}

func TestTreesGet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.snapshot(order(t, "fetch order", "fetch <order>"))

	t.Run("ReadsOnce", func(t *testing.T) {
		trees := template.NewTrees(1<<20, badConstants)
		var got [16]*template.Tree
		n := w.statements(func(ctx context.Context) {
			for _, err := range together(len(got), func(i int) (err error) {
				got[i], err = trees.Get(ctx, w.store.Read, id)
				return err
			}) {
				must(0, err)(t)
			}
		})
		if n != 1 {
			t.Errorf("%d statements for one snapshot", n)
		}
		for _, tree := range got {
			if tree != got[0] {
				t.Fatal("one snapshot has two trees")
			}
		}
	})

	t.Run("NamesAreCleaned", func(t *testing.T) {
		tree := must(w.trees.Get(w.ctx, w.store.Read, id))(t)
		if raw, clean := tree.Pipeline.Activity("nfetch").Name, tree.Clean.Activity("nfetch").Name; raw != "fetch <order>" || clean != "fetch order" {
			t.Errorf("names %q and %q", raw, clean)
		}
		other := must(w.trees.Get(w.ctx, w.store.Read, w.snapshot(order(t))))(t)
		if other.Clean != other.Pipeline {
			t.Error("a clean tree was made anew")
		}
	})

	t.Run("Missing", func(t *testing.T) {
		_, err := w.trees.Get(w.ctx, w.store.Read, 999_999_999)
		if !ent.IsNotFound(err) {
			t.Errorf("%v", err)
		}
	})

	t.Run("BrokenRowIsInternal", func(t *testing.T) {
		bad := w.store.Write.Snapshot.Create().SetDigest("d").SetDocument([]byte("[]")).SaveX(w.ctx).ID
		if _, err := w.trees.Get(w.ctx, w.store.Read, bad); fault.CodeOf(err) != fault.CodeInternal {
			t.Errorf("%v", err)
		}
	})

	t.Run("Cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(w.ctx)
		cancel()
		if _, err := template.NewTrees(1<<20, badConstants).Get(ctx, w.store.Read, id); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func TestTreesFindProblemsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.snapshot(broken(t))
	var checks atomic.Int64
	trees := template.NewTrees(1<<20, func(p *flow.Pipeline) []fault.Problem {
		checks.Add(1)
		return badConstants(p)
	})
	tree := must(trees.Get(w.ctx, w.store.Read, id))(t)
	if checks.Load() != 0 {
		t.Error("a tree was checked before anybody asked")
	}
	together(8, func(int) error {
		if len(tree.Problems()) != 1 {
			t.Error(tree.Problems())
		}
		return nil
	})
	if n := checks.Load(); n != 1 {
		t.Errorf("%d checks", n)
	}
}

func TestTreesMakeRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []int
	for i := range 6 {
		ids = append(ids, w.snapshot(order(t, "A-1", fmt.Sprint("B-", i))))
	}
	size := len(order(t))
	trees := template.NewTrees(3*(6*size+4<<10), badConstants) // three of them
	reads := func(want int, ids ...int) {
		t.Helper()
		n := w.statements(func(ctx context.Context) {
			for _, id := range ids {
				must(trees.Get(ctx, w.store.Read, id))(t)
			}
		})
		if n != want {
			t.Errorf("%d reads for %v, want %d", n, ids, want)
		}
	}
	reads(3, ids[:3]...)
	reads(0, ids[:3]...)
	reads(3, ids[3:]...)
	reads(0, ids[3:]...)
	reads(1, ids[0])

	tiny := template.NewTrees(size, badConstants) // holds none
	for range 2 {
		if n := w.statements(func(ctx context.Context) { must(tiny.Get(ctx, w.store.Read, ids[0]))(t) }); n != 1 {
			t.Errorf("%d reads", n)
		}
	}
}

func TestTreesGetAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.snapshot(order(t, "A-1", "B-1")), w.snapshot(order(t, "A-1", "B-2"))
	one := must(w.trees.Get(w.ctx, w.store.Read, a))(t)
	for _, want := range []int{1, 0} {
		n := w.statements(func(ctx context.Context) {
			all := must(w.trees.GetAll(ctx, w.store.Read, []int{a, b}))(t)
			if len(all) != 2 || all[a] != one || all[b] == nil {
				t.Errorf("%v", all)
			}
		})
		if n != want {
			t.Errorf("%d statements, want %d", n, want)
		}
	}
	if all := must(w.trees.GetAll(w.ctx, w.store.Read, []int{999_999_999}))(t); len(all) != 0 {
		t.Errorf("%v", all)
	}
}

// After a rollback the next snapshot may get the id of the one that is gone.
func TestTreesForgetNothingTheyShouldNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	var lost int
	err := w.store.InTx(w.ctx, func(ctx context.Context, tx *ent.Tx) (err error) {
		lost, err = store.EnsureSnapshot(ctx, tx, must(flow.Parse(broken(t)))(t), w.now())
		must(0, err)(t)
		return errRollback
	})
	if err == nil || !strings.Contains(err.Error(), errRollback.Error()) {
		t.Fatal(err)
	}
	w.save(id, order(t, "A-1", "A-2"))
	got := w.read(id).Edges.DraftVersion.SnapshotID
	tree := must(w.trees.Get(w.ctx, w.store.Read, got))(t)
	if value := string(tree.Pipeline.Constant("${order_no}").Value); value != `"A-2"` {
		t.Errorf("snapshot %d, after %d was rolled back, has the value %s", got, lost, value)
	}
}

func TestTreeInputSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tree := must(w.trees.Get(w.ctx, w.store.Read, w.snapshot(order(t))))(t)
	list := tree.InputSchema()
	if len(list) != 2 {
		t.Fatalf("%+v", list)
	}
	note, number := list[0], list[1]
	if note.Key != "${note}" || note.Type != "textarea" || !note.IsRequired || note.Validation != "" || note.Index != 0 {
		t.Errorf("%+v", note)
	}
	if number.Key != "${order_no}" || number.Name != "order number" || number.Description != "as printed" ||
		string(number.DefaultValue) != `"A-1"` || !number.IsRequired || number.Validation != "^.+$" || number.Index != 1 {
		t.Errorf("%+v", number)
	}
}

func TestTreesCheck(t *testing.T) {
	t.Parallel()
	trees := template.NewTrees(1<<20, badConstants)
	for doc, want := range map[string]string{
		string(order(t)):         "",
		string(broken(t)):        "VARIABLE constants.${order_no}.value",
		`[]`:                     "INVALID_TREE ",
		`{`:                      "INVALID_TREE ",
		`{"activities":{"a":1}}`: "INVALID_TREE activities.a",
	} {
		got := ""
		for _, p := range trees.Check(json.RawMessage(doc)) {
			got += p.Code + p.Sub + " " + strings.Join(p.Path, ".")
		}
		if got != want {
			t.Errorf("%.40s: %q, want %q", doc, got, want)
		}
	}
}
