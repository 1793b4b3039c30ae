package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Task is one mock run of a template: the fields of the contract and its state.
type Task struct{ ent.Schema }

// Mixin of Task.
func (Task) Mixin() []ent.Mixin { return []ent.Mixin{created{}} }

// Fields of Task.
func (Task) Fields() []ent.Field {
	return []ent.Field{
		field.Int("app_id").Immutable().
			Comment("The app of the space, repeated so that a list over all its spaces walks one index."),
		field.Int("space_id").Immutable(),
		field.Int("template_id").Immutable(),
		field.String("instance_id").MaxLen(33).Unique().Immutable().Comment("32 random hex digits."),
		field.String("name").NotEmpty().Annotations(byBytes()).Comment("1 to 128 characters."),
		field.String("creator").NotEmpty().Comment("1 to 32 characters."),
		field.String("description").Default(""),
		field.String("scope_type").Optional().Nillable(),
		field.String("scope_value").Optional().Nillable(),
		field.Enum("create_method").Values("API", "MOCK", "DEBUG").Immutable(),
		field.Enum("trigger_method").Values("API", "MANUAL", "TIMING", "SUBPROCESS").Immutable(),
		field.Enum("state").
			Values("CREATED", "RUNNING", "SUSPENDED", "FAILED", "FINISHED", "REVOKED", "EXPIRED").
			Default("CREATED"),
		field.String("executor").Default("").Comment("Who started it; empty before."),
		field.Bool("was_revoked").Default(false).
			Comment("Of an EXPIRED task: whether it had been given up, not finished."),
		field.Time("start_time").Optional().Nillable(),
		field.Time("finish_time").Optional().Nillable(),
		field.Int("snapshot_id").Immutable(),
		field.Int("execution_snapshot_id").Immutable(),
		field.Int("tree_info_id").Optional().Nillable().Comment("The compiled topology; null before the first start."),
		rawJSON("extra_info"),
		field.Bytes("sealed_credentials").Optional().Sensitive().
			Comment("The caller's credentials, AES-256-GCM, with the id of the key."),
		field.String("key_id").Optional().MaxLen(8).
			Comment("The key that sealed_credentials was sealed with, so that a rotation finds it by an index."),
		field.Bool("is_deleted").Default(false),
		field.String("idempotency_key").Optional().Nillable().MaxLen(512).Immutable().
			Comment("At most 128 characters."),
		field.Bytes("request_digest").Optional().Immutable().
			Comment("SHA-256 of the request that the idempotency key belongs to."),
	}
}

// Edges of Task.
func (Task) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("template", Template.Type).Ref("tasks").Field("template_id").Unique().Required().Immutable(),
		edge.To("snapshot", Snapshot.Type).Field("snapshot_id").Unique().Required().Immutable(),
		edge.To("execution_snapshot", Snapshot.Type).Field("execution_snapshot_id").Unique().Required().Immutable(),
		edge.To("mock", TaskMock.Type).Unique(),
		edge.To("run", TaskRun.Type).Unique(),
		edge.To("operations", TaskOperation.Type),
	}
}

// Indexes of Task. Each list order that the API offers has one, so a page is a
// short walk at any size. They leave deleted tasks out: Ent writes the condition
// as NOT is_deleted, which no index on the column itself could serve.
func (Task) Indexes() []ent.Index {
	return []ent.Index{
		live("create_time"),
		live("app_id", "create_time"),
		live("space_id", "create_time"),
		live("template_id", "create_time"),
		live("space_id", "name"),
		index.Fields("app_id", "idempotency_key").Unique(),
		index.Fields("finish_time").Annotations(entsql.IndexWhere("state IN ('FINISHED', 'REVOKED')")),
		index.Fields("key_id").Annotations(entsql.IndexWhere("sealed_credentials IS NOT NULL")),
	}
}
