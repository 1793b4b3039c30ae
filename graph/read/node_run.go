package read

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"rehearse.dev/ent"
	"rehearse.dev/ent/noderun"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/task/run"
)

// maxShown bounds the executions of a node and the calls of an execution.
const maxShown = 100

// attemptLight are the fields of NodeAttempt that do not need the engine's row.
var attemptLight = map[string]bool{
	"__typename": true, "number": true, "state": true, "httpCalls": true, "credentialSource": true, "credentialName": true,
}

var nodeRunColumns = []column[ent.NodeRun]{
	{noderun.FieldTaskID, func(n *ent.NodeRun) any { return whole{&n.TaskID} }},
	{noderun.FieldNodeID, func(n *ent.NodeRun) any { return &n.NodeID }},
	{noderun.FieldNumber, func(n *ent.NodeRun) any { return whole{&n.Number} }},
	{noderun.FieldIsCurrent, func(n *ent.NodeRun) any { return &n.IsCurrent }},
	{noderun.FieldState, func(n *ent.NodeRun) any { return (*string)(&n.State) }},
	{noderun.FieldRow, func(n *ent.NodeRun) any { return (*[]byte)(&n.Row) }},
	{noderun.FieldDecision, func(n *ent.NodeRun) any { return (*[]byte)(&n.Decision) }},
	{noderun.FieldUnresolved, func(n *ent.NodeRun) any { return (*[]byte)(&n.Unresolved) }},
}

// nodeWant is what is asked of the nodes of tasks.
type nodeWant struct {
	nodes, attempts Want
	// history asks for all executions, rows for the engine's rows of them, flags for
	// those of the latest ones.
	history, rows, flags bool
}

func wantNodes(w Want) nodeWant {
	n := nodeWant{nodes: w.Of("nodes")}
	n.history, n.flags = n.nodes.Has("attempts"), n.nodes.Has("isSkipped", "isErrorIgnored")
	n.attempts = n.nodes.Of("attempts")
	for _, s := range n.attempts {
		for _, f := range s.Fields {
			n.rows = n.rows || !attemptLight[f.Name]
		}
	}
	return n
}

func (n nodeWant) any() bool {
	return n.history || n.flags || n.nodes.Has("state", "decision", "unresolved")
}

// nodeRuns loads the nodes that were reached and counts them.
func (r *Reader) nodeRuns(ctx context.Context, views []*model.Task, w Want) error {
	n := wantNodes(w)
	switch {
	case n.any():
		return r.nodesReached(ctx, views, n, w.Has("progress"))
	case w.Has("progress"):
		return r.progress(ctx, views)
	}
	return nil
}

// progress counts nodes by state without reading them.
func (r *Reader) progress(ctx context.Context, views []*model.Task) error {
	type group struct {
		taskID, n int
		state     string
	}
	s := r.selectFrom(noderun.Table, []string{noderun.FieldTaskID, noderun.FieldState, "count(*)"})
	in(s, noderun.FieldTaskID, ids(views, taskID))
	s.and(noderun.FieldIsCurrent)
	s.add(" GROUP BY " + noderun.FieldTaskID + ", " + noderun.FieldState)
	groups, err := scan(ctx, r.rows, s, func(g *group) []any { return []any{whole{&g.taskID}, &g.state, whole{&g.n}} })
	if err != nil {
		return fmt.Errorf("count nodes: %w", err)
	}
	reached := make(map[int]map[model.NodeState]int, len(views))
	for _, g := range groups {
		tally(reached, g.taskID, model.NodeState(g.state), g.n)
	}
	showProgress(views, reached)
	return nil
}

func tally(reached map[int]map[model.NodeState]int, taskID int, state model.NodeState, n int) {
	if reached[taskID] == nil {
		reached[taskID] = map[model.NodeState]int{}
	}
	reached[taskID][state] += n
}

func showProgress(views []*model.Task, reached map[int]map[model.NodeState]int) {
	for _, v := range views {
		v.Progress = model.NewProgress(len(v.ExecutionSnapshot.Tree.Pipeline.Paths()), reached[v.ID])
	}
}

