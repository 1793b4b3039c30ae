package task

import (
	"context"
	"fmt"
	"strconv"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/rowlock"
)

// Target is the task as something that a caller may want to act on. The row must
// have been read with its space, its template and its create method. The task's
// application is left out, so that the live spaces of the caller decide.
func Target(t *ent.Task) auth.Target {
	return auth.Target{
		SpaceID: t.SpaceID, TemplateID: t.TemplateID, TaskID: t.ID, Mock: t.CreateMethod == enttask.CreateMethodMOCK,
	}
}

// Delete hides a task from everybody; its row stays. It refuses a task that is
// missing or not the caller's (NOT_FOUND), one that the caller sees and may not
// delete (fault.CodeForbidden) and one that is running (WRONG_STATE).
func (s *Service) Delete(ctx context.Context, caller auth.Caller, id string) (int, error) {
	missing := fault.Invalid(problem(codeNotFound, fmt.Sprintf("there is no task %s", id), "id"))
	number, err := strconv.Atoi(id)
	if err != nil {
		return 0, missing
	}
	err = s.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		// Held, so that nobody starts or deletes it before this is through.
		t, err := tx.Task.Query().Where(enttask.ID(number), enttask.IsDeleted(false)).
			Modify(rowlock.Change).
			Select(enttask.FieldID, enttask.FieldSpaceID, enttask.FieldTemplateID, enttask.FieldCreateMethod, enttask.FieldState).
			Only(ctx)
		if err == nil {
			err = caller.May(auth.DeleteTask, Target(t))
		}
		switch {
		case ent.IsNotFound(err), fault.CodeOf(err) == fault.CodeNotFound:
			return missing
		case err != nil:
			return fmt.Errorf("load task %d: %w", number, err)
		}
		switch t.State {
		case enttask.StateRUNNING, enttask.StateSUSPENDED, enttask.StateFAILED:
			return fault.Invalid(problem(codeWrongState,
				fmt.Sprintf("task %d is %s; revoke it first", number, t.State), "id"))
		}
		if err := tx.Task.Update().Where(enttask.ID(number)).SetIsDeleted(true).Exec(ctx); err != nil {
			return err
		}
		return tx.TaskOperation.Create().SetTaskID(number).SetKind(taskoperation.KindDELETE).
			SetSource(taskoperation.SourceAPI).SetOperator(caller.Username).SetCreateTime(s.Now()).Exec(ctx)
	})
	return number, err
}
