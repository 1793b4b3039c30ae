package template_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/internal/template"
)

var obj = json.RawMessage(`{"state":"paid","n":1.0}`)

// preset makes a preset of that node.
func (w *world) preset(templateID int, node string, isDefault bool) int {
	w.t.Helper()
	return must(w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{
		TemplateID: templateID, NodeID: node, Name: "p", Outputs: obj, IsDefault: isDefault,
	}))(w.t)
}

func (w *world) readPreset(id int) *ent.MockPreset {
	w.t.Helper()
	return must(w.store.Read.MockPreset.Get(w.ctx, id))(w.t)
}

// defaults lists the default presets of a template.
func (w *world) defaults(templateID int) string {
	w.t.Helper()
	ids := must(w.store.Read.MockPreset.Query().
		Where(mockpreset.TemplateID(templateID), mockpreset.IsDefault(true)).
		Order(ent.Asc(mockpreset.FieldID)).IDs(w.ctx))(w.t)
	return fmt.Sprint(ids)
}

func TestCreatePreset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()

	t.Run("OK", func(t *testing.T) {
		got := w.readPreset(must(w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{
			TemplateID: id, NodeID: "nfetch", Name: " paid ", Outputs: obj,
		}))(t))
		if got.Name != "paid" || got.NodeID != "nfetch" || string(got.Outputs) != string(obj) || got.IsDefault || got.Operator != "ours-user" {
			t.Errorf("%+v", got)
		}
	})

	t.Run("DefaultMoves", func(t *testing.T) {
		first, elsewhere := w.preset(id, "nfetch", true), w.preset(id, "ntell", true)
		if got, want := w.defaults(id), fmt.Sprint([]int{first, elsewhere}); got != want {
			t.Fatalf("defaults %s, want %s", got, want)
		}
		second := w.preset(id, "nfetch", true)
		if got, want := w.defaults(id), fmt.Sprint([]int{elsewhere, second}); got != want {
			t.Errorf("defaults %s, want %s", got, want)
		}
	})

	t.Run("NotFound", func(t *testing.T) {
		for name, s := range w.strangers(id) {
			t.Log(name)
			_, err := w.CreatePreset(w.ctx, s.caller, template.CreatePresetParams{TemplateID: s.id, NodeID: "nfetch", Outputs: obj})
			refused(t, err, "NOT_FOUND templateId", "BLANK name")
		}
	})

	for name, c := range map[string]struct {
		node, outputs, name string
		want                []string
	}{
		"unknown node": {"nowhere", `{}`, "p", []string{"UNKNOWN_NODE nodeId"}},
		"no node":      {"", `{}`, "p", []string{"UNKNOWN_NODE nodeId"}},
		"gateway":      {"npaid", `{}`, "p", []string{"NOT_AN_ACTIVITY nodeId"}},
		"event":        {"nstart", `{}`, "p", []string{"NOT_AN_ACTIVITY nodeId"}},
		"list":         {"nfetch", `[]`, "p", []string{"WRONG_TYPE outputs"}},
		"null":         {"nfetch", `null`, "p", []string{"WRONG_TYPE outputs"}},
		"text":         {"nfetch", `"x"`, "p", []string{"WRONG_TYPE outputs"}},
		"nothing":      {"nfetch", ``, "p", []string{"WRONG_TYPE outputs"}},
		"NUL":          {"nfetch", `{"a":"\u0000"}`, "p", []string{"INVALID_VALUE outputs"}},
		"long name":    {"nfetch", `{}`, strings.Repeat("n", 129), []string{"TOO_LONG name"}},
		"all at once":  {"nowhere", `7`, "", []string{"UNKNOWN_NODE nodeId", "WRONG_TYPE outputs", "BLANK name"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{
				TemplateID: id, NodeID: c.node, Name: c.name, Outputs: json.RawMessage(c.outputs),
			})
			refused(t, err, c.want...)
		})
	}
}

// The effective tree is the draft if there is one.
func TestCreatePresetLooksAtTheEffectiveTree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	w.release(id)
	w.preset(id, "ntell", false)
	w.save(id, order(t, "ntell", "nhear"))
	w.preset(id, "nhear", false)
	_, err := w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{TemplateID: id, NodeID: "ntell", Name: "p", Outputs: obj})
	refused(t, err, "UNKNOWN_NODE nodeId")
}

func TestCreatePresetLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	items := make([]template.PresetItem, 1000)
	for i := range items {
		items[i] = template.PresetItem{NodeID: "nfetch", Name: "p", Outputs: obj}
	}
	ids := must(w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, Presets: items}))(t)
	_, err := w.CreatePreset(w.ctx, w.caller, template.CreatePresetParams{TemplateID: id, NodeID: "nfetch", Name: "p", Outputs: obj})
	refused(t, err, "LIMIT_REACHED templateId")
	_, err = w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, Presets: items[:1]})
	refused(t, err, "LIMIT_REACHED presets")
	_, err = w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, Presets: append(items, items[0])})
	refused(t, err, "TOO_LONG presets")
	must(0, w.DeletePreset(w.ctx, w.caller, ids[500]))(t)
	w.preset(id, "nfetch", true)
}

