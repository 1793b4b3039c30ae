package schema

import (
	"encoding/json"
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"
)

// created adds the moment of creation. Services set it from their clock.
type created struct{ mixin.Schema }

func (created) Fields() []ent.Field {
	return []ent.Field{
		field.Time("create_time").Default(time.Now).Immutable().
			Comment("When the row was made, UTC."),
	}
}

// updated adds the moment of the last change.
type updated struct{ mixin.Schema }

func (updated) Fields() []ent.Field {
	return []ent.Field{
		field.Time("update_time").Default(time.Now).
			Comment("When the row was last changed, UTC."),
	}
}

// live makes an index over the rows that are not deleted.
func live(fields ...string) ent.Index {
	return index.Fields(fields...).Annotations(entsql.IndexWhere("NOT is_deleted"))
}

// byBytes orders a text by its bytes in PostgreSQL, as SQLite does, whatever the locale
// of the database; and lower() then folds the letters of ASCII only, as SQLite's does.
// Said of the column, indexes on it follow.
func byBytes() schema.Annotation { return entsql.Annotation{Collation: "C"} }

// rawJSON is a column that keeps JSON byte for byte, unlike field.JSON, which
// would decode it on every read.
func rawJSON(name string) ent.Field {
	return field.Bytes(name).GoType(json.RawMessage(nil))
}

// optionalJSON is rawJSON for a column that may be empty.
func optionalJSON(name, comment string) ent.Field {
	return field.Bytes(name).GoType(json.RawMessage(nil)).Optional().Comment(comment)
}
