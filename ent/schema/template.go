package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Template is a flow definition; its trees are in its versions.
type Template struct{ ent.Schema }

// Mixin of Template.
func (Template) Mixin() []ent.Mixin { return []ent.Mixin{created{}, updated{}} }

// Fields of Template.
func (Template) Fields() []ent.Field {
	return []ent.Field{
		field.Int("app_id").Immutable().
			Comment("The app of the space, repeated so that a list over all its spaces walks one index."),
		field.Int("space_id").Immutable(),
		field.String("name").NotEmpty().Annotations(byBytes()).Comment("1 to 128 characters."),
		field.String("description").Default(""),
		field.String("scope_type").Optional().Nillable().Comment("Given together with scope_value or not at all."),
		field.String("scope_value").Optional().Nillable(),
		rawJSON("notify_config"),
		field.Bool("is_enabled").Default(true),
		field.Int("draft_version_id").Optional().Nillable().
			Comment("The draft, repeated from its row so that one join finds the effective version."),
		field.Int("released_version_id").Optional().Nillable().
			Comment("The version in force; null before the first release."),
		field.String("creator").Default(""),
		field.String("updated_by").Default(""),
		field.Bool("is_deleted").Default(false),
	}
}

// Edges of Template.
func (Template) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("space", Space.Type).Ref("templates").Field("space_id").Unique().Required().Immutable(),
		edge.To("draft_version", PipelineVersion.Type).Field("draft_version_id").Unique(),
		edge.To("released_version", PipelineVersion.Type).Field("released_version_id").Unique(),
		edge.To("pipeline_versions", PipelineVersion.Type),
		edge.To("mock_presets", MockPreset.Type),
		edge.To("mock_schemes", MockScheme.Type),
		edge.To("tasks", Task.Type),
	}
}

// Indexes of Template.
func (Template) Indexes() []ent.Index {
	return []ent.Index{
		live("create_time"),
		live("app_id", "create_time"),
		live("space_id", "create_time"),
		index.Fields("space_id", "scope_type", "scope_value"),
	}
}
