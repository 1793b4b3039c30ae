package model

import (
	"encoding/json"
	"strconv"

	"rehearse.dev/ent"
	"rehearse.dev/ent/task"
	"rehearse.dev/internal/template"
)

// Task is a stored task with the neighbours that were asked for.
type Task struct {
	*ent.Task
	Template          *Template
	Snapshot          *Snapshot
	ExecutionSnapshot *Snapshot
	Mock              *TaskMock
}

// IsNode marks Task as a Node.
func (Task) IsNode() {}

// State is how far the task is.
func (t *Task) State() TaskState { return TaskState(t.Task.State) }

// CreateMethod is how the task came to be.
func (t *Task) CreateMethod() TaskCreateMethod { return TaskCreateMethod(t.Task.CreateMethod) }

// TriggerMethod is what made somebody create the task.
func (t *Task) TriggerMethod() TaskTriggerMethod { return TaskTriggerMethod(t.Task.TriggerMethod) }

// IsStarted reports whether the task was ever started.
func (t *Task) IsStarted() bool { return t.StartTime != nil }

// IsFinished reports whether the task ran to its end.
func (t *Task) IsFinished() bool { return t.Task.State == task.StateFINISHED }

// IsRevoked reports whether the task was given up.
func (t *Task) IsRevoked() bool { return t.Task.State == task.StateREVOKED }

// IsExpired reports whether the task's run data was swept.
func (t *Task) IsExpired() bool { return t.Task.State == task.StateEXPIRED }

// Parameters is the value of every constant of the tree that runs, by key.
func (t *Task) Parameters() json.RawMessage {
	return template.Parameters(t.ExecutionSnapshot.Tree.Pipeline)
}

// Nodes are the nodes of the tree that runs, each with what the task does to it;
// those inside a sub-process follow it and are named by their path.
func (t *Task) Nodes() []*TaskNode {
	mocked := make(map[string]bool)
	for _, id := range t.Mock.Nodes() {
		mocked[id] = true
	}
	paths := t.ExecutionSnapshot.Tree.Pipeline.Paths()
	views := make([]*TaskNode, len(paths))
	for i, n := range paths {
		views[i] = &TaskNode{
			ID: strconv.Itoa(t.ID) + ":" + n.Path, NodeID: n.Path, Name: n.Node.Name, Type: nodeType(n.Node), Mocked: mocked[n.Path],
		}
	}
	return views
}

// TaskMock is what a task mocks.
type TaskMock struct{ *ent.TaskMock }

// Nodes are the ids of the mocked activities.
func (m *TaskMock) Nodes() []string {
	ids := []string{}
	// The column was written by task.Service as a list of strings.
	_ = json.Unmarshal(m.TaskMock.Nodes, &ids)
	return ids
}

// MockDataIds is node id to preset id, as the caller gave them.
func (m *TaskMock) MockDataIds() json.RawMessage { return m.PresetIds }
