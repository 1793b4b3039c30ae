package graph

import (
	"strconv"

	"rehearse.dev/graph/model"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/template"
	"rehearse.dev/internal/token"
)

// number reads a global id; a text that is none gives 0, which no object has.
func number(id string) int {
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0
	}
	return n
}

// numbered is number for an id that may be left out.
func numbered(id *string) *int {
	if id == nil {
		return nil
	}
	n := number(*id)
	return &n
}

func applyParams(in model.ApplyTokenInput) token.ApplyParams {
	return token.ApplyParams{
		Resource: auth.Resource(in.ResourceType), ResourceID: number(in.ResourceID),
		Permission: auth.Permission(in.Permission), User: in.User,
	}
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func numbers(ids []string) []int {
	list := make([]int, len(ids))
	for i, id := range ids {
		list[i] = number(id)
	}
	return list
}

// updateParams turns the input of updateTemplate into what the service takes.
func updateParams(in model.UpdateTemplateInput) template.UpdateParams {
	p := template.UpdateParams{
		ID: number(in.ID), Name: in.Name, Description: in.Description,
		NotifyConfig: in.NotifyConfig, IsEnabled: in.IsEnabled,
	}
	if in.ScopeType.IsSet() || in.ScopeValue.IsSet() {
		p.Scope = &template.Scope{Type: in.ScopeType.Value(), Value: in.ScopeValue.Value()}
	}
	return p
}

// replaceParams turns the input of replaceMockPresets into what the service takes.
func replaceParams(in model.ReplaceMockPresetsInput) template.ReplacePresetsParams {
	p := template.ReplacePresetsParams{TemplateID: number(in.TemplateID), DeleteOthers: in.DeleteOthers}
	for _, preset := range in.Presets {
		p.Presets = append(p.Presets, template.PresetItem{
			ID: numbered(preset.ID), NodeID: preset.NodeID, Name: preset.Name,
			Outputs: preset.Outputs, IsDefault: preset.IsDefault,
		})
	}
	return p
}

// choices turns the choices of a scheme; nil stays nil, which means no change.
func choices(in []*model.MockSchemeChoiceInput) []template.Choice {
	if in == nil {
		return nil
	}
	list := make([]template.Choice, len(in))
	for i, c := range in {
		list[i] = template.Choice{NodeID: c.NodeID, PresetID: numbered(c.PresetID)}
	}
	return list
}

// createParams turns the input of createMockTask into what the service takes.
func createParams(in model.CreateMockTaskInput) task.CreateParams {
	p := task.CreateParams{
		TemplateID: in.TemplateID, Name: in.Name, Creator: in.Creator,
		Description: value(in.Description.Value()), Constants: in.Constants, Credentials: in.Credentials.Value(),
		SpanAttributes: in.CustomSpanAttributes, IdempotencyKey: value(in.IdempotencyKey), Nulls: nulls(in),
		Start: in.Start,
	}
	if m := in.MockData.Value(); m != nil {
		p.Mock = task.MockParams{
			Nodes: m.Nodes, Outputs: m.Outputs, PresetIDs: m.MockDataIds, Failures: m.Failures,
			SchemeID: value(m.SchemeID),
		}
	}
	return p
}

// nulls lists the fields that were given as null although the contract wants
// them left out or filled.
func nulls(in model.CreateMockTaskInput) []string {
	var fields []string
	note := func(set, null bool, field string) {
		if set && null {
			fields = append(fields, field)
		}
	}
	note(in.Description.IsSet(), in.Description.Value() == nil, "description")
	note(in.Credentials.IsSet(), len(in.Credentials.Value()) == 0, "credentials")
	note(in.MockData.IsSet(), in.MockData.Value() == nil, "mockData")
	return fields
}
