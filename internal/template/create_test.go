package template_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rehearse.dev/ent/snapshot"
	"rehearse.dev/internal/template"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	t.Run("OK", func(t *testing.T) {
		tree := order(t)
		got := must(w.Create(w.ctx, w.caller, template.CreateParams{
			SpaceID: w.space, Name: "  orders ", Description: " what they do ",
			ScopeType: ptr("project"), ScopeValue: ptr(" 7 "),
			NotifyConfig: json.RawMessage(`{"notify_type":{"fail":["mail"],"success":[]},"notify_receivers":{"more_receiver":"","receiver_group":[]}}`),
			PipelineTree: tree,
		}))(t)
		row := w.read(got.TemplateID)
		if row.Name != "orders" || row.Description != "what they do" || *row.ScopeType != "project" || *row.ScopeValue != "7" {
			t.Errorf("texts are not kept trimmed: %+v", row)
		}
		if row.AppID != w.caller.AppID || row.Creator != "ours-user" || row.UpdatedBy != "ours-user" || !row.IsEnabled {
			t.Errorf("owner: %+v", row)
		}
		draft := row.Edges.DraftVersion
		if draft == nil || draft.ID != got.VersionID || !draft.Draft || draft.Version != nil || row.ReleasedVersionID != nil {
			t.Fatalf("draft: %+v", draft)
		}
		if got := effective(row); got != draft {
			t.Errorf("effective = %v", got)
		}
		doc := must(w.store.Read.Snapshot.Query().Where(snapshot.ID(draft.SnapshotID)).Only(w.ctx))(t).Document
		if string(doc) != strings.TrimSpace(string(tree)) {
			t.Error("the tree is not kept byte for byte")
		}
		if len(got.Warnings) != 0 {
			t.Errorf("warnings: %v", got.Warnings)
		}
	})

	t.Run("Defaults", func(t *testing.T) {
		row := w.read(w.create(template.CreateParams{SpaceID: w.space, Name: "n", PipelineTree: order(t), Creator: ptr("somebody")}))
		if row.ScopeType != nil || row.ScopeValue != nil || string(row.NotifyConfig) != "{}" || row.Creator != "somebody" {
			t.Errorf("%+v", row)
		}
	})

	t.Run("IncompleteTreeWarns", func(t *testing.T) {
		got := must(w.Create(w.ctx, w.caller, template.CreateParams{SpaceID: w.space, Name: "n", PipelineTree: json.RawMessage(`{}`)}))(t)
		if len(got.Warnings) == 0 {
			t.Fatal("no warnings")
		}
		for _, p := range got.Warnings {
			if p.Code != "INVALID_PIPELINE" || p.Sub == "" || p.Path[0] != "pipelineTree" {
				t.Errorf("%+v", p)
			}
		}
	})

	t.Run("ForeignSpaceByRoot", func(t *testing.T) {
		got := must(w.Create(w.ctx, w.root, template.CreateParams{SpaceID: w.space, Name: "n", PipelineTree: order(t)}))(t)
		if row := w.read(got.TemplateID); row.AppID != w.caller.AppID {
			t.Errorf("the template belongs to app %d, not to that of its space", row.AppID)
		}
	})

	t.Run("NotFound", func(t *testing.T) {
		for name, s := range w.strangers(w.space) {
			_, err := w.Create(w.ctx, s.caller, template.CreateParams{SpaceID: s.id, Name: "n", PipelineTree: order(t)})
			t.Log(name)
			refused(t, err, "NOT_FOUND spaceId")
		}
	})

	t.Run("DeletedSpace", func(t *testing.T) {
		gone := w.newSpace(w.caller, "gone", "true")
		id := w.create(template.CreateParams{SpaceID: gone, Name: "n", PipelineTree: order(t)})
		w.store.Write.Space.UpdateOneID(gone).SetIsDeleted(true).ExecX(w.ctx)
		_, err := w.Create(w.ctx, w.caller, template.CreateParams{SpaceID: gone, Name: "n", PipelineTree: order(t)})
		refused(t, err, "NOT_FOUND spaceId")
		_, err = w.Update(w.ctx, w.root, template.UpdateParams{ID: id, Name: ptr("m")})
		refused(t, err, "NOT_FOUND id")
	})

	t.Run("AllProblemsAtOnce", func(t *testing.T) {
		before := w.store.Read.Template.Query().CountX(w.ctx)
		_, err := w.Create(w.ctx, w.other, template.CreateParams{
			SpaceID: w.space, Name: " ", Description: strings.Repeat("é", 257),
			ScopeType: ptr("project"), NotifyConfig: json.RawMessage(`[]`),
			PipelineTree: json.RawMessage(`{"a":1,"a":2}`), Creator: ptr(strings.Repeat("x", 33)),
		})
		refused(t, err, "BLANK name", "TOO_LONG description", "TOO_LONG creator", "REQUIRED scopeValue",
			"WRONG_TYPE notifyConfig", "INVALID_PIPELINE/INVALID_TREE pipelineTree.a", "NOT_FOUND spaceId")
		if after := w.store.Read.Template.Query().CountX(w.ctx); after != before {
			t.Errorf("%d templates were written", after-before)
		}
	})
}

