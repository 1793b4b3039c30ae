package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/input"
	"rehearse.dev/internal/task"
)

// Problem codes; the API's UserErrorCode explains them.
const (
	codeNotFound        = "NOT_FOUND"
	codeUnknownNode     = "UNKNOWN_NODE"
	codeWrongState      = "WRONG_STATE"
	codeWrongType       = "WRONG_TYPE"
	codeInvalidValue    = "INVALID_VALUE"
	codeInvalidPipeline = "INVALID_PIPELINE"
)

// Limits of what people write, in code points.
const (
	maxOperator = 32
	maxReason   = 1024
)

func problem(code, message string, path ...string) fault.Problem {
	return fault.Problem{Code: code, Message: message, Path: path}
}

// Operation is what somebody asks of a task or of one of its nodes.
type Operation struct {
	// TaskID is the id as the caller wrote it, Node the engine's key.
	TaskID, Node string
	// Operator is in whose name it is done, "" for the caller's user.
	Operator string
	Kind     taskoperation.Kind
	// Loop asks for the loop form of RETRY and SKIP.
	Loop bool
	// Inputs are those of RETRY, Outputs those of SKIP: objects, empty for none.
	Inputs, Outputs json.RawMessage
	// Data is what CALLBACK brings, empty for null.
	Data json.RawMessage
	// Reason is that of FORCE_FAIL.
	Reason string
	// Flows are those of CHOOSE_BRANCH.
	Flows []string
}

// operation is the record of one.
type operation struct {
	kind           taskoperation.Kind
	operator, node string
}

// taskField is the argument that names the task.
func (o *Operation) taskField() string {
	switch o.Kind {
	case taskoperation.KindPAUSE, taskoperation.KindRESUME, taskoperation.KindREVOKE:
		return "id"
	default:
		return "taskId"
	}
}

// Operate carries out an operation and takes the task as far as it goes at once. It
// returns the task's id. A refusal is a fault with the problem's code: NOT_FOUND for
// a task that the caller does not see, UNKNOWN_NODE, WRONG_STATE, WRONG_TYPE or
// INVALID_VALUE. A refused operation leaves nothing behind.
func (r *Runner) Operate(ctx context.Context, caller auth.Caller, o Operation) (int, error) {
	row, who, err := r.target(ctx, caller, o.taskField(), o.TaskID, o.Operator)
	if err != nil {
		return 0, err
	}
	asked, err := o.decode(who)
	if err != nil {
		return 0, err
	}
	switch row.State {
	case enttask.StateCREATED:
		return 0, fault.Invalid(problem(codeWrongState, fmt.Sprintf("task %d has not been started", row.ID), o.taskField()))
	case enttask.StateEXPIRED:
		return 0, fault.Invalid(o.swept(row.ID))
	}
	err = r.advance(ctx, row.ID, causeOf(&o, asked, who))
	if errors.Is(err, errSwept) {
		return 0, fault.Invalid(o.swept(row.ID))
	}
	var refused *engine.RefusedError
	if errors.As(err, &refused) {
		return 0, fault.Invalid(o.refusal(refused))
	}
	return row.ID, err
}

// swept is the refusal for a task whose run data is gone.
func (o *Operation) swept(taskID int) fault.Problem {
	return problem(codeWrongState, fmt.Sprintf("the run of task %d has been swept", taskID), o.taskField())
}

// causeOf is the cause of an advance for an operation. Which kind of branch a
// gateway takes is known when its plan is.
func causeOf(o *Operation, asked engine.Operation, who string) cause {
	event := func(l *live) (engine.Event, error) {
		op := asked
		if o.Kind == taskoperation.KindCHOOSE_BRANCH {
			op.Op = engine.OpSkipConditional
			if info, ok := l.plan.Node(o.Node); ok && info.Kind == flow.NodeKind(flow.ExclusiveGateway) {
				if len(o.Flows) != 1 {
					return engine.Event{}, fault.Invalid(problem(codeInvalidValue, "an exclusive gateway takes exactly one flow", "flowIds"))
				}
				op.Op, op.Flow, op.Flows = engine.OpSkipExclusive, o.Flows[0], nil
			}
		}
		return engine.Event{Kind: engine.EventOperation, Operation: &op}, nil
	}
	return cause{event: event, operation: &operation{kind: o.Kind, operator: who, node: o.Node}}
}

