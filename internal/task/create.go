package task

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// Created is the answer of CreateMock.
type Created struct {
	TaskID int
	// Warnings are odd but allowed.
	Warnings []fault.Problem
}

// CreateMock makes a mock task, or returns the first one of the same
// idempotency key. A refusal is a fault that lists every problem, or a
// fault.CodeForbidden for a caller who sees the template and may not make mock
// tasks of it; nothing is written then.
func (s *Service) CreateMock(ctx context.Context, caller auth.Caller, params CreateParams) (Created, error) {
	problems := params.check()
	var digest []byte
	if params.IdempotencyKey != "" && len(problems) == 0 {
		digest = params.digest()
		if first, err := s.replay(ctx, caller, caller.OwnerID(), params.IdempotencyKey, digest); err != nil || first != 0 {
			return Created{TaskID: first}, err
		}
	}
	plan, err := s.plan(ctx, caller, params, problems)
	if err != nil {
		return Created{}, err
	}
	if len(plan.Problems) > 0 {
		return Created{}, fault.Invalid(plan.Problems...)
	}
	row, err := s.prepare(ctx, plan, params, digest)
	if err != nil {
		return Created{}, err
	}
	if err := s.begin(ctx, row); err != nil {
		return Created{}, err
	}
	err = s.insert(ctx, row)
	if fault.CodeOf(err) == fault.CodeConflict && params.IdempotencyKey != "" {
		// Somebody with the same key was faster, or a superuser asks again for the
		// task of another app.
		first, replayErr := s.replay(ctx, caller, row.task.AppID, params.IdempotencyKey, digest)
		if replayErr != nil || first != 0 {
			return Created{TaskID: first}, replayErr
		}
	}
	if err != nil {
		return Created{}, err
	}
	if s.Created != nil {
		s.Created(ctx)
	}
	if row.begun != nil {
		row.begun.Go(ctx)
	}
	return Created{TaskID: row.task.ID, Warnings: plan.Warnings}, nil
}

// begin takes a task that is to be started at once as far as it goes, ahead of its rows:
// all that it needs of them is its id and the stored tree.
func (s *Service) begin(ctx context.Context, r *row) error {
	if !r.params.Start {
		return nil
	}
	language, found, err := s.Runs.Check(ctx, r.task.SpaceID, r.task.ExecutionSnapshotID, r.plan.execution)
	if err != nil || len(found) > 0 {
		return errors.Join(err, refused(found))
	}
	if r.task.ExecutionSnapshotID == 0 {
		if err := s.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error { return r.ensureTree(ctx, tx) }); err != nil {
			return err
		}
	}
	r.begun, err = s.Runs.Begin(ctx, r.task, r.mock, language)
	return err
}

// ensureTree stores the tree that runs, if it is not.
func (r *row) ensureTree(ctx context.Context, tx *ent.Tx) (err error) {
	if r.task.ExecutionSnapshotID == 0 {
		r.task.ExecutionSnapshotID, err = store.EnsureSnapshot(ctx, tx, r.plan.execution, r.task.CreateTime)
	}
	return err
}

// refused is the fault of the problems, nil for none.
func refused(found []fault.Problem) error {
	if len(found) == 0 {
		return nil
	}
	return fault.Invalid(found...)
}

// replay finds the task of an app that an idempotency key has made: 0 when it is new, a
// conflict when it belongs to another request. To a caller who may not make tasks
// of that task's template the key is new: planning tells what is wrong, and a
// caller who gets past that learns that the key is taken and no more.
func (s *Service) replay(ctx context.Context, caller auth.Caller, appID int, key string, digest []byte) (int, error) {
	first, err := s.Store.Read.Task.Query().
		Where(enttask.AppID(appID), enttask.IdempotencyKey(key)).
		Select(
			enttask.FieldID, enttask.FieldAppID, enttask.FieldSpaceID, enttask.FieldTemplateID,
			enttask.FieldRequestDigest, enttask.FieldIsDeleted,
		).
		Only(ctx)
	switch {
	case ent.IsNotFound(err):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("look up idempotency key: %w", err)
	case caller.May(auth.MockTemplate, auth.Target{AppID: first.AppID, SpaceID: first.SpaceID, TemplateID: first.TemplateID}) != nil:
		return 0, nil
	case first.IsDeleted:
		return 0, fault.Invalid(problem(codeConflict, "the task of this idempotency key was deleted", "idempotencyKey"))
	case !bytes.Equal(first.RequestDigest, digest):
		return 0, fault.Invalid(problem(codeConflict, "this idempotency key was used with another input", "idempotencyKey"))
	}
	return first.ID, nil
}

