package read

import (
	"context"
	"fmt"

	"rehearse.dev/ent"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/ent/taskrun"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/task/run"
)

// runNeeds is what a field of Task needs of the task's run.
var runNeeds = map[string][]string{
	"variables":    {taskrun.FieldCore, taskrun.FieldLanguage},
	"variablesCut": {taskrun.FieldCore, taskrun.FieldLanguage},
	"outputs":      {taskrun.FieldOutputs},
	"lastSeq":      {taskrun.FieldLastSeq},
	"realCalls":    {taskrun.FieldRealCalls},
}

var runColumns = []column[ent.TaskRun]{
	{taskrun.FieldTaskID, func(t *ent.TaskRun) any { return whole{&t.TaskID} }},
	{taskrun.FieldLanguage, func(t *ent.TaskRun) any { return (*string)(&t.Language) }},
	{taskrun.FieldCore, func(t *ent.TaskRun) any { return (*[]byte)(&t.Core) }},
	{taskrun.FieldLastSeq, func(t *ent.TaskRun) any { return whole{&t.LastSeq} }},
	{taskrun.FieldRealCalls, func(t *ent.TaskRun) any { return whole{&t.RealCalls} }},
	{taskrun.FieldOutputs, func(t *ent.TaskRun) any { return (*[]byte)(&t.Outputs) }},
}

// runs loads what is wanted of the runs of tasks: one statement for each of the
// tables, whatever the number of tasks.
func (r *Reader) runs(ctx context.Context, views []*model.Task, w Want) error {
	if err := r.taskRuns(ctx, views, w); err != nil {
		return err
	}
	if err := r.nodeRuns(ctx, views, w); err != nil {
		return err
	}
	if err := r.eventLists(ctx, views, w); err != nil {
		return err
	}
	if w.Has("operations") {
		return r.operations(ctx, views)
	}
	return nil
}

func taskID(t *model.Task) []int { return []int{t.ID} }

// taskRuns loads what a run has once.
func (r *Reader) taskRuns(ctx context.Context, views []*model.Task, w Want) error {
	wanted := map[string]bool{}
	for _, s := range w {
		for _, f := range s.Fields {
			for _, name := range runNeeds[f.Name] {
				wanted[name] = true
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	wanted[taskrun.FieldTaskID] = true
	names, dest := columnSet(runColumns, wanted)
	s := r.selectFrom(taskrun.Table, names)
	in(s, taskrun.FieldTaskID, ids(views, taskID))
	rows, err := scan(ctx, r.rows, s, dest)
	if err != nil {
		return fmt.Errorf("read runs: %w", err)
	}
	byTask := make(map[int]*ent.TaskRun, len(rows))
	for _, row := range rows {
		byTask[row.TaskID] = row
	}
	for _, v := range views {
		row := byTask[v.ID]
		if row == nil {
			row = &ent.TaskRun{}
		}
		v.Outputs, v.LastSeq, v.RealCalls = row.Outputs, row.LastSeq, row.RealCalls
		if !wanted[taskrun.FieldCore] {
			continue
		}
		if err := r.variables(ctx, v, row); err != nil {
			return err
		}
	}
	return nil
}

// variables fills in the present values; a run that has not begun needs no plan. The
// trees that plans are made of were loaded with the snapshots of all tasks.
func (r *Reader) variables(ctx context.Context, v *model.Task, row *ent.TaskRun) error {
	if len(row.Core) == 0 {
		v.Variables, v.VariablesCut = []byte("{}"), []string{}
		return nil
	}
	plan, err := r.plans.Get(ctx, r.db, v.ExecutionSnapshotID, string(row.Language))
	if err != nil {
		// %v: what runs could run once, so this is no fault of the caller.
		return fmt.Errorf("plan of task %d: %v", v.ID, err)
	}
	if v.Variables, v.VariablesCut, err = run.Variables(plan, row.Core); err != nil {
		return fmt.Errorf("variables of task %d: %w", v.ID, err)
	}
	return nil
}

// operations loads what was done to the tasks.
func (r *Reader) operations(ctx context.Context, views []*model.Task) error {
	rows, err := r.db.TaskOperation.Query().
		Where(among(taskoperation.FieldTaskID, ids(views, taskID))).Order(taskoperation.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("read operations: %w", err)
	}
	byTask := make(map[int][]*model.TaskOperation, len(views))
	for _, row := range rows {
		byTask[row.TaskID] = append(byTask[row.TaskID], model.OperationOf(row))
	}
	for _, v := range views {
		if v.Operations = byTask[v.ID]; v.Operations == nil {
			v.Operations = []*model.TaskOperation{}
		}
	}
	return nil
}
