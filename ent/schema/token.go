package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Token lets a browser call without an application's secret: one user, one
// resource, one permission, for a while.
type Token struct{ ent.Schema }

// Mixin of Token.
func (Token) Mixin() []ent.Mixin { return []ent.Mixin{created{}} }

// Fields of Token.
func (Token) Fields() []ent.Field {
	return []ent.Field{
		field.Int("app_id").Immutable().Comment("The application that applied for it."),
		field.Int("space_id").Immutable(),
		field.Bytes("digest").Unique().Immutable().Sensitive().
			Comment("SHA-256 of the token, which is 256 random bits."),
		field.String("username").NotEmpty().MaxLen(512).Immutable().Comment("1 to 128 characters; the limit here is in bytes."),
		field.Enum("resource_type").Values("SPACE", "TEMPLATE", "TASK").Immutable(),
		field.Int("resource_id").Immutable(),
		field.Enum("permission").Values("VIEW", "EDIT", "MOCK", "OPERATE").Immutable(),
		field.Time("expire_time").Comment("From then on it is refused; revoking sets it to the present."),
	}
}

// Edges of Token.
func (Token) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("space", Space.Type).Field("space_id").Unique().Required().Immutable(),
		edge.To("app", App.Type).Field("app_id").Unique().Required().Immutable(),
	}
}

// Indexes of Token.
func (Token) Indexes() []ent.Index {
	return []ent.Index{index.Fields("space_id", "username"), index.Fields("expire_time")}
}
