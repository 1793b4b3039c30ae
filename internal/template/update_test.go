package template_test

import (
	"encoding/json"
	"testing"

	"rehearse.dev/internal/template"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.create(template.CreateParams{
		SpaceID: w.space, Name: "orders", Description: "d", PipelineTree: order(t),
		ScopeType: ptr("project"), ScopeValue: ptr("7"),
	})

	t.Run("OK", func(t *testing.T) {
		before := w.read(id)
		must(w.Update(w.ctx, w.root, template.UpdateParams{
			ID: id, Name: ptr(" bills "), IsEnabled: ptr(false),
			NotifyConfig: json.RawMessage(`{"notify_type":{},"notify_receivers":{"receiver_group":["a"]}}`),
		}))(t)
		row := w.read(id)
		if row.Name != "bills" || row.IsEnabled || row.Description != "d" || *row.ScopeType != "project" {
			t.Errorf("%+v", row)
		}
		if row.UpdatedBy != "root-user" || !row.UpdateTime.After(before.UpdateTime) || row.Creator != "ours-user" {
			t.Errorf("author and time: %+v", row)
		}
	})

	t.Run("NothingGiven", func(t *testing.T) {
		before := w.read(id)
		must(w.Update(w.ctx, w.caller, template.UpdateParams{ID: id}))(t)
		if after := w.read(id); !after.UpdateTime.Equal(before.UpdateTime) {
			t.Error("an empty change moved updateTime")
		}
	})

	t.Run("Scope", func(t *testing.T) {
		must(w.Update(w.ctx, w.caller, template.UpdateParams{ID: id, Scope: &template.Scope{Type: ptr("team"), Value: ptr("9")}}))(t)
		if row := w.read(id); *row.ScopeType != "team" || *row.ScopeValue != "9" {
			t.Errorf("%+v", row)
		}
		_, err := w.Update(w.ctx, w.caller, template.UpdateParams{ID: id, Scope: &template.Scope{Type: ptr("team")}})
		refused(t, err, "REQUIRED scopeValue")
		must(w.Update(w.ctx, w.caller, template.UpdateParams{ID: id, Scope: &template.Scope{}}))(t)
		if row := w.read(id); row.ScopeType != nil || row.ScopeValue != nil {
			t.Errorf("%+v", row)
		}
	})

	t.Run("NotFound", func(t *testing.T) {
		for name, s := range w.strangers(id) {
			_, err := w.Update(w.ctx, s.caller, template.UpdateParams{ID: s.id, Name: ptr("")})
			t.Log(name)
			refused(t, err, "NOT_FOUND id", "BLANK name")
		}
	})

	t.Run("MalformedNotifyConfig", func(t *testing.T) {
		_, err := w.Update(w.ctx, w.caller, template.UpdateParams{ID: id, NotifyConfig: json.RawMessage(`{"notify_type":7}`)})
		refused(t, err, "WRONG_TYPE notifyConfig.notify_type", "REQUIRED notifyConfig.notify_receivers")
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	for name, s := range w.strangers(id) {
		t.Log(name)
		refused(t, w.Delete(w.ctx, s.caller, s.id), "NOT_FOUND id")
	}
	must(0, w.Delete(w.ctx, w.caller, id))(t)
	if row := w.read(id); !row.IsDeleted || row.DraftVersionID == nil {
		t.Errorf("%+v", row)
	}
	refused(t, w.Delete(w.ctx, w.caller, id), "NOT_FOUND id")
	_, err := w.SaveDraft(w.ctx, w.caller, template.SaveDraftParams{ID: id, PipelineTree: order(t)})
	refused(t, err, "NOT_FOUND id")
}
