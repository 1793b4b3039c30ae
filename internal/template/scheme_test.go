package template_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"rehearse.dev/internal/template"
)

func (w *world) scheme(templateID int, name string, choices ...template.Choice) int {
	w.t.Helper()
	return must(w.CreateScheme(w.ctx, w.caller, template.CreateSchemeParams{
		TemplateID: templateID, Name: name, Choices: choices,
	}))(w.t)
}

func TestCreateScheme(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	fetch, tell := w.preset(id, "nfetch", false), w.preset(id, "ntell", false)
	foreign := w.preset(w.template(), "nfetch", false)

	t.Run("OK", func(t *testing.T) {
		scheme := w.scheme(id, " paid ", template.Choice{NodeID: "nfetch", PresetID: &fetch}, template.Choice{NodeID: "ntell"})
		row := must(w.store.Read.MockScheme.Get(w.ctx, scheme))(t)
		if row.Name != "paid" || row.Operator != "ours-user" || !maps.Equal(row.Presets, map[string]int{"nfetch": fetch, "ntell": 0}) {
			t.Errorf("%+v", row)
		}
		w.scheme(id, "nothing mocked")
	})

	t.Run("NameIsTaken", func(t *testing.T) {
		_, err := w.CreateScheme(w.ctx, w.caller, template.CreateSchemeParams{TemplateID: id, Name: "paid"})
		refused(t, err, "CONFLICT name")
		w.scheme(w.template(), "paid")
	})

	t.Run("AllProblemsAtOnce", func(t *testing.T) {
		_, err := w.CreateScheme(w.ctx, w.caller, template.CreateSchemeParams{TemplateID: id, Name: strings.Repeat("x", 129), Choices: []template.Choice{
			{NodeID: "nfetch", PresetID: &tell},
			{NodeID: "nowhere", PresetID: &foreign},
			{NodeID: "npaid"},
			{NodeID: "nfetch"},
			{NodeID: "ntell", PresetID: ptr(0)},
		}})
		refused(t, err, "TOO_LONG name", "PRESET_OF_OTHER_NODE choices.0.presetId",
			"UNKNOWN_NODE choices.1.nodeId", "UNKNOWN_PRESET choices.1.presetId",
			"NOT_AN_ACTIVITY choices.2.nodeId", "INVALID_VALUE choices.3.nodeId", "UNKNOWN_PRESET choices.4.presetId")
	})

	t.Run("NotFound", func(t *testing.T) {
		for name, s := range w.strangers(id) {
			t.Log(name)
			_, err := w.CreateScheme(w.ctx, s.caller, template.CreateSchemeParams{TemplateID: s.id})
			refused(t, err, "NOT_FOUND templateId", "BLANK name")
		}
	})

	t.Run("TooManyChoices", func(t *testing.T) {
		_, err := w.CreateScheme(w.ctx, w.caller, template.CreateSchemeParams{TemplateID: id, Name: "n", Choices: make([]template.Choice, 1001)})
		refused(t, err, "TOO_LONG choices")
	})
}

func TestCreateSchemeLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	var last int
	for i := range 100 {
		last = w.scheme(id, fmt.Sprint(i))
	}
	_, err := w.CreateScheme(w.ctx, w.caller, template.CreateSchemeParams{TemplateID: id, Name: "99"})
	refused(t, err, "LIMIT_REACHED templateId", "CONFLICT name")
	must(0, w.DeleteScheme(w.ctx, w.caller, last))(t)
	w.scheme(id, "99")
}

func TestUpdateScheme(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.template()
	fetch := w.preset(id, "nfetch", false)
	w.scheme(id, "other")
	scheme := w.scheme(id, "paid", template.Choice{NodeID: "nfetch", PresetID: &fetch})

	t.Run("OK", func(t *testing.T) {
		must(w.UpdateScheme(w.ctx, w.root, template.UpdateSchemeParams{ID: scheme, Name: ptr("PAID")}))(t)
		row := must(w.store.Read.MockScheme.Get(w.ctx, scheme))(t)
		if row.Name != "PAID" || row.Operator != "root-user" || row.Presets["nfetch"] != fetch || !row.UpdateTime.After(row.CreateTime) {
			t.Errorf("%+v", row)
		}
		must(w.UpdateScheme(w.ctx, w.caller, template.UpdateSchemeParams{ID: scheme, Name: ptr("PAID"), Choices: []template.Choice{{NodeID: "ntell"}}}))(t)
		if row := must(w.store.Read.MockScheme.Get(w.ctx, scheme))(t); !maps.Equal(row.Presets, map[string]int{"ntell": 0}) {
			t.Errorf("%+v", row)
		}
		must(w.UpdateScheme(w.ctx, w.caller, template.UpdateSchemeParams{ID: scheme, Choices: []template.Choice{}}))(t)
		if row := must(w.store.Read.MockScheme.Get(w.ctx, scheme))(t); len(row.Presets) != 0 {
			t.Errorf("%+v", row)
		}
	})

	t.Run("Refused", func(t *testing.T) {
		_, err := w.UpdateScheme(w.ctx, w.caller, template.UpdateSchemeParams{
			ID: scheme, Name: ptr("other"), Choices: []template.Choice{{NodeID: "ntell", PresetID: &fetch}, {NodeID: "npaid"}},
		})
		refused(t, err, "CONFLICT name", "PRESET_OF_OTHER_NODE choices.0.presetId", "NOT_AN_ACTIVITY choices.1.nodeId")
		for name, s := range w.strangers(scheme) {
			t.Log(name)
			_, err := w.UpdateScheme(w.ctx, s.caller, template.UpdateSchemeParams{ID: s.id, Name: ptr(" ")})
			refused(t, err, "NOT_FOUND id", "BLANK name")
			refused(t, w.DeleteScheme(w.ctx, s.caller, s.id), "NOT_FOUND id")
		}
	})

	t.Run("Delete", func(t *testing.T) {
		must(0, w.DeleteScheme(w.ctx, w.caller, scheme))(t)
		refused(t, w.DeleteScheme(w.ctx, w.caller, scheme), "NOT_FOUND id")
		if w.readPreset(fetch).ID != fetch {
			t.Error("the preset went with its scheme")
		}
	})
}
