package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// TaskEvent is a run of events of one task: what one advance brought, or a part of
// it. One row for many events makes a batch of mocked nodes cheap.
type TaskEvent struct{ ent.Schema }

// Fields of TaskEvent.
func (TaskEvent) Fields() []ent.Field {
	return []ent.Field{
		field.Int("task_id").Immutable(),
		field.Int("first_seq").Immutable().Comment("The number of the first event; the others follow without gaps."),
		field.Int("last_seq").Immutable().Comment("The number of the last event."),
		// The events in order, as internal/event writes them.
		rawJSON("events"),
	}
}

// Indexes of TaskEvent. The unique one also proves that no number is given twice.
func (TaskEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("task_id", "last_seq").Unique()}
}
