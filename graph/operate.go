package graph

import (
	"context"

	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/task/run"
)

// operate carries out an operation and reads the task back for the payload.
func (r *Resolver) operate(ctx context.Context, o run.Operation) (*model.Task, []*model.UserError, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, nil, err
	}
	id, err := r.Runs.Operate(ctx, c, o)
	return r.operated(ctx, id, err)
}

// start starts a task and reads it back.
func (r *Resolver) start(ctx context.Context, in model.StartTaskInput) (*model.Task, []*model.UserError, error) {
	c, err := caller(ctx)
	if err != nil {
		return nil, nil, err
	}
	id, err := r.Runs.StartTask(ctx, c, in.ID, value(in.Operator))
	return r.operated(ctx, id, err)
}

func (r *Resolver) operated(ctx context.Context, id int, err error) (*model.Task, []*model.UserError, error) {
	errs, err := refusal(err)
	if err != nil || len(errs) > 0 {
		return nil, errs, err
	}
	view, err := back[*model.Task](ctx, r, "task", id)
	return view, errs, err
}

// onTask is an operation on a task.
func onTask(kind taskoperation.Kind, id string, operator *string) run.Operation {
	return run.Operation{Kind: kind, TaskID: id, Operator: value(operator)}
}

// onNode is an operation on a node.
func onNode(kind taskoperation.Kind, taskID, nodeID string, operator *string) run.Operation {
	return run.Operation{Kind: kind, TaskID: taskID, Node: nodeID, Operator: value(operator)}
}

func retryOf(in model.RetryNodeInput) run.Operation {
	o := onNode(taskoperation.KindRETRY, in.TaskID, in.NodeID, in.Operator)
	o.Loop, o.Inputs = in.Loop, in.Inputs
	return o
}

func skipOf(in model.SkipNodeInput) run.Operation {
	o := onNode(taskoperation.KindSKIP, in.TaskID, in.NodeID, in.Operator)
	o.Loop, o.Outputs = in.Loop, in.Outputs
	return o
}

func forceFailOf(in model.ForceFailNodeInput) run.Operation {
	o := onNode(taskoperation.KindFORCE_FAIL, in.TaskID, in.NodeID, in.Operator)
	o.Reason = value(in.Reason)
	return o
}

func callbackOf(in model.CallbackNodeInput) run.Operation {
	o := onNode(taskoperation.KindCALLBACK, in.TaskID, in.NodeID, in.Operator)
	o.Data = in.Data
	return o
}

func branchOf(in model.ChooseBranchInput) run.Operation {
	o := onNode(taskoperation.KindCHOOSE_BRANCH, in.TaskID, in.NodeID, in.Operator)
	o.Flows = in.FlowIds
	return o
}
