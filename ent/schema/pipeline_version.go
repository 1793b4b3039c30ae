package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// PipelineVersion is a state of a template: its one draft, or a release.
type PipelineVersion struct{ ent.Schema }

// Mixin of PipelineVersion.
func (PipelineVersion) Mixin() []ent.Mixin { return []ent.Mixin{created{}, updated{}} }

// Fields of PipelineVersion.
func (PipelineVersion) Fields() []ent.Field {
	return []ent.Field{
		field.Int("template_id").Immutable(),
		field.String("version").Optional().Nillable().MaxLen(32).
			Comment("A semantic version, null for a draft."),
		field.Bool("draft"),
		field.Int("snapshot_id"),
		field.String("description").Default(""),
		field.String("creator").Default(""),
		field.String("operator").Default("").Comment("Who changed it last."),
		field.Bool("is_deleted").Default(false),
	}
}

// Edges of PipelineVersion.
func (PipelineVersion) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("template", Template.Type).Ref("pipeline_versions").Field("template_id").Unique().Required().Immutable(),
		edge.To("snapshot", Snapshot.Type).Field("snapshot_id").Unique().Required(),
	}
}

// Indexes of PipelineVersion.
func (PipelineVersion) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("template_id").Unique().StorageKey("pipelineversion_one_draft").
			Annotations(entsql.IndexWhere("draft AND NOT is_deleted")),
		// A deleted version keeps its number: a task may still show it.
		index.Fields("template_id", "version").Unique(),
	}
}