// row is everything that creation writes, made before the write lock is taken.
type row struct {
	plan   *Plan
	params CreateParams
	task   *ent.Task
	mock   *ent.TaskMock
	// begun is how far the task has gone when it is stored, nil when it is not started.
	begun Begun
}

func (s *Service) prepare(ctx context.Context, plan *Plan, params CreateParams, digest []byte) (*row, error) {
	extra, err := plan.extra(params.SpanAttributes)
	if err != nil {
		return nil, err
	}
	t := &ent.Task{
		AppID: plan.template.AppID, SpaceID: plan.template.SpaceID, TemplateID: plan.template.ID,
		InstanceID: s.NewInstanceID(), Name: params.Name, Creator: params.Creator, Description: params.Description,
		ScopeType: plan.template.ScopeType, ScopeValue: plan.template.ScopeValue,
		CreateMethod: enttask.CreateMethodMOCK, TriggerMethod: enttask.TriggerMethodAPI,
		CreateTime: s.Now(), SnapshotID: plan.snapshotID, ExtraInfo: extra, State: enttask.StateCREATED,
	}
	if params.Start {
		t.Executor, t.StartTime = params.Creator, &t.CreateTime
	}
	if digest != nil {
		t.IdempotencyKey, t.RequestDigest = &params.IdempotencyKey, digest
	}
	if plan.credentials != nil {
		plain, err := json.Marshal(plan.credentials)
		if err != nil {
			return nil, fmt.Errorf("encode credentials: %w", err)
		}
		t.SealedCredentials, t.KeyID = s.Keys.Seal(plain, CredentialContext(t.InstanceID)), s.Keys.Current()
	}
	if t.ExecutionSnapshotID, err = s.findExecution(ctx, plan); err != nil {
		return nil, err
	}
	if t.ID, err = s.Store.NewID(ctx, enttask.Table); err != nil {
		return nil, err
	}
	mock, err := plan.mockRow(t.ID)
	return &row{plan: plan, params: params, task: t, mock: mock}, err
}

// mockRow is the mock data of a task.
func (p *Plan) mockRow(taskID int) (*ent.TaskMock, error) {
	m := &ent.TaskMock{TaskID: taskID, Outputs: p.Mock.Outputs}
	for _, part := range []struct {
		to   *json.RawMessage
		from any
	}{{&m.Nodes, p.Mock.Nodes}, {&m.PresetIds, p.Mock.PresetIDs}, {&m.Failures, p.Mock.Failures}} {
		var err error
		if *part.to, err = json.Marshal(part.from); err != nil {
			return nil, fmt.Errorf("encode mock data: %w", err)
		}
	}
	return m, nil
}

// CredentialContext binds sealed credentials to their task, so that they cannot
// be moved to another row.
func CredentialContext(instanceID string) []byte {
	return []byte("task.credentials:" + instanceID)
}

// findExecution finds the snapshot of the tree that runs, before the write lock is
// taken; digesting the tree happens here, too. Snapshots are never deleted.
func (s *Service) findExecution(ctx context.Context, plan *Plan) (int, error) {
	if plan.unchanged {
		return plan.snapshotID, nil
	}
	id, err := s.Store.Read.Snapshot.Query().Where(snapshot.Digest(plan.execution.Digest())).OnlyID(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return 0, fmt.Errorf("find snapshot: %w", err)
	}
	return id, nil
}
