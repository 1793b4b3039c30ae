package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rehearse.dev/ent"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
)

// when says of every operation in which state it is allowed.
var when = map[taskoperation.Kind]string{
	taskoperation.KindPAUSE:         "a task can be paused while it is RUNNING or FAILED",
	taskoperation.KindRESUME:        "a task goes on only when it is SUSPENDED",
	taskoperation.KindREVOKE:        "a task that has ended cannot be given up",
	taskoperation.KindRETRY:         "a node can be retried when it is FAILED",
	taskoperation.KindSKIP:          "a node can be skipped when it is FAILED; one that is RUNNING can be failed first",
	taskoperation.KindFORCE_FAIL:    "an activity can be failed while it is RUNNING",
	taskoperation.KindCALLBACK:      "a node takes a callback while it is RUNNING and waits",
	taskoperation.KindCHOOSE_BRANCH: "branches can be chosen when the gateway is FAILED",
}

// refusal is the engine's refusal as a problem of the input.
func (o *Operation) refusal(e *engine.RefusedError) fault.Problem {
	field := "nodeId"
	if o.Node == "" {
		field = o.taskField()
	}
	p := problem(codeWrongState, e.Text, field)
	switch e.Reason {
	case engine.ReasonState, engine.ReasonNotFound: // a node that was not reached
		p.Message += "; " + when[o.Kind]
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

// unready adds why nothing can be done to a task in its state.
func (o *Operation) unready(c *input.Checker, row *ent.Task) {
	switch row.State {
	case enttask.StateCREATED:
		c.Add(codeWrongState, fmt.Sprintf("task %d is CREATED: start it first", row.ID), o.taskField())
	case enttask.StateEXPIRED:
		c.Append(o.swept(row.ID))
	}
}

// swept is the refusal for a task whose run data is gone.
func (o *Operation) swept(taskID int) fault.Problem {
	return problem(codeWrongState, fmt.Sprintf("task %d is EXPIRED: its run data was swept", taskID), o.taskField())
}

// unknown adds that the tree has no such node, and where else the id is.
func (o *Operation) unknown(c *input.Checker, plan *engine.Plan) {
	if o.Node == "" && o.taskField() == "id" {
		return
	}
	if _, ok := plan.Node(o.Node); ok {
		return
	}
	text := fmt.Sprintf("the tree has no node %q", o.Node)
	const most = 3
	var paths []string
	for _, key := range plan.Keys() {
		if strings.HasSuffix(key, "/"+o.Node) && len(paths) < most {
			paths = append(paths, key)
		}
	}
	slices.Sort(paths)
	if len(paths) > 0 {
		text += "; inside a sub-process a node is named by its path: " + strings.Join(paths, " or ")
	}
	c.Append(fault.Problem{Code: codeUnknownNode, Message: text, Path: []string{"nodeId"}, NodeID: o.Node})
}

// refuse lists everything that is wrong with an operation that the checker has found
// fault with.
func (r *Runner) refuse(ctx context.Context, c *input.Checker, o *Operation, row *ent.Task) error {
	if row != nil && row.State != enttask.StateCREATED && row.State != enttask.StateEXPIRED {
		l, err := r.load(ctx, row.ID)
		if err != nil {
			return err
		}
		o.unknown(c, l.plan)
	}
	return c.Err()
}
