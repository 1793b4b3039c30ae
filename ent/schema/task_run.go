package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// TaskRun is what a started task needs to go on, nodes aside.
type TaskRun struct{ ent.Schema }

// Fields of TaskRun.
func (TaskRun) Fields() []ent.Field {
	return []ent.Field{
		field.Int("task_id").Immutable(),
		field.Int("fence").Default(0).
			Comment("Rises with each advance, by a number of chance. An advance names the fence that it started from, so that of two at once one writes nothing."),
		field.Enum("language").Values("boolrule", "FEEL", "MAKO").Default("boolrule").Immutable().
			Comment("The language of gateways that name none, as the space had it at the start."),
		optionalJSON("core", "The engine's state without the rows of nodes; empty until the start event was taken."),
		optionalJSON("wakes", "The timers that are set, a list of the engine's wakes."),
		field.Time("wake_at").Optional().Nillable().
			Comment("When there is something to do without anybody asking; null when there is nothing."),
		field.Int("last_seq").Default(0).Comment("The number of the last event."),
		field.Int("real_calls").Default(0).Comment("How many calls were sent."),
		optionalJSON("outputs", "What the end event made; empty before."),
	}
}

// Edges of TaskRun.
func (TaskRun) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("task", Task.Type).Ref("run").Field("task_id").Unique().Required().Immutable(),
	}
}

// Indexes of TaskRun.
func (TaskRun) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("wake_at").Annotations(entsql.IndexWhere("wake_at IS NOT NULL")),
	}
}
