package template_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"rehearse.dev/ent/pipelineversion"
	"rehearse.dev/internal/template"
)

func TestSaveDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	first := *w.read(id).DraftVersionID

	t.Run("ReplacesTheDraft", func(t *testing.T) {
		before := w.read(id)
		got := must(w.SaveDraft(w.ctx, w.root, template.SaveDraftParams{
			ID: id, PipelineTree: order(t, "A-1", "A-2"), Description: ptr(" other number "),
		}))(t)
		if got.VersionID != first || got.TemplateID != id {
			t.Errorf("%+v, want the draft %d", got, first)
		}
		row := w.read(id)
		draft := row.Edges.DraftVersion
		if draft.Description != "other number" || draft.Creator != "ours-user" || draft.Operator != "root-user" {
			t.Errorf("%+v", draft)
		}
		if draft.SnapshotID == before.Edges.DraftVersion.SnapshotID || !row.UpdateTime.After(before.UpdateTime) {
			t.Error("the tree or the time did not change")
		}
	})

	t.Run("KeepsTheDescription", func(t *testing.T) {
		w.save(id, order(t))
		if got := w.version(first).Description; got != "other number" {
			t.Errorf("description = %q", got)
		}
	})

	t.Run("IncompleteTreeWarns", func(t *testing.T) {
		got := must(w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: broken(t)}))(t)
		if len(got.Warnings) != 1 || got.Warnings[0].Sub != "VARIABLE" || got.Warnings[0].Code != "INVALID_PIPELINE" ||
			strings.Join(got.Warnings[0].Path, ".") != "pipelineTree.constants.${order_no}.value" {
			t.Errorf("%+v", got.Warnings)
		}
	})

	t.Run("NotFound", func(t *testing.T) {
		for name, s := range w.strangers(id) {
			t.Log(name)
			_, err := w.SaveDraft(w.ctx, s.caller, template.SaveDraftParams{ID: s.id, PipelineTree: json.RawMessage(`7`)})
			refused(t, err, "NOT_FOUND id", "WRONG_TYPE pipelineTree")
		}
	})

	t.Run("Refused", func(t *testing.T) {
		before := w.version(first)
		_, err := w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{
			ID: id, PipelineTree: json.RawMessage(`{"activities":[],"flows":3}`), Description: ptr(strings.Repeat("x", 256)),
		})
		refused(t, err, "TOO_LONG description",
			"INVALID_PIPELINE/INVALID_TREE pipelineTree.activities", "INVALID_PIPELINE/INVALID_TREE pipelineTree.flows")
		if after := w.version(first); after.SnapshotID != before.SnapshotID || !after.UpdateTime.Equal(before.UpdateTime) {
			t.Error("a refused request changed the draft")
		}
	})

	t.Run("AfterARelease", func(t *testing.T) {
		w.save(id, order(t))
		w.release(id)
		draft := w.save(id, order(t, "A-1", "A-3"))
		if draft == first {
			t.Fatal("the release was overwritten")
		}
		if got := w.version(draft).Description; got != "Based on 1.0.0" {
			t.Errorf("description = %q", got)
		}
		if row := w.read(id); effective(row) != row.Edges.DraftVersion || *row.ReleasedVersionID != first {
			t.Errorf("%+v", row)
		}
	})
}

func TestSaveDraftSharesSnapshots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.template(), w.template()
	before := w.store.Read.Snapshot.Query().CountX(w.ctx)
	w.save(a, json.RawMessage("  "+string(order(t))+"\n"))
	if got := w.store.Read.Snapshot.Query().CountX(w.ctx); got != before || before != 1 {
		t.Errorf("%d snapshots, want one", got)
	}
	if w.read(a).Edges.DraftVersion.SnapshotID != w.read(b).Edges.DraftVersion.SnapshotID {
		t.Error("equal trees do not share a snapshot")
	}
}

