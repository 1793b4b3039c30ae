package task

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/snapshot"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
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
	row, err := s.prepare(plan, params, digest)
	if err != nil {
		return Created{}, err
	}
	if row.execution, err = s.findExecution(ctx, plan); err != nil {
		return Created{}, err
	}
	if params.Start {
		language, found, err := s.Runs.Check(ctx, plan.template.SpaceID, row.execution, plan.execution)
		if err != nil || len(found) > 0 {
			return Created{}, errors.Join(err, refused(found))
		}
		row.language = language
	}
	id, err := s.insert(ctx, row)
	if fault.CodeOf(err) == fault.CodeConflict && params.IdempotencyKey != "" {
		// Somebody with the same key was faster, or a superuser asks again for the
		// task of another app.
		first, replayErr := s.replay(ctx, caller, row.appID, params.IdempotencyKey, digest)
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
	if params.Start {
		// The task is made and marked as started; if this fails, the runner tries again.
		if err := s.Runs.Begin(ctx, row.made(id), row.mock(id), row.language); err != nil {
			return Created{}, err
		}
	}
	return Created{TaskID: id, Warnings: plan.Warnings}, nil
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
	plan                          *Plan
	params                        CreateParams
	appID                         int
	instanceID                    string
	now                           time.Time
	extra, nodes, presets, failed json.RawMessage
	sealed, digest                []byte
	// execution is the snapshot of the tree that runs, 0 when it has to be stored.
	execution int
	// language is that of the space's gateways, for a task that is started at once.
	language string
}

func (s *Service) prepare(plan *Plan, params CreateParams, digest []byte) (*row, error) {
	r := &row{
		plan: plan, params: params, digest: digest,
		appID: plan.template.AppID, instanceID: s.NewInstanceID(), now: s.Now(),
	}
	var err error
	if r.extra, err = plan.extra(params.SpanAttributes); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		to   *json.RawMessage
		from any
	}{{&r.nodes, plan.Mock.Nodes}, {&r.presets, plan.Mock.PresetIDs}, {&r.failed, plan.Mock.Failures}} {
		if *part.to, err = json.Marshal(part.from); err != nil {
			return nil, fmt.Errorf("encode mock data: %w", err)
		}
	}
	if plan.credentials != nil {
		plain, err := json.Marshal(plan.credentials)
		if err != nil {
			return nil, fmt.Errorf("encode credentials: %w", err)
		}
		r.sealed = s.Keys.Seal(plain, CredentialContext(r.instanceID))
	}
	return r, nil
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
