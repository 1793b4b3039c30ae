package schema

import (
	"time"

	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// TaskOperation records that somebody did something to a task or to one of its nodes.
type TaskOperation struct{ ent.Schema }

// Fields of TaskOperation.
func (TaskOperation) Fields() []ent.Field {
	return []ent.Field{
		field.Int("task_id").Immutable(),
		field.Enum("kind").Values(
			"CREATE", "DELETE", "START", "PAUSE", "RESUME", "REVOKE",
			"RETRY", "SKIP", "FORCE_FAIL", "CALLBACK", "CHOOSE_BRANCH",
		).Immutable(),
		field.String("operator").Default("").Immutable(),
		field.Enum("source").Values("API", "APP").Immutable(),
		field.String("node_id").Default("").MaxLen(128).Immutable(),
		field.Time("create_time").Default(time.Now).Immutable(),
	}
}

// Edges of TaskOperation.
func (TaskOperation) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("task", Task.Type).Ref("operations").Field("task_id").Unique().Required().Immutable(),
	}
}

// Indexes of TaskOperation.
func (TaskOperation) Indexes() []ent.Index {
	return []ent.Index{index.Fields("task_id", "node_id")}
}