func TestCreateWithoutVersioning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := w.read(w.create(template.CreateParams{SpaceID: w.plain, Name: "n", PipelineTree: order(t)}))
	if row.DraftVersionID != nil || row.Edges.ReleasedVersion == nil || *row.Edges.ReleasedVersion.Version != "1.0.0" {
		t.Errorf("%+v", row)
	}
	_, err := w.Create(w.ctx, w.caller, template.CreateParams{SpaceID: w.plain, Name: "n", PipelineTree: broken(t)})
	refused(t, err, "INVALID_PIPELINE/VARIABLE pipelineTree.constants.${order_no}.value")
}

func TestCreateTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok := func(change func(*template.CreateParams)) error {
		p := template.CreateParams{SpaceID: w.space, Name: "n", PipelineTree: order(t)}
		change(&p)
		_, err := w.Create(w.ctx, w.caller, p)
		return err
	}
	for name, c := range map[string]struct {
		change func(*template.CreateParams)
		want   []string
	}{
		"128 wide characters":  {func(p *template.CreateParams) { p.Name = strings.Repeat("界", 128) }, nil},
		"129 wide characters":  {func(p *template.CreateParams) { p.Name = strings.Repeat("界", 129) }, []string{"TOO_LONG name"}},
		"NUL":                  {func(p *template.CreateParams) { p.Name = "a\x00b" }, []string{"INVALID_VALUE name"}},
		"not UTF-8":            {func(p *template.CreateParams) { p.Description = "\xff" }, []string{"INVALID_VALUE description"}},
		"blank scope":          {func(p *template.CreateParams) { p.ScopeType, p.ScopeValue = ptr(""), ptr("1") }, []string{"BLANK scopeType"}},
		"long scope":           {func(p *template.CreateParams) { p.ScopeType, p.ScopeValue = ptr("t"), ptr(strings.Repeat("v", 129)) }, []string{"TOO_LONG scopeValue"}},
		"only a scope value":   {func(p *template.CreateParams) { p.ScopeValue = ptr("1") }, []string{"REQUIRED scopeType"}},
		"tree is a list":       {func(p *template.CreateParams) { p.PipelineTree = json.RawMessage(" [1]") }, []string{"WRONG_TYPE pipelineTree"}},
		"tree is null":         {func(p *template.CreateParams) { p.PipelineTree = json.RawMessage("null") }, []string{"WRONG_TYPE pipelineTree"}},
		"tree is missing":      {func(p *template.CreateParams) { p.PipelineTree = nil }, []string{"INVALID_PIPELINE/INVALID_TREE pipelineTree"}},
		"tree is not JSON":     {func(p *template.CreateParams) { p.PipelineTree = json.RawMessage("{") }, []string{"INVALID_PIPELINE/INVALID_TREE pipelineTree"}},
		"tree holds NUL":       {func(p *template.CreateParams) { p.PipelineTree = json.RawMessage(`{"x":"\u0000"}`) }, []string{"INVALID_PIPELINE/INVALID_TREE pipelineTree.x"}},
		"notify config is {}":  {func(p *template.CreateParams) { p.NotifyConfig = json.RawMessage("{}") }, nil},
		"notify config broken": {func(p *template.CreateParams) { p.NotifyConfig = json.RawMessage(`{"notify_type":{"fail":[1]}}`) }, []string{"WRONG_TYPE notifyConfig.notify_type.fail.0", "REQUIRED notifyConfig.notify_receivers"}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, ok(c.change), c.want...) })
	}
}
