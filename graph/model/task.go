package model

import (
	"encoding/json"

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

	// What follows is of the run. Before the start there is none, and the zero values
	// hold, but for lists and objects, which are then empty.

	// Runs are the nodes that were reached, by the path of their ids.
	Runs      map[string]*NodeRun
	Progress  *TaskProgress
	Variables json.RawMessage
	// VariablesCut are the keys of Variables that are too large to be shown.
	VariablesCut []string
	Outputs      json.RawMessage
	LastSeq      int
	RealCalls    int
	Operations   []*TaskOperation
	// Events holds the lists of events by the alias of the field that asked.
	Events map[string][]TaskEvent
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

// IsFinished reports whether the task ran to its end, also when its run data was
// swept since.
func (t *Task) IsFinished() bool {
	return t.Task.State == task.StateFINISHED || t.IsExpired() && !t.WasRevoked
}

// IsRevoked reports whether the task was given up, also when its run data was swept
// since.
func (t *Task) IsRevoked() bool {
	return t.Task.State == task.StateREVOKED || t.IsExpired() && t.WasRevoked
}

// IsExpired reports whether the task's run data was swept.
func (t *Task) IsExpired() bool { return t.Task.State == task.StateEXPIRED }

// Parameters is the value of every constant of the tree that runs, by key.
func (t *Task) Parameters() json.RawMessage {
	return template.Parameters(t.ExecutionSnapshot.Tree.Pipeline)
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
