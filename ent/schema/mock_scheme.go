package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// MockScheme is a named choice of presets of a template.
type MockScheme struct{ ent.Schema }

// Mixin of MockScheme.
func (MockScheme) Mixin() []ent.Mixin { return []ent.Mixin{created{}, updated{}} }

// Fields of MockScheme.
func (MockScheme) Fields() []ent.Field {
	return []ent.Field{
		field.Int("template_id").Immutable(),
		field.String("name").NotEmpty().Annotations(byBytes()).Comment("1 to 128 characters, unique for the template."),
		field.JSON("presets", map[string]int{}).
			Comment("Node id to preset id; 0 mocks the node without outputs."),
		field.String("operator").Default("").Comment("Who changed it last."),
	}
}

// Edges of MockScheme.
func (MockScheme) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("template", Template.Type).Ref("mock_schemes").Field("template_id").Unique().Required().Immutable(),
	}
}

// Indexes of MockScheme.
func (MockScheme) Indexes() []ent.Index {
	return []ent.Index{index.Fields("template_id", "name").Unique()}
}