// nodesReached loads executions: the latest of each node or, if they are wanted, the
// latest 100.
func (r *Reader) nodesReached(ctx context.Context, views []*model.Task, n nodeWant, progress bool) error {
	rows, err := r.selectNodeRuns(ctx, ids(views, taskID), n)
	if err != nil {
		return err
	}
	calls, err := r.calls(ctx, ids(views, taskID), n.attempts)
	if err != nil {
		return err
	}
	byTask := make(map[int]map[string]*model.NodeRun, len(views))
	reached := make(map[int]map[model.NodeState]int, len(views))
	for _, row := range rows {
		if byTask[row.TaskID] == nil {
			byTask[row.TaskID] = map[string]*model.NodeRun{}
		}
		node := byTask[row.TaskID][row.NodeID]
		if node == nil {
			node = &model.NodeRun{State: model.NodeStateReady}
			byTask[row.TaskID][row.NodeID] = node
		}
		if row.IsCurrent {
			tally(reached, row.TaskID, model.NodeState(row.State), 1)
		}
		if err := showNode(node, row, n, calls); err != nil {
			return fmt.Errorf("node %s of task %d: %w", row.NodeID, row.TaskID, err)
		}
	}
	for _, v := range views {
		v.Runs = byTask[v.ID]
	}
	if progress {
		showProgress(views, reached)
	}
	return nil
}

func (r *Reader) selectNodeRuns(ctx context.Context, tasks []int, n nodeWant) ([]*ent.NodeRun, error) {
	wanted := map[string]bool{
		noderun.FieldTaskID: true, noderun.FieldNodeID: true, noderun.FieldIsCurrent: true, noderun.FieldState: true,
		noderun.FieldNumber: n.history, noderun.FieldRow: n.rows || n.flags,
		noderun.FieldDecision: n.nodes.Has("decision"), noderun.FieldUnresolved: n.nodes.Has("unresolved"),
	}
	names, dest := columnSet(nodeRunColumns, wanted)
	s := r.selectFrom(noderun.Table, names)
	if n.history {
		s.latest(noderun.Table, "task_id, node_id", tasks)
		s.add(" ORDER BY task_id, node_id, number")
	} else {
		in(s, noderun.FieldTaskID, tasks)
		s.and(noderun.FieldIsCurrent)
	}
	rows, err := scan(ctx, r.rows, s, dest)
	if err != nil {
		return nil, fmt.Errorf("read nodes: %w", err)
	}
	return rows, nil
}

// latest narrows the statement to rows of tasks, of each group the latest 100 by
// number; more are conditions.
func (s *statement) latest(table, group string, tasks []int, more ...string) {
	s.and("id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY " + group + " ORDER BY number DESC) AS place FROM " + table)
	s.where = false
	in(s, "task_id", tasks)
	for _, condition := range more {
		s.and(condition)
	}
	s.add(") AS ranked WHERE place <= " + strconv.Itoa(maxShown) + ")")
}

// showNode adds an execution to the view of its node. Executions come in order.
func showNode(node *model.NodeRun, row *ent.NodeRun, n nodeWant, calls map[callKey]*callList) error {
	if n.history {
		attempt, err := showAttempt(row, n.rows)
		if err != nil {
			return err
		}
		calls[callKey{row.TaskID, row.NodeID, row.Number}].show(attempt)
		node.Attempts = append(node.Attempts, attempt)
	}
	if !row.IsCurrent {
		return nil
	}
	node.State = model.NodeState(row.State)
	if n.flags {
		var flags struct {
			Skip         bool `json:"skip"`
			ErrorIgnored bool `json:"errorIgnored"`
		}
		if err := json.Unmarshal(row.Row, &flags); err != nil {
			return fmt.Errorf("decode the row: %w", err)
		}
		node.IsSkipped, node.IsErrorIgnored = flags.Skip, flags.ErrorIgnored
	}
	if len(row.Decision) > 0 {
		var d event.Decision
		if err := json.Unmarshal(row.Decision, &d); err != nil {
			return fmt.Errorf("decode the decision: %w", err)
		}
		node.Decision = model.Decision(&d)
	}
	if len(row.Unresolved) > 0 {
		var pieces []event.Unresolved
		if err := json.Unmarshal(row.Unresolved, &pieces); err != nil {
			return fmt.Errorf("decode what is unresolved: %w", err)
		}
		node.Unresolved = model.Unresolved(pieces)
	}
	return nil
}

func showAttempt(row *ent.NodeRun, whole bool) (*model.NodeAttempt, error) {
	e := run.Execution{State: string(row.State)}
	if whole {
		var err error
		if e, err = run.DecodeExecution(row.Row); err != nil {
			return nil, err
		}
	}
	return model.Attempt(row.Number, &e), nil
}
