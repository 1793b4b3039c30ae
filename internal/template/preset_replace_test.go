package template_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/ent/mockpreset"
	"rehearse.dev/internal/template"
)

// presets shows the presets of a template as node:name, a star for a default.
func (w *world) presets(templateID int) string {
	w.t.Helper()
	rows := must(w.store.Read.MockPreset.Query().Where(mockpreset.TemplateID(templateID)).
		Order(ent.Asc(mockpreset.FieldID)).All(w.ctx))(w.t)
	list := ""
	for _, row := range rows {
		star := ""
		if row.IsDefault {
			star = "*"
		}
		list += fmt.Sprintf("%s:%s%s ", row.NodeID, row.Name, star)
	}
	return list
}

func TestReplacePresets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	item := func(id *int, node, name string, isDefault bool) template.PresetItem {
		return template.PresetItem{ID: id, NodeID: node, Name: name, Outputs: obj, IsDefault: isDefault}
	}
	for name, c := range map[string]struct {
		list   func(a, b int) []template.PresetItem
		delete bool
		want   string
	}{
		"nothing": {func(a, b int) []template.PresetItem { return nil }, false, "nfetch:p* nfetch:p "},
		"empty list without the flag deletes nothing": {
			func(a, b int) []template.PresetItem { return []template.PresetItem{} }, false, "nfetch:p* nfetch:p "},
		"delete all": {func(a, b int) []template.PresetItem { return nil }, true, ""},
		"change and make": {func(a, b int) []template.PresetItem {
			return []template.PresetItem{item(nil, "ntell", "new", true), item(&a, "nfetch", "first", true)}
		}, false, "nfetch:first* nfetch:p ntell:new* "},
		"delete the others": {func(a, b int) []template.PresetItem {
			return []template.PresetItem{item(&b, "nfetch", "second", true)}
		}, true, "nfetch:second* "},
		"defaults change places": {func(a, b int) []template.PresetItem {
			return []template.PresetItem{item(&b, "nfetch", "b", true), item(&a, "nfetch", "a", false)}
		}, false, "nfetch:a nfetch:b* "},
		"a new default wins over an unlisted one": {func(a, b int) []template.PresetItem {
			return []template.PresetItem{item(nil, "nfetch", "c", true)}
		}, false, "nfetch:p nfetch:p nfetch:c* "},
		"a default moves to another node": {func(a, b int) []template.PresetItem {
			return []template.PresetItem{item(&a, "ntell", "a", true), item(&b, "nfetch", "b", true)}
		}, false, "ntell:a* nfetch:b* "},
		"the same again": {func(a, b int) []template.PresetItem {
			return []template.PresetItem{item(&a, "nfetch", "p", true)}
		}, false, "nfetch:p* nfetch:p "},
	} {
		t.Run(name, func(t *testing.T) {
			id := w.template()
			a, b := w.preset(id, "nfetch", true), w.preset(id, "nfetch", false)
			list := c.list(a, b)
			ids := must(w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{
				TemplateID: id, Presets: list, DeleteOthers: c.delete,
			}))(t)
			if got := w.presets(id); got != c.want {
				t.Errorf("presets %q, want %q", got, c.want)
			}
			for i, got := range ids {
				if row := w.readPreset(got); row.Name != list[i].Name || list[i].ID != nil && *list[i].ID != got {
					t.Errorf("id %d of the answer is preset %q", i, row.Name)
				}
			}
		})
	}
}

func TestReplacePresetsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	a := w.preset(id, "nfetch", true)
	foreign := w.preset(w.template(), "nfetch", false)

	_, err := w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, DeleteOthers: true, Presets: []template.PresetItem{
		{NodeID: "ntell", Name: "ok", Outputs: obj, IsDefault: true},
		{ID: &a, NodeID: "nowhere", Name: "", Outputs: json.RawMessage(`[]`)},
		{ID: &a, NodeID: "ntell", Name: "twice", Outputs: obj, IsDefault: true},
		{ID: &foreign, NodeID: "nstart", Name: "foreign", Outputs: obj},
	}})
	refused(t, err, "UNKNOWN_NODE presets.1.nodeId", "BLANK presets.1.name", "WRONG_TYPE presets.1.outputs",
		"INVALID_VALUE presets.2.id", "INVALID_VALUE presets.2.isDefault",
		"UNKNOWN_PRESET presets.3.id", "NOT_AN_ACTIVITY presets.3.nodeId")

	_, err = w.ReplacePresets(w.ctx, w.caller, template.ReplacePresetsParams{TemplateID: id, Presets: []template.PresetItem{
		{NodeID: "ntell", Name: "ok", Outputs: obj}, {ID: ptr(999_999_999), NodeID: "ntell", Name: "x", Outputs: obj},
	}})
	refused(t, err, "UNKNOWN_PRESET presets.1.id")
	if got := w.presets(id); got != "nfetch:p* " {
		t.Errorf("a refused request left %q", got)
	}
	for name, s := range w.strangers(id) {
		t.Log(name)
		_, err := w.ReplacePresets(w.ctx, s.caller, template.ReplacePresetsParams{TemplateID: s.id, DeleteOthers: true})
		refused(t, err, "NOT_FOUND templateId")
	}
}
