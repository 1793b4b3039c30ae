package task

import (
	"context"
	"fmt"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
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
		execution := r.execution
		if execution == 0 {
			if execution, err = store.EnsureSnapshot(ctx, tx, r.plan.execution, r.now); err != nil {
				return err
			}
		}
		if id, err = s.insertTask(ctx, tx, s.columns(tx, r, execution)); err != nil {
			return err
		}
		if err := tx.TaskMock.Create().SetTaskID(id).SetNodes(r.nodes).SetOutputs(r.plan.Mock.Outputs).
			SetPresetIds(r.presets).SetFailures(r.failed).Exec(ctx); err != nil {
			return err
		}
		if err := s.recordCreation(ctx, tx, id, taskoperation.KindCREATE, r); err != nil || !r.params.Start {
			return err
		}
		if err := s.recordCreation(ctx, tx, id, taskoperation.KindSTART, r); err != nil {
			return err
		}
		return s.Runs.Open(ctx, tx, id, r.language, r.now)
	})
	return id, err
}

// columns are the values of the row of a task, defaults included.
func (s *Service) columns(tx *ent.Tx, r *row, execution int) *ent.TaskMutation {
	create := tx.Task.Create().
		SetAppID(r.appID).SetSpaceID(r.plan.template.SpaceID).SetTemplateID(r.plan.template.ID).
		SetInstanceID(r.instanceID).SetName(r.params.Name).SetCreator(r.params.Creator).
		SetDescription(r.params.Description).
		SetNillableScopeType(r.plan.template.ScopeType).SetNillableScopeValue(r.plan.template.ScopeValue).
		SetCreateMethod(enttask.CreateMethodMOCK).SetTriggerMethod(enttask.TriggerMethodAPI).
		SetCreateTime(r.now).SetSnapshotID(r.plan.snapshotID).SetExecutionSnapshotID(execution).
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

// insertTask inserts the row of a task if its template is still there: it may have been
// deleted since the task was planned. The template is held until the task is committed,
// and whoever deletes it waits for that.
//
// One statement looks and inserts, which Ent would do with two.
func (s *Service) insertTask(ctx context.Context, tx *ent.Tx, m *ent.TaskMutation) (id int, err error) {
	templateID, _ := m.TemplateID()
	columns := m.Fields()
	values := make([]entsql.Querier, len(columns))
	for i, column := range columns {
		value, _ := m.Field(column)
		values[i] = entsql.ExprFunc(func(b *entsql.Builder) { b.Arg(value) })
	}
	from := s.Store.Builder().Select().From(entsql.Table(enttemplate.Table))
	enttemplate.ID(templateID)(from)
	template.Live()(from)
	rowlock.Refer(from)
	query, args := from.SelectExpr(values...).Query()

	var into entsql.Builder
	into.SetDialect(s.Store.Dialect())
	into.WriteString("INSERT INTO ").Ident(enttask.Table).Pad().
		Wrap(func(b *entsql.Builder) { b.IdentComma(columns...) }).Pad()
	rows, err := tx.QueryContext(ctx, into.String()+query+" RETURNING id", args...)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		if err := rows.Scan(&id); err != nil {
			return 0, fmt.Errorf("read the id of the task: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if id == 0 {
		return 0, fault.Invalid(noTemplate(templateID))
	}
	return id, rows.Close()
}

// recordCreation records what the creator did.
func (s *Service) recordCreation(ctx context.Context, tx *ent.Tx, id int, kind taskoperation.Kind, r *row) error {
	return tx.TaskOperation.Create().SetTaskID(id).SetKind(kind).
		SetSource(taskoperation.SourceAPI).SetOperator(r.params.Creator).SetCreateTime(r.now).Exec(ctx)
}
