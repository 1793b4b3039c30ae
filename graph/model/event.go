package model

import (
	"fmt"
	"strconv"

	"rehearse.dev/ent"
	"rehearse.dev/internal/event"
)

// EventOf shows an event. A kind that this server does not know is an error: the
// stored list was written by a newer one.
func EventOf(e *event.Event) (TaskEvent, error) {
	switch e.Kind {
	case event.KindTask:
		return &TaskStateEvent{Seq: e.Seq, Time: e.At, From: TaskState(e.From), State: TaskState(e.State)}, nil
	case event.KindNode:
		return &NodeStateEvent{
			Seq: e.Seq, Time: e.At, NodeID: e.Node, Loop: e.Loop, From: before(e.From), State: NodeState(e.State),
			Error: optional(e.Error), FailureRule: rule(e.Rule),
		}, nil
	case event.KindDecision:
		if e.Decision != nil {
			return &GatewayDecisionEvent{Seq: e.Seq, Time: e.At, NodeID: e.Node, Loop: e.Loop, Decision: Decision(e.Decision)}, nil
		}
	case event.KindUnresolved:
		if e.Unresolved != nil {
			return &UnresolvedTextEvent{Seq: e.Seq, Time: e.At, NodeID: e.Node, Loop: e.Loop, Unresolved: unresolved(e.Unresolved)}, nil
		}
	case event.KindAttempt:
		return &AttemptEndedEvent{Seq: e.Seq, Time: e.At, NodeID: e.Node, Loop: e.Loop, Retry: e.Retry}, nil
	case event.KindCall:
		if e.Call != nil {
			return &HTTPCallEvent{Seq: e.Seq, Time: e.At, NodeID: e.Node, Loop: e.Loop, Call: Call(e.Call)}, nil
		}
	case event.KindOperation:
		return &OperationEvent{
			Seq: e.Seq, Time: e.At, Kind: TaskOperationKind(e.Operation), Operator: e.Operator, NodeID: optional(e.Node),
		}, nil
	}
	return nil, fmt.Errorf("event %d of kind %q cannot be shown", e.Seq, e.Kind)
}

// EventsOf shows events in their order; the errors are those of EventOf.
func EventsOf(events []event.Event) ([]TaskEvent, error) {
	views := make([]TaskEvent, len(events))
	for i := range events {
		view, err := EventOf(&events[i])
		if err != nil {
			return nil, err
		}
		views[i] = view
	}
	return views, nil
}

// before is the state that a node had; nil for one that was reached for the first
// time.
func before(state string) *NodeState {
	if state == "" {
		return nil
	}
	s := NodeState(state)
	return &s
}

// OperationOf shows a record of what was done to a task.
func OperationOf(row *ent.TaskOperation) *TaskOperation {
	return &TaskOperation{
		ID: strconv.Itoa(row.ID), Kind: TaskOperationKind(row.Kind), Operator: row.Operator,
		NodeID: optional(row.NodeID), Time: row.CreateTime,
	}
}