// ops are the engine's operations by kind.
var ops = map[taskoperation.Kind]engine.Op{
	taskoperation.KindPAUSE: engine.OpPause, taskoperation.KindRESUME: engine.OpResume, taskoperation.KindREVOKE: engine.OpRevoke,
	taskoperation.KindRETRY: engine.OpRetry, taskoperation.KindSKIP: engine.OpSkip,
	taskoperation.KindFORCE_FAIL: engine.OpForcedFail, taskoperation.KindCALLBACK: engine.OpCallback,
	taskoperation.KindCHOOSE_BRANCH: engine.OpSkipConditional,
}

// decode checks what the caller wrote and brings it into the engine's form.
func (o *Operation) decode(who string) (engine.Operation, error) {
	var c input.Checker
	e := engine.Operation{Op: ops[o.Kind], Node: o.Node, Loop: o.Loop, Operator: who, Flows: o.Flows}
	e.Reason = c.Text(o.Reason, maxReason, "reason")
	if o.Kind == taskoperation.KindCHOOSE_BRANCH && len(o.Flows) == 0 {
		c.Add(codeInvalidValue, "at least one flow must be chosen", "flowIds")
	}
	for _, part := range []struct {
		name string
		raw  json.RawMessage
		to   *engine.Fields
	}{{"inputs", o.Inputs, &e.Inputs}, {"outputs", o.Outputs, &e.Outputs}} {
		if len(part.raw) > 0 && part.to.UnmarshalJSON(part.raw) != nil {
			c.Add(codeWrongType, part.name+" must be an object", part.name)
		}
	}
	if len(o.Data) > 0 && e.Data.UnmarshalJSON(o.Data) != nil {
		c.Add(codeWrongType, "data must be JSON", "data")
	}
	if problems := c.Problems(); len(problems) > 0 {
		return e, fault.Invalid(problems...)
	}
	return e, nil
}

// refusal is the engine's refusal as a problem of the input.
func (o *Operation) refusal(e *engine.RefusedError) fault.Problem {
	field := "nodeId"
	if o.Node == "" {
		field = o.taskField()
	}
	p := problem(codeWrongState, e.Text, field)
	switch e.Reason {
	case engine.ReasonNotFound:
		p.Code = codeUnknownNode
	case engine.ReasonKind:
		p.Code = codeInvalidValue
	case engine.ReasonInput:
		p.Code = codeInvalidValue
		if len(o.Flows) > 0 {
			p.Path = []string{"flowIds"}
		}
	}
	p.NodeID = o.Node
	return p
}

// target finds the task that the caller may operate, and in whose name.
func (r *Runner) target(ctx context.Context, caller auth.Caller, field, id, operator string) (*ent.Task, string, error) {
	missing := fault.Invalid(problem(codeNotFound, fmt.Sprintf("there is no task %s", id), field))
	var c input.Checker
	who := c.Text(operator, maxOperator, "operator")
	if problems := c.Problems(); len(problems) > 0 {
		return nil, "", fault.Invalid(problems...)
	}
	if who == "" {
		who = caller.Username
	}
	number, err := strconv.Atoi(id)
	if err != nil {
		return nil, "", missing
	}
	row, err := r.Store.Read.Task.Query().Where(enttask.ID(number), enttask.IsDeleted(false)).Only(ctx)
	if err == nil {
		err = caller.May(auth.OperateTask, task.Target(row))
	}
	switch {
	case ent.IsNotFound(err), fault.CodeOf(err) == fault.CodeNotFound:
		return nil, "", missing
	case err != nil:
		return nil, "", fmt.Errorf("load task %d: %w", number, err)
	}
	return row, who, nil
}
