package task

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskmock"
	"rehearse.dev/ent/taskoperation"
	enttemplate "rehearse.dev/ent/template"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/rowlock"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/template"
)

// insert writes the task, its mock data and the record of its creation in one
// transaction, with the tree that runs when nobody has stored it yet.
//
// It runs beside other writers. Of two tasks with one idempotency key the index lets one
// in, and the other transaction fails when that one is committed; of two equal trees
// store.EnsureSnapshot keeps one; and insertTask looks after the template.
func (s *Service) insert(ctx context.Context, r *row) error {
	err := s.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if err := r.ensureTree(ctx, tx); err != nil {
			return err
		}
		if err := s.insertTask(ctx, tx, r.task); err != nil {
			return err
		}
		mocks := s.Store.Builder().Insert(taskmock.Table).
			Columns(taskmock.FieldTaskID, taskmock.FieldNodes, taskmock.FieldOutputs, taskmock.FieldPresetIds, taskmock.FieldFailures).
			Values(r.mock.TaskID, r.mock.Nodes, r.mock.Outputs, r.mock.PresetIds, r.mock.Failures)
		query, args := mocks.Query()
		if err := store.Later(ctx, tx, query, args...); err != nil {
			return err
		}
		if err := s.recordCreation(ctx, tx, r); err != nil || r.begun == nil {
			return err
		}
		return r.begun.Write(ctx, tx)
	})
	if err != nil && fault.As(err) == nil { // it may be for want of the template
		if t, lookErr := s.lookUpTemplate(ctx, r.task.TemplateID); lookErr == nil && t == nil {
			return fault.Invalid(noTemplate(r.task.TemplateID))
		}
	}
	return err
}

// insertTask inserts the row of a task if its template is still there: it may have been
// deleted since the task was planned. The template is held until the task is committed,
// and whoever deletes it waits for that. Without it the id of the template is null, which
// the table refuses; see insert.
//
// One statement looks and inserts, which Ent would do with two.
func (s *Service) insertTask(ctx context.Context, tx *ent.Tx, t *ent.Task) error {
	there := s.Store.Builder().Select(enttemplate.FieldID).From(entsql.Table(enttemplate.Table))
	enttemplate.ID(t.TemplateID)(there)
	template.Live()(there)
	rowlock.Refer(there)
	insert := s.Store.Builder().Insert(enttask.Table)
	var values []any
	set := func(column string, value any) {
		insert.Columns(column)
		values = append(values, value)
	}
	set(enttask.FieldID, t.ID)
	set(enttask.FieldAppID, t.AppID)
	set(enttask.FieldSpaceID, t.SpaceID)
	set(enttask.FieldTemplateID, entsql.ExprFunc(func(b *entsql.Builder) { b.Wrap(func(b *entsql.Builder) { b.Join(there) }) }))
	set(enttask.FieldInstanceID, t.InstanceID)
	set(enttask.FieldName, t.Name)
	set(enttask.FieldCreator, t.Creator)
	set(enttask.FieldDescription, t.Description)
	set(enttask.FieldScopeType, t.ScopeType)
	set(enttask.FieldScopeValue, t.ScopeValue)
	set(enttask.FieldCreateMethod, t.CreateMethod)
	set(enttask.FieldTriggerMethod, t.TriggerMethod)
	set(enttask.FieldState, t.State)
	set(enttask.FieldExecutor, t.Executor)
	set(enttask.FieldWasRevoked, t.WasRevoked)
	set(enttask.FieldCreateTime, t.CreateTime)
	set(enttask.FieldStartTime, t.StartTime)
	set(enttask.FieldFinishTime, t.FinishTime)
	set(enttask.FieldSnapshotID, t.SnapshotID)
	set(enttask.FieldExecutionSnapshotID, t.ExecutionSnapshotID)
	set(enttask.FieldTreeInfoID, t.TreeInfoID)
	set(enttask.FieldExtraInfo, t.ExtraInfo)
	set(enttask.FieldIsDeleted, t.IsDeleted)
	set(enttask.FieldIdempotencyKey, t.IdempotencyKey)
	if t.SealedCredentials != nil {
		set(enttask.FieldSealedCredentials, t.SealedCredentials)
		set(enttask.FieldKeyID, t.KeyID)
	}
	if t.RequestDigest != nil {
		set(enttask.FieldRequestDigest, t.RequestDigest)
	}
	query, args := insert.Values(values...).Query()
	return store.Later(ctx, tx, query, args...)
}

// recordCreation records what the creator did.
func (s *Service) recordCreation(ctx context.Context, tx *ent.Tx, r *row) error {
	insert := s.Store.Builder().Insert(taskoperation.Table).Columns(
		taskoperation.FieldTaskID, taskoperation.FieldKind, taskoperation.FieldSource,
		taskoperation.FieldOperator, taskoperation.FieldNodeID, taskoperation.FieldCreateTime)
	kinds := []taskoperation.Kind{taskoperation.KindCREATE}
	if r.begun != nil {
		kinds = append(kinds, taskoperation.KindSTART)
	}
	for _, kind := range kinds {
		insert.Values(r.task.ID, kind, taskoperation.SourceAPI, r.task.Creator, "", r.task.CreateTime)
	}
	query, args := insert.Query()
	return store.Later(ctx, tx, query, args...)
}
