package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Credential is what a space's nodes call real APIs with. Its content is sealed.
type Credential struct{ ent.Schema }

// Mixin of Credential.
func (Credential) Mixin() []ent.Mixin { return []ent.Mixin{created{}, updated{}} }

// Fields of Credential.
func (Credential) Fields() []ent.Field {
	return []ent.Field{
		field.Int("space_id").Immutable(),
		field.String("name").NotEmpty().MaxLen(128).Annotations(byBytes()).Comment("1 to 32 characters, unique for the space."),
		field.String("description").Default(""),
		field.Enum("type").Values("BK_APP", "BK_ACCESS_TOKEN", "BASIC_AUTH", "CUSTOM").Immutable(),
		field.Enum("scope_level").Values("ALL", "PART", "NONE").Default("NONE"),
		field.JSON("scopes", []map[string]string{}).Optional().
			Comment("The scopes of level PART: scope_type and scope_value each."),
		field.Bytes("sealed").Sensitive().
			Comment("The content as a JSON object of texts, AES-256-GCM, with the id of the key."),
		field.String("key_id").MaxLen(8).
			Comment("The key that sealed was sealed with, so that a rotation finds it by an index."),
		field.Bytes("shown").
			Comment("The content with its secrets masked, as a JSON object."),
		field.String("creator").Default(""),
		field.String("operator").Default("").Comment("Who changed it last."),
	}
}

// Edges of Credential.
func (Credential) Edges() []ent.Edge {
	return []ent.Edge{
		edge.To("space", Space.Type).Field("space_id").Unique().Required().Immutable(),
	}
}

// Indexes of Credential.
func (Credential) Indexes() []ent.Index {
	return []ent.Index{index.Fields("space_id", "name").Unique(), index.Fields("key_id")}
}
