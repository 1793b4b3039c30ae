package model

import "strconv"

// NodeRun is what is stored about a node that was reached, as far as it was asked
// for.
type NodeRun struct {
	// State is that of the latest execution, IsSkipped and IsErrorIgnored too.
	State                     NodeState
	IsSkipped, IsErrorIgnored bool
	Attempts                  []*NodeAttempt
	Decision                  *GatewayDecision
	Unresolved                []*UnresolvedText
}

// Nodes are the nodes of the tree that runs, each with what the task does to it and
// how far it is; those inside a sub-process follow it and are named by their path.
func (t *Task) Nodes() []*TaskNode {
	mocked := make(map[string]bool)
	for _, id := range t.Mock.Nodes() {
		mocked[id] = true
	}
	paths := t.ExecutionSnapshot.Tree.Pipeline.Paths()
	views := make([]*TaskNode, len(paths))
	// The sub-processes around the present node, the outermost first.
	var around []*TaskNode
	for i, n := range paths {
		v := &TaskNode{
			ID: strconv.Itoa(t.ID) + ":" + n.Path, NodeID: n.Path, Name: n.Node.Name, Type: nodeType(n.Node), Mocked: mocked[n.Path],
			State: NodeStateReady, Attempts: []*NodeAttempt{}, Unresolved: []*UnresolvedText{},
		}
		views[i] = v
		if run := t.Runs[n.Path]; run != nil {
			run.show(v)
		}
		around = append(around[:n.Depth], v)
		if v.State == NodeStateFailed {
			failOutward(around[:n.Depth])
		}
	}
	return views
}

// failOutward shows running sub-processes around a failed node as failed, as people
// are told of them (engine §4); one that is paused or over says so instead.
func failOutward(around []*TaskNode) {
	for i := len(around) - 1; i >= 0 && around[i].State == NodeStateRunning; i-- {
		around[i].State = NodeStateFailed
	}
}

func (r *NodeRun) show(v *TaskNode) {
	v.State, v.IsSkipped, v.IsErrorIgnored, v.Decision = r.State, r.IsSkipped, r.IsErrorIgnored, r.Decision
	if r.Attempts != nil {
		v.Attempts = r.Attempts
	}
	if r.Unresolved != nil {
		v.Unresolved = r.Unresolved
	}
}

// NewProgress counts nodes: total are all of the tree, reached those that have a
// state. A node that is about to be run again counts as one that was never reached.
func NewProgress(total int, reached map[NodeState]int) *TaskProgress {
	p := &TaskProgress{
		Total: total, Running: reached[NodeStateRunning] + reached[NodeStateLoopReady], Suspended: reached[NodeStateSuspended],
		Finished: reached[NodeStateFinished], Failed: reached[NodeStateFailed],
	}
	p.Ready = total - p.Running - p.Suspended - p.Finished - p.Failed
	return p
}