func TestSaveWithoutVersioning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(template.CreateParams{SpaceID: w.plain, Name: "n", PipelineTree: order(t)})

	got := must(w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{
		ID: id, PipelineTree: order(t, "A-1", "A-2"), Description: ptr("second"),
	}))(t)
	row := w.read(id)
	release := row.Edges.ReleasedVersion
	if row.DraftVersionID != nil || release.ID != got.VersionID || *release.Version != "1.0.1" || release.Description != "second" {
		t.Errorf("%+v", release)
	}

	_, err := w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: broken(t)})
	refused(t, err, "INVALID_PIPELINE/VARIABLE pipelineTree.constants.${order_no}.value")
	_, err = w.Release(w.ctx, w.caller, template.ReleaseParams{ID: id})
	refused(t, err, "WRONG_STATE id", "NO_VERSION id")
	_, err = w.Rollback(w.ctx, w.caller, template.RollbackParams{ID: id, Version: "1.0.0"})
	refused(t, err, "WRONG_STATE id")

	t.Run("SkipsATakenVersion", func(t *testing.T) {
		w.store.Write.PipelineVersion.Create().SetTemplateID(id).SetSnapshotID(release.SnapshotID).
			SetDraft(false).SetVersion("1.0.2").SetIsDeleted(true).ExecX(w.ctx)
		v := w.save(id, order(t, "A-1", "A-3"))
		if got := *w.version(v).Version; got != "1.0.3" {
			t.Errorf("version = %s", got)
		}
	})
}

// A draft from a time with versioning would hide every later save.
func TestSaveWithoutVersioningDiscardsAStaleDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	draft := *w.read(id).DraftVersionID
	w.store.Write.SpaceConfig.Update().SetValue(json.RawMessage(`"false"`)).ExecX(w.ctx)
	if got := effective(w.read(id)); got == nil || got.ID != draft {
		t.Fatalf("effective = %v, want the stale draft", got)
	}
	v := w.save(id, order(t, "A-1", "A-2"))
	row := w.read(id)
	if row.DraftVersionID != nil || effective(row).ID != v || !w.version(draft).IsDeleted {
		t.Errorf("%+v", row)
	}
}

func TestDiscardDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()

	refused(t, w.DiscardDraft(w.ctx, w.caller, id), "NO_VERSION id")
	release := w.release(id)
	refused(t, w.DiscardDraft(w.ctx, w.caller, id), "NO_VERSION id")
	draft := w.save(id, broken(t))
	for name, s := range w.strangers(id) {
		t.Log(name)
		refused(t, w.DiscardDraft(w.ctx, s.caller, s.id), "NOT_FOUND id")
	}
	must(0, w.DiscardDraft(w.ctx, w.caller, id))(t)
	row := w.read(id)
	if row.DraftVersionID != nil || effective(row).ID != release || !w.version(draft).IsDeleted {
		t.Errorf("%+v", row)
	}
	if again := w.save(id, order(t)); again == draft {
		t.Error("a discarded draft came back")
	}
	if n := w.store.Read.PipelineVersion.Query().Where(pipelineversion.Draft(true), pipelineversion.IsDeleted(false)).CountX(w.ctx); n != 1 {
		t.Errorf("%d live drafts", n)
	}
}

func TestSaveDraftStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	check := func(name string, tree json.RawMessage) {
		t.Helper()
		n := w.statements(func(ctx context.Context) {
			must(w.SaveDraft(ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: tree}))(t)
		})
		if n > 6+holding() {
			t.Errorf("%s: %d statements, want at most %d", name, n, 6+holding())
		}
	}
	check("known tree", order(t))
	check("new tree", order(t, "A-1", "A-2"))
	w.release(id)
	check("first draft after a release", order(t, "A-1", "A-3"))
	id = w.create(template.CreateParams{SpaceID: w.plain, Name: "n", PipelineTree: order(t)})
	check("without versioning", order(t, "A-1", "A-4"))
}
