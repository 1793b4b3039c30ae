package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// SpaceConfig is one setting of a space; a missing row means the default.
type SpaceConfig struct{ ent.Schema }

// Mixin of SpaceConfig.
func (SpaceConfig) Mixin() []ent.Mixin { return []ent.Mixin{created{}, updated{}} }

// Fields of SpaceConfig.
func (SpaceConfig) Fields() []ent.Field {
	return []ent.Field{
		field.Int("space_id").Immutable(),
		field.String("name").NotEmpty().MaxLen(32).Immutable().
			Comment("One of the names of domain §2.2, such as flow_versioning."),
		rawJSON("value"),
	}
}

// Edges of SpaceConfig.
func (SpaceConfig) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("space", Space.Type).Ref("configs").Field("space_id").Unique().Required().Immutable(),
	}
}

// Indexes of SpaceConfig.
func (SpaceConfig) Indexes() []ent.Index {
	return []ent.Index{index.Fields("space_id", "name").Unique()}
}
