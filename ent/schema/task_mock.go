package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
)

// TaskMock is what a task mocks, frozen when the task was made.
type TaskMock struct{ ent.Schema }

// Fields of TaskMock.
func (TaskMock) Fields() []ent.Field {
	return []ent.Field{
		field.Int("task_id").Immutable(),
		rawJSON("nodes"),
		rawJSON("outputs"),
		rawJSON("preset_ids"),
		rawJSON("failures"),
	}
}

// Edges of TaskMock.
func (TaskMock) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("task", Task.Type).Ref("mock").Field("task_id").Unique().Required().Immutable(),
	}
}
