package schema

import (
	"encoding/json"

	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// Snapshot is one pipeline tree. It is never changed: versions and tasks with
// equal trees share a row.
type Snapshot struct{ ent.Schema }

// Mixin of Snapshot.
func (Snapshot) Mixin() []ent.Mixin { return []ent.Mixin{created{}} }

// Fields of Snapshot.
func (Snapshot) Fields() []ent.Field {
	return []ent.Field{
		field.String("digest").MaxLen(64).Unique().Immutable().
			Comment("Hex SHA-256 of the canonical form (flow.Pipeline.Digest)."),
		field.Bytes("document").GoType(json.RawMessage(nil)).Immutable().
			Comment("The tree as it was sent, byte for byte."),
	}
}
