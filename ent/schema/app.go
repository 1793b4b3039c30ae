package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// App is a calling application; its secret is known to us as a digest only.
type App struct{ ent.Schema }

// Mixin of App.
func (App) Mixin() []ent.Mixin { return []ent.Mixin{created{}} }

// Fields of App.
func (App) Fields() []ent.Field {
	return []ent.Field{
		field.String("code").NotEmpty().MaxLen(32).Unique().Immutable().
			Comment("The bk_app_code that the caller sends."),
		field.Bytes("secret_digest").Sensitive().
			Comment("SHA-256 of the secret, which is a random 256-bit token."),
		field.Bool("superuser").Default(false).
			Comment("Sees the spaces of every app."),
	}
}

// Edges of App.
func (App) Edges() []ent.Edge {
	return []ent.Edge{edge.To("spaces", Space.Type)}
}
