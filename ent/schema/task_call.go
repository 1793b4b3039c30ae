package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// TaskCall is one call of a real plugin: asked for by the engine, sent at most once.
type TaskCall struct{ ent.Schema }

// Fields of TaskCall.
func (TaskCall) Fields() []ent.Field {
	return []ent.Field{
		field.Int("task_id").Immutable(),
		field.Int("number").Immutable().Comment("The engine's number of the call, unique in the task."),
		field.String("node_id").Immutable().Comment("The id in the tree, or the path to it."),
		field.Int("attempt").Immutable().Comment("The execution of the node that it belongs to, as NodeRun numbers them."),
		field.Enum("status").Values("READY", "SENT", "DONE", "UNKNOWN", "DROPPED").Default("READY").
			Comment("READY waits to be sent; SENT may have been; UNKNOWN was SENT by a server that has gone; DROPPED was never sent, because its node moved on."),
		optionalJSON("effect", "What the engine asked for; emptied when the call is over."),
		field.String("owner").Default("").Comment("The server that sent it."),
		field.Time("lease_until").Optional().Nillable().
			Comment("Until then the owner is taken to be alive; it prolongs it while the call is under way."),
		field.Time("create_time").Default(time.Now).Immutable(),
		field.Time("sent_at").Optional().Nillable(),
		optionalJSON("exchange", "Method, URL, status, times and error; empty when nothing was sent."),
		field.String("credential_source").Default(""),
		field.String("credential_name").Default(""),
	}
}

// Indexes of TaskCall.
func (TaskCall) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("task_id", "number").Unique(),
		index.Fields("status", "lease_until").Annotations(entsql.IndexWhere("status IN ('READY', 'SENT')")),
	}
}
