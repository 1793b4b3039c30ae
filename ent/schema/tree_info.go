package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

// TreeInfo is the topology of a tree that ran: made at the first start of a task with
// that tree, and shared by all others.
type TreeInfo struct{ ent.Schema }

// Fields of TreeInfo.
func (TreeInfo) Fields() []ent.Field {
	return []ent.Field{
		field.Int("snapshot_id").Unique().Immutable().Comment("The tree."),
		// The node ids, and for each gateway that forks the one that it converges in.
		rawJSON("data"),
	}
}
