package template_test

import (
	"strings"
	"testing"

	"rehearse.dev/internal/template"
)

func TestCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(template.CreateParams{
		SpaceID: w.space, Name: "orders", Description: "d", PipelineTree: order(t),
		ScopeType: ptr("project"), ScopeValue: ptr("7"),
	})
	w.release(id)
	must(w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{TemplateID: id, NodeID: "nfetch", Name: "p", Outputs: obj}))(t)

	t.Run("OfARelease", func(t *testing.T) {
		got := must(w.Copy(w.ctx, w.root, template.CopyParams{ID: id}))(t)
		row := w.read(got.TemplateID)
		if row.Name != "Copy orders" || row.Description != "d" || *row.ScopeValue != "7" || row.SpaceID != w.space || row.Creator != "root-user" {
			t.Errorf("%+v", row)
		}
		draft := row.Edges.DraftVersion
		if draft == nil || draft.ID != got.VersionID || row.ReleasedVersionID != nil ||
			draft.SnapshotID != w.read(id).Edges.ReleasedVersion.SnapshotID {
			t.Errorf("draft: %+v", draft)
		}
		if n := row.QueryMockPresets().CountX(w.ctx); n != 0 {
			t.Errorf("%d presets were copied", n)
		}
		if len(got.Warnings) != 0 {
			t.Errorf("warnings: %v", got.Warnings)
		}
	})

	t.Run("OfADraftWithProblems", func(t *testing.T) {
		w.save(id, broken(t))
		got := must(w.Copy(w.ctx, w.caller, template.CopyParams{ID: id, Name: ptr(" twin ")}))(t)
		if len(got.Warnings) != 1 || got.Warnings[0].Sub != "VARIABLE" || strings.Join(got.Warnings[0].Path, ".") != "id" {
			t.Errorf("warnings: %+v", got.Warnings)
		}
		if row := w.read(got.TemplateID); row.Name != "twin" || row.Edges.DraftVersion.SnapshotID != w.read(id).Edges.DraftVersion.SnapshotID {
			t.Errorf("%+v", row)
		}
	})

	t.Run("LongName", func(t *testing.T) {
		long := w.create(template.CreateParams{SpaceID: w.space, Name: strings.Repeat("界", 128), PipelineTree: order(t)})
		got := must(w.Copy(w.ctx, w.caller, template.CopyParams{ID: long}))(t)
		if name := w.read(got.TemplateID).Name; name != "Copy "+strings.Repeat("界", 123) {
			t.Errorf("name = %q", name)
		}
	})

	t.Run("Refused", func(t *testing.T) {
		for name, s := range w.strangers(id) {
			t.Log(name)
			_, err := w.Copy(w.ctx, s.caller, template.CopyParams{ID: s.id, Name: ptr(" ")})
			refused(t, err, "NOT_FOUND id", "BLANK name")
		}
		empty := w.store.Write.Template.Create().SetAppID(w.caller.AppID).SetSpaceID(w.space).
			SetName("empty").SetNotifyConfig([]byte("{}")).SaveX(w.ctx).ID
		_, err := w.Copy(w.ctx, w.caller, template.CopyParams{ID: empty})
		refused(t, err, "NO_VERSION id")
		_, err = w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{TemplateID: empty, NodeID: "n", Name: "p", Outputs: obj})
		refused(t, err, "NO_VERSION templateId")
	})

	t.Run("WithoutVersioning", func(t *testing.T) {
		plain := w.create(template.CreateParams{SpaceID: w.plain, Name: "n", PipelineTree: order(t)})
		got := must(w.Copy(w.ctx, w.caller, template.CopyParams{ID: plain}))(t)
		if row := w.read(got.TemplateID); row.DraftVersionID != nil || *row.Edges.ReleasedVersion.Version != "1.0.0" {
			t.Errorf("%+v", row)
		}
	})
}
