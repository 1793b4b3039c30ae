package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Space is a tenant: everything else belongs to one space, and a space to one app.
type Space struct{ ent.Schema }

// Mixin of Space.
func (Space) Mixin() []ent.Mixin { return []ent.Mixin{created{}} }

// Fields of Space.
func (Space) Fields() []ent.Field {
	return []ent.Field{
		field.Int("app_id").Immutable().Comment("The owner; a space never changes hands."),
		field.String("name").NotEmpty().MaxLen(128).Comment("At most 32 characters, unique for the app."),
		field.String("description").Default(""),
		field.String("platform_url").Default("").Comment("Where the space's own front end lives, or empty."),
		field.String("creator").Default(""),
		field.Bool("is_deleted").Default(false),
	}
}

// Edges of Space.
func (Space) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("spaces").Field("app_id").Unique().Required().Immutable(),
		edge.To("configs", SpaceConfig.Type),
		edge.To("templates", Template.Type),
	}
}

// Indexes of Space.
func (Space) Indexes() []ent.Index {
	return []ent.Index{index.Fields("app_id", "name").Unique()}
}
