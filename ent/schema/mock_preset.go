package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// MockPreset is a named set of mock outputs for one node of a template.
type MockPreset struct{ ent.Schema }

// Mixin of MockPreset.
func (MockPreset) Mixin() []ent.Mixin { return []ent.Mixin{created{}, updated{}} }

// Fields of MockPreset.
func (MockPreset) Fields() []ent.Field {
	return []ent.Field{
		field.Int("template_id").Immutable(),
		field.String("node_id").NotEmpty().MaxLen(33),
		field.String("name").NotEmpty().Comment("1 to 128 characters; may repeat."),
		rawJSON("outputs"),
		field.Bool("is_default").Default(false),
		field.String("operator").Default("").Comment("Who changed it last."),
	}
}

// Edges of MockPreset.
func (MockPreset) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("template", Template.Type).Ref("mock_presets").Field("template_id").Unique().Required().Immutable(),
	}
}

// Indexes of MockPreset.
func (MockPreset) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("template_id", "node_id"),
		index.Fields("template_id", "node_id").Unique().StorageKey("mockpreset_one_default").
			Annotations(entsql.IndexWhere("is_default")),
	}
}
