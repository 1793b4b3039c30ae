package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/input"
)

// opening makes the row of a run, and its task started.
type opening struct{ executor string }

// StartTask starts a task in the name of the operator, "" for the caller's user, and
// takes it as far as it goes at once. It returns the task's id. A refusal is a fault:
// NOT_FOUND for a task that the caller does not see, WRONG_STATE for one that has
// been started, also by somebody who was faster, INVALID_PIPELINE for a tree that
// cannot run.
func (r *Runner) StartTask(ctx context.Context, caller auth.Caller, id, operator string) (int, error) {
	var c input.Checker
	who := operatorOf(&c, caller, operator)
	task, err := r.target(ctx, &c, caller, "id", id)
	if err != nil {
		return 0, err
	}
	if task != nil && task.State != enttask.StateCREATED {
		c.Append(started(task))
	}
	if err := c.Err(); err != nil {
		return 0, err
	}
	language, err := r.language(ctx, task.SpaceID)
	if err != nil {
		return 0, err
	}
	now := r.Now()
	task.Executor, task.StartTime = who, &now
	unlock := r.locks.lock(task.ID)
	defer unlock()
	l, err := r.fresh(ctx, task, language)
	if fault.CodeOf(err) == fault.CodeInvalid {
		return 0, fault.Invalid(unrunnable(fault.As(err).Problems, "id")...)
	}
	if err != nil {
		return 0, err
	}
	err = r.step(ctx, l, cause{
		open: &opening{who}, operation: &operation{kind: taskoperation.KindSTART, operator: who},
	})
	if errors.Is(err, errConflict) {
		return 0, fault.Invalid(started(task))
	}
	return task.ID, err
}

func started(task *ent.Task) fault.Problem {
	text := fmt.Sprintf("task %d has been started already; a task is started once, make another one to run it again", task.ID)
	return problem(codeWrongState, text, "id")
}

// unrunnable are the problems of a tree as problems of what the caller named.
func unrunnable(found []fault.Problem, path ...string) []fault.Problem {
	problems := make([]fault.Problem, len(found))
	for i, p := range found {
		p.Sub, p.Code, p.Path = p.Code, codeInvalidPipeline, path
		problems[i] = p
	}
	return problems
}

// saveOpening marks the task as started, unless somebody was faster.
func (r *Runner) saveOpening(ctx context.Context, tx *ent.Tx, c *change, w *written) error {
	update := tx.Task.Update().
		Where(enttask.ID(c.live.task.ID), enttask.StateEQ(enttask.StateCREATED), enttask.IsDeleted(false)).
		SetState(w.state).SetExecutor(c.in.open.executor).SetStartTime(*c.live.task.StartTime).SetTreeInfoID(w.treeInfo)
	if w.finished != nil {
		update.SetFinishTime(*w.finished)
	}
	n, err := update.Save(ctx)
	if err == nil && n == 0 {
		return errConflict
	}
	return err
}

// Check tells in which language the gateways of a space's trees speak, and why a tree
// could not be started. The snapshot is that of the tree, 0 for one that is not stored:
// the plan of a stored one serves the start, too.
func (r *Runner) Check(
	ctx context.Context, spaceID, snapshotID int, tree *flow.Pipeline,
) (language string, problems []fault.Problem, err error) {
	if language, err = r.language(ctx, spaceID); err != nil {
		return "", nil, err
	}
	if snapshotID != 0 {
		_, err = r.Plans.Get(ctx, r.Store.Read, snapshotID, language)
	} else {
		_, err = engine.Compile(tree, r.Plans.options(language))
	}
	if fault.CodeOf(err) == fault.CodeInvalid {
		return language, unrunnable(fault.As(err).Problems, "templateId"), nil
	}
	return language, nil, err
}

// Advance takes a task as far as it goes at once.
func (r *Runner) Advance(ctx context.Context, taskID int) error {
	return r.advance(ctx, taskID, cause{})
}

// language reads the space's setting.
func (r *Runner) language(ctx context.Context, spaceID int) (string, error) {
	raw, err := r.Settings.Setting(ctx, r.Store.Read, spaceID, "gateway_expression")
	if err != nil {
		return "", err
	}
	var language string
	if err := json.Unmarshal(raw, &language); err != nil {
		return "", fmt.Errorf("decode gateway_expression of space %d: %w", spaceID, err)
	}
	return language, nil
}
