package task

import (
	"cmp"
	"context"
	"errors"
	"fmt"

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
func (s *Service) insert(ctx context.Context, r *row) (id int, err error) {
	err = s.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if r.execution == 0 {
			if r.execution, err = store.EnsureSnapshot(ctx, tx, r.plan.execution, r.now); err != nil {
				return err
			}
		}
		if id, err = s.insertTask(ctx, tx, s.columns(tx, r)); err != nil {
			return err
		}
		mocks := s.Store.Builder().Insert(taskmock.Table).
			Columns(taskmock.FieldTaskID, taskmock.FieldNodes, taskmock.FieldOutputs, taskmock.FieldPresetIds, taskmock.FieldFailures).
			Values(id, r.nodes, r.plan.Mock.Outputs, r.presets, r.failed)
		query, args := mocks.Query()
		if err := store.Later(ctx, tx, query, args...); err != nil {
			return err
		}
		if err := s.recordCreation(ctx, tx, id, r); err != nil || !r.params.Start {
			return err
		}
		return s.Runs.Open(ctx, tx, id, r.language, r.now)
	})
	if err != nil && fault.As(err) == nil { // it may be for want of the template
		if t, lookErr := s.lookUpTemplate(ctx, r.plan.template.ID); lookErr == nil && t == nil {
			return 0, fault.Invalid(noTemplate(r.plan.template.ID))
		}
	}
	return id, err
}

// columns are the values of the row of a task, defaults included.
func (s *Service) columns(tx *ent.Tx, r *row) *ent.TaskMutation {
	create := tx.Task.Create().
		SetAppID(r.appID).SetSpaceID(r.plan.template.SpaceID).SetTemplateID(r.plan.template.ID).
		SetInstanceID(r.instanceID).SetName(r.params.Name).SetCreator(r.params.Creator).
		SetDescription(r.params.Description).
		SetNillableScopeType(r.plan.template.ScopeType).SetNillableScopeValue(r.plan.template.ScopeValue).
		SetCreateMethod(enttask.CreateMethodMOCK).SetTriggerMethod(enttask.TriggerMethodAPI).
		SetCreateTime(r.now).SetSnapshotID(r.plan.snapshotID).SetExecutionSnapshotID(r.execution).
		SetExtraInfo(r.extra).
		SetState(enttask.StateCREATED).SetExecutor("").SetWasRevoked(false).SetIsDeleted(false)
	if r.sealed != nil {
		create.SetSealedCredentials(r.sealed).SetKeyID(s.Keys.Current())
	}
	if r.digest != nil {
		create.SetIdempotencyKey(r.params.IdempotencyKey).SetRequestDigest(r.digest)
	}
	if r.params.Start {
		create.SetState(enttask.StateRUNNING).SetExecutor(r.params.Creator).SetStartTime(r.now)
	}
	return create.Mutation()
}

// made is a task that was started at once, as far as its run looks at it.
func (r *row) made(id int) *ent.Task {
	return &ent.Task{
		ID: id, AppID: r.appID, SpaceID: r.plan.template.SpaceID, TemplateID: r.plan.template.ID,
		InstanceID: r.instanceID, Name: r.params.Name, Creator: r.params.Creator, Description: r.params.Description,
		ScopeType: r.plan.template.ScopeType, ScopeValue: r.plan.template.ScopeValue,
		CreateMethod: enttask.CreateMethodMOCK, TriggerMethod: enttask.TriggerMethodAPI,
		CreateTime: r.now, SnapshotID: r.plan.snapshotID, ExecutionSnapshotID: r.execution, ExtraInfo: r.extra,
		State: enttask.StateRUNNING, Executor: r.params.Creator, StartTime: &r.now,
	}
}

// mock is the mock data of the task.
func (r *row) mock(id int) *ent.TaskMock {
	return &ent.TaskMock{TaskID: id, Nodes: r.nodes, Outputs: r.plan.Mock.Outputs, PresetIds: r.presets, Failures: r.failed}
}

// insertTask inserts the row of a task if its template is still there: it may have been
// deleted since the task was planned. The template is held until the task is committed,
// and whoever deletes it waits for that. Without it the id of the template is null, which
// the table refuses; see insert.
//
// One statement looks and inserts, which Ent would do with two.
func (s *Service) insertTask(ctx context.Context, tx *ent.Tx, m *ent.TaskMutation) (id int, err error) {
	templateID, _ := m.TemplateID()
	there := s.Store.Builder().Select(enttemplate.FieldID).From(entsql.Table(enttemplate.Table))
	enttemplate.ID(templateID)(there)
	template.Live()(there)
	rowlock.Refer(there)
	columns := m.Fields()
	values := make([]any, len(columns))
	for i, column := range columns {
		values[i], _ = m.Field(column)
		if column == enttask.FieldTemplateID {
			values[i] = entsql.ExprFunc(func(b *entsql.Builder) { b.Wrap(func(b *entsql.Builder) { b.Join(there) }) })
		}
	}
	query, args := s.Store.Builder().Insert(enttask.Table).Columns(columns...).Values(values...).Returning(enttask.FieldID).Query()
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		return 0, cmp.Or(rows.Err(), errNoRow)
	}
	if err := rows.Scan(&id); err != nil {
		return 0, fmt.Errorf("read the id of the task: %w", err)
	}
	return id, rows.Close()
}

// errNoRow is not reached: an insertion fails or gives an id.
var errNoRow = errors.New("the insertion of a task gave no id")

// recordCreation records what the creator did.
func (s *Service) recordCreation(ctx context.Context, tx *ent.Tx, id int, r *row) error {
	insert := s.Store.Builder().Insert(taskoperation.Table).Columns(
		taskoperation.FieldTaskID, taskoperation.FieldKind, taskoperation.FieldSource,
		taskoperation.FieldOperator, taskoperation.FieldNodeID, taskoperation.FieldCreateTime)
	kinds := []taskoperation.Kind{taskoperation.KindCREATE}
	if r.params.Start {
		kinds = append(kinds, taskoperation.KindSTART)
	}
	for _, kind := range kinds {
		insert.Values(id, kind, taskoperation.SourceAPI, r.params.Creator, "", r.now)
	}
	query, args := insert.Query()
	return store.Later(ctx, tx, query, args...)
}
