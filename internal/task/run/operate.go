package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	var c input.Checker
	who := operatorOf(&c, caller, o.Operator)
	asked := o.decode(&c, who)
	row, err := r.target(ctx, &c, caller, o.taskField(), o.TaskID)
	if err != nil {
		return 0, err
	}
	if row != nil {
		o.unready(&c, row)
	}
	if len(c.Problems()) > 0 {
		return 0, r.refuse(ctx, &c, &o, row)
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

// causeOf is the cause of an advance for an operation. Which kind of branch a
// gateway takes is known when its plan is.
func causeOf(o *Operation, asked engine.Operation, who string) cause {
	event := func(l *live) (engine.Event, error) {
		var c input.Checker
		if o.unknown(&c, l.plan); len(c.Problems()) > 0 {
			return engine.Event{}, c.Err()
		}
		op := asked
		info, _ := l.plan.Node(o.Node)
		switch {
		case o.Kind == taskoperation.KindCHOOSE_BRANCH && info.Kind == flow.NodeKind(flow.ExclusiveGateway):
			if len(o.Flows) != 1 {
				return engine.Event{}, fault.Invalid(problem(codeInvalidValue, "an exclusive gateway takes exactly one flow", "flowIds"))
			}
			op.Op, op.Flow, op.Flows = engine.OpSkipExclusive, o.Flows[0], nil
		case o.Kind == taskoperation.KindCHOOSE_BRANCH:
			op.Op = engine.OpSkipConditional
		case o.Kind == taskoperation.KindRETRY && info.Kind == flow.NodeKind(flow.SubProcess) && !l.mocked[o.Node] && !o.Loop:
			if op.Inputs.Dict != nil {
				return engine.Event{}, fault.Invalid(problem(codeInvalidValue, "a sub-process takes no inputs", "inputs"))
			}
			op.Op = engine.OpRetrySubprocess
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
func (o *Operation) decode(c *input.Checker, who string) engine.Operation {
	e := engine.Operation{Op: ops[o.Kind], Node: o.Node, Loop: o.Loop, Operator: who, Flows: o.Flows}
	e.Reason = c.Text(o.Reason, maxReason, "reason")
	if o.Kind == taskoperation.KindCHOOSE_BRANCH && len(o.Flows) == 0 {
		c.Add(codeInvalidValue, "at least one flow must be chosen", "flowIds")
	}
	for i, id := range o.Flows {
		if slices.Contains(o.Flows[:i], id) {
			c.Add(codeInvalidValue, fmt.Sprintf("the flow %q is named twice", id), "flowIds", strconv.Itoa(i))
		}
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
	return e
}

// operatorOf is in whose name something is done.
func operatorOf(c *input.Checker, caller auth.Caller, operator string) string {
	if who := c.Text(operator, maxOperator, "operator"); who != "" {
		return who
	}
	return caller.Username
}

// target finds the task that the caller may operate. One that the caller does not see
// is a problem, and nil.
func (r *Runner) target(ctx context.Context, c *input.Checker, caller auth.Caller, field, id string) (*ent.Task, error) {
	missing := func() { c.Add(codeNotFound, "there is no task "+id, field) }
	number, err := strconv.Atoi(id)
	if err != nil {
		missing()
		return nil, nil
	}
	row, err := r.Store.Read.Task.Query().Where(enttask.ID(number), enttask.IsDeleted(false)).Only(ctx)
	if err == nil {
		err = caller.May(auth.OperateTask, task.Target(row))
	}
	switch {
	case ent.IsNotFound(err), fault.CodeOf(err) == fault.CodeNotFound:
		missing()
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("load task %d: %w", number, err)
	}
	return row, nil
}