func TestUpdatePreset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()

	t.Run("OK", func(t *testing.T) {
		preset := w.preset(id, "nfetch", false)
		must(w.UpdatePreset(w.ctx, w.root, template.UpdatePresetParams{ID: preset, Name: ptr(" q "), Outputs: json.RawMessage(`{}`)}))(t)
		got := w.readPreset(preset)
		if got.Name != "q" || string(got.Outputs) != "{}" || got.NodeID != "nfetch" || got.Operator != "root-user" || !got.UpdateTime.After(got.CreateTime) {
			t.Errorf("%+v", got)
		}
	})

	t.Run("DefaultMovesAndGoes", func(t *testing.T) {
		a, b := w.preset(id, "nfetch", true), w.preset(id, "nfetch", false)
		must(w.UpdatePreset(w.ctx, w.caller, template.UpdatePresetParams{ID: b, IsDefault: ptr(true)}))(t)
		if w.readPreset(a).IsDefault || !w.readPreset(b).IsDefault {
			t.Error("the default did not move")
		}
		c := w.preset(id, "ntell", true)
		must(w.UpdatePreset(w.ctx, w.caller, template.UpdatePresetParams{ID: b, NodeID: ptr("ntell")}))(t)
		if got := w.readPreset(b); w.readPreset(c).IsDefault || !got.IsDefault || got.NodeID != "ntell" {
			t.Error("a default that moves to another node takes its default")
		}
		must(w.UpdatePreset(w.ctx, w.caller, template.UpdatePresetParams{ID: b, IsDefault: ptr(false)}))(t)
		if got := w.defaults(id); got != "[]" {
			t.Errorf("defaults %s", got)
		}
	})

	t.Run("Refused", func(t *testing.T) {
		preset := w.preset(id, "nfetch", false)
		_, err := w.UpdatePreset(w.ctx, w.caller, template.UpdatePresetParams{
			ID: preset, NodeID: ptr("npaid"), Name: ptr(""), Outputs: json.RawMessage(`null`),
		})
		refused(t, err, "NOT_AN_ACTIVITY nodeId", "BLANK name", "WRONG_TYPE outputs")
		for name, s := range w.strangers(preset) {
			t.Log(name)
			_, err := w.UpdatePreset(w.ctx, s.caller, template.UpdatePresetParams{ID: s.id, Name: ptr("")})
			refused(t, err, "NOT_FOUND id", "BLANK name")
			refused(t, w.DeletePreset(w.ctx, s.caller, s.id), "NOT_FOUND id")
		}
	})

	t.Run("NodeIsGone", func(t *testing.T) {
		preset := w.preset(id, "nfetch", false)
		w.save(id, json.RawMessage(`{}`))
		must(w.UpdatePreset(w.ctx, w.caller, template.UpdatePresetParams{ID: preset, Name: ptr("old"), NodeID: ptr("nfetch")}))(t)
	})
}

func TestPresetOfADeletedTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	preset := w.preset(id, "nfetch", false)
	must(0, w.Delete(w.ctx, w.caller, id))(t)
	_, err := w.UpdatePreset(w.ctx, w.caller, template.UpdatePresetParams{ID: preset, Name: ptr("q")})
	refused(t, err, "NOT_FOUND id")
	refused(t, w.DeletePreset(w.ctx, w.caller, preset), "NOT_FOUND id")
}

func TestPresetOfAScheme(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	preset := w.preset(id, "nfetch", false)
	scheme := w.scheme(id, "all paid", template.Choice{NodeID: "nfetch", PresetID: &preset})

	err := w.DeletePreset(w.ctx, w.caller, preset)
	refused(t, err, "CONFLICT id")
	if err == nil || !strings.Contains(err.Error(), `"all paid"`) {
		t.Errorf("%v does not name the scheme", err)
	}
	_, err = w.UpdatePreset(w.ctx, w.caller, template.UpdatePresetParams{ID: preset, NodeID: ptr("ntell")})
	refused(t, err, "CONFLICT nodeId")
	item := template.PresetItem{ID: &preset, NodeID: "ntell", Name: "p", Outputs: obj}
	_, err = w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, Presets: []template.PresetItem{item}})
	refused(t, err, "CONFLICT presets.0.nodeId")
	_, err = w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, DeleteOthers: true})
	refused(t, err, "CONFLICT deleteOthers")

	must(0, w.DeleteScheme(w.ctx, w.caller, scheme))(t)
	must(0, w.DeletePreset(w.ctx, w.caller, preset))(t)
	if n := w.store.Read.MockPreset.Query().CountX(w.ctx); n != 0 {
		t.Errorf("%d presets are left", n)
	}
}

func TestCreatePresetStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	for range 2 { // the tree is read the first time only
		n := w.statements(func(ctx context.Context) {
			must(w.CreatePreset(ctx, w.caller, template.CreatePresetParams{
				TemplateID: id, NodeID: "nfetch", Name: "p", Outputs: obj, IsDefault: true,
			}))(t)
		})
		if n > 5+holding() {
			t.Errorf("%d statements, want at most %d", n, 5+holding())
		}
	}
}
