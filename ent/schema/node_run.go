package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// NodeRun is one execution of a node of a task.
type NodeRun struct{ ent.Schema }

// Fields of NodeRun.
func (NodeRun) Fields() []ent.Field {
	return []ent.Field{
		field.Int("task_id").Immutable(),
		field.String("node_id").Immutable().Comment("The id in the tree, or the path to it."),
		field.Int("number").Immutable().Comment("Which execution of the node, from 1."),
		field.Bool("is_current").Comment("Whether it is the latest one, which the engine goes on with."),
		field.Enum("state").Values("READY", "LOOP_READY", "RUNNING", "SUSPENDED", "FINISHED", "FAILED", "REVOKED"),
		// The engine's row: counters, inputs, outputs, times, why it failed.
		rawJSON("row"),
		optionalJSON("decision", "What a gateway decided."),
		optionalJSON("unresolved", "A list of the pieces of text that stayed as they were."),
	}
}

// Indexes of NodeRun.
func (NodeRun) Indexes() []ent.Index {
	return []ent.Index{index.Fields("task_id", "node_id", "number").Unique()}
}
