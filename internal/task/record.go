package task

import (
	"context"
	"encoding/json"
	"fmt"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/template"
)

// Record is a stored task with its parameters: what the contract's answer tells.
type Record struct {
	*ent.Task
	// Parameters is the value of every constant of the tree that runs, by key.
	Parameters json.RawMessage
}

// IsStarted reports whether the task was ever started.
func (r *Record) IsStarted() bool { return r.StartTime != nil }

// IsFinished reports whether the task ran to its end, also when its run data was
// swept since.
func (r *Record) IsFinished() bool {
	return r.State == enttask.StateFINISHED || r.IsExpired() && !r.WasRevoked
}

// IsRevoked reports whether the task was given up, also when its run data was swept
// since.
func (r *Record) IsRevoked() bool {
	return r.State == enttask.StateREVOKED || r.IsExpired() && r.WasRevoked
}

// IsExpired reports whether the task's run data was swept.
func (r *Record) IsExpired() bool { return r.State == enttask.StateEXPIRED }

// Record reads a task for an edge that has no reader of its own: one statement, and
// another if the tree is not in the cache. It returns fault.CodeNotFound for a task
// that is missing, deleted or out of the caller's reach.
func (s *Service) Record(ctx context.Context, caller auth.Caller, id int) (*Record, error) {
	row, err := s.Store.Read.Task.Query().Where(enttask.ID(id), enttask.IsDeleted(false)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFound("there is no task %d", id)
	}
	if err != nil {
		return nil, fmt.Errorf("read task %d: %w", id, err)
	}
	target := auth.Target{
		AppID: row.AppID, SpaceID: row.SpaceID, TemplateID: row.TemplateID, TaskID: row.ID,
		Mock: row.CreateMethod == enttask.CreateMethodMOCK,
	}
	if err := caller.May(auth.ReadTask, target); err != nil {
		return nil, fault.NotFound("there is no task %d", id)
	}
	tree, err := s.Trees.Get(ctx, s.Store.Read, row.ExecutionSnapshotID)
	if err != nil {
		return nil, err
	}
	return &Record{Task: row, Parameters: template.Parameters(tree.Pipeline)}, nil
}
