package engine

import (
	"strconv"
	"time"
)

// NodeState is the state of a node or of a pipeline (engine §4).
type NodeState string

// The states. A node has none, and no row, before it is reached.
const (
	Ready     NodeState = "READY"
	LoopReady NodeState = "LOOP_READY"
	Running   NodeState = "RUNNING"
	Suspended NodeState = "SUSPENDED"
	Finished  NodeState = "FINISHED"
	Failed    NodeState = "FAILED"
	Revoked   NodeState = "REVOKED"
)

// moves are the legal transitions; every other is refused.
var moves = map[NodeState][]NodeState{
	Ready:     {Running, Suspended},
	LoopReady: {Running, Suspended},
	Running:   {Finished, Failed, Revoked, Suspended},
	Suspended: {Ready, Running, Revoked},
	Finished:  {Running, Failed},
	Failed:    {Ready, LoopReady, Finished},
	Revoked:   nil,
}

// Legal tells whether a row may go from one state to the other. A new row, from
// "", may begin RUNNING, or SUSPENDED when the node is paused in advance.
func Legal(from, to NodeState) bool {
	if from == "" {
		return to == Running || to == Suspended
	}
	for _, s := range moves[from] {
		if s == to {
			return true
		}
	}
	return false
}

// State is one run. It is plain data: json.Marshal and json.Unmarshal bring it
// back byte for byte. It belongs to whoever calls Step; see there.
type State struct {
	// Root is the key of the root row, Limit the rerun limit of this run.
	Root  string `json:"root"`
	Limit int    `json:"limit"`
	// StartNode is where the run begins, "" for the start event.
	StartNode string `json:"startNode,omitempty"`
	// Seed feeds random expressions; Steps counts the events taken so far.
	Seed  uint64 `json:"seed"`
	Steps uint64 `json:"steps"`
	// Serial is the last number given to a version or a process.
	Serial uint64 `json:"serial"`
	// System is what ${_system} and plugins see of the task.
	System Fields `json:"system,omitzero"`
	// Mock is the mock data in force.
	Mock Mock `json:"mock"`
	// Rows holds every node that was reached, by its key, and the root.
	Rows map[string]*Row `json:"rows"`
	// Processes are the live threads of control.
	Processes map[int]*Process `json:"processes"`
	// Scopes holds the variables that were set at run time, by scope, then by key.
	// The constants themselves are in the plan.
	Scopes map[string]map[string]Stored `json:"scopes"`
	// Bytes is about how much rendered inputs the rows hold.
	Bytes int `json:"bytes,omitempty"`
	// Pending is work that a step has left to the next one; see Options.StepLimit.
	Pending []Task `json:"pending,omitempty"`
}

// Task is postponed work: a process that goes on at a node, or a schedule call.
type Task struct {
	Process  int    `json:"process"`
	Node     string `json:"node"`
	Schedule bool   `json:"schedule,omitempty"`
	Version  string `json:"version,omitempty"`
	Callback *Value `json:"callback,omitempty"`
}

// Row is the state of one node or of the root pipeline.
type Row struct {
	State NodeState `json:"state"`
	// Version names one execution; it changes with re-entry, retry, skip and forced
	// fail, so that late timers, callbacks and outcomes can be told.
	Version   string `json:"version"`
	Loop      int    `json:"loop"`
	InnerLoop int    `json:"innerLoop"`
	Retry     int    `json:"retry"`
	Skip      bool   `json:"skip,omitempty"`
	// ErrorIgnored says that the node failed and the flow went on.
	ErrorIgnored bool `json:"errorIgnored,omitempty"`
	// Parent is the key of the pipeline that holds the node.
	Parent   string    `json:"parent,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	Archived time.Time `json:"archived,omitzero"`
	// Inputs and Outputs are those of the last execution; nil before there were any.
	Inputs  Fields `json:"inputs,omitzero"`
	Outputs Fields `json:"outputs,omitzero"`
	// Why says what went wrong, for a row that is FAILED or has ErrorIgnored.
	Why *Failure `json:"why,omitempty"`
	// Histories counts the history records, Runs the executions, AutoRetries the
	// automatic retries.
	Histories   int `json:"histories,omitempty"`
	Runs        int `json:"runs,omitempty"`
	AutoRetries int `json:"autoRetries,omitempty"`
	// Bytes is about the size of the rendered inputs.
	Bytes int `json:"bytes,omitempty"`
	// Retried are the inputs that a retry put in place of the tree's, Escaped those
	// of them that are not rendered.
	Retried Fields   `json:"retried,omitzero"`
	Escaped []string `json:"escaped,omitempty"`
	// Schedule is what the node waits for, or has waited for.
	Schedule *Schedule `json:"schedule,omitempty"`
	// TimeoutAt is when the node's time is up.
	TimeoutAt time.Time `json:"timeoutAt,omitzero"`

	mark uint64 // the step that touched the row last; not part of the data
}

// Failure is the rule that failed a node, and its text.
type Failure struct {
	Rule    Rule   `json:"rule"`
	Message string `json:"message"`
}

// Rule names why a node failed.
type Rule string

// The rules.
const (
	// RuleHydration: a variable that the node refers to has no value.
	RuleHydration Rule = "HYDRATION"
	// RuleUnknownPlugin: nobody knows the plugin's code and version.
	RuleUnknownPlugin Rule = "UNKNOWN_PLUGIN"
	// RulePlugin: the plugin said that it failed.
	RulePlugin Rule = "PLUGIN"
	// RuleException: the plugin failed unexpectedly.
	RuleException Rule = "EXCEPTION"
	// RuleMock: the mock data let the node fail.
	RuleMock Rule = "MOCK"
	// RuleForced: a person failed the node.
	RuleForced Rule = "FORCED"
	// RuleTimeout: the node's time was up.
	RuleTimeout Rule = "TIMEOUT"
	// RuleUnknownOutcome: a call was begun and nobody knows what came of it.
	RuleUnknownOutcome Rule = "UNKNOWN_OUTCOME"
	// RuleRerunLimit: the node was entered too often.
	RuleRerunLimit Rule = "RERUN_LIMIT"
	// RuleCondition: a condition of a gateway cannot be evaluated.
	RuleCondition Rule = "CONDITION"
	// RuleNoBranch: no condition holds and there is no default.
	RuleNoBranch Rule = "NO_BRANCH"
	// RuleManyBranches: several conditions of an exclusive gateway hold.
	RuleManyBranches Rule = "MANY_BRANCHES"
)

// Schedule is the waiting of one execution.
type Schedule struct {
	Kind    ScheduleKind `json:"kind"`
	Process int          `json:"process"`
	// Polls counts the schedule calls that were made.
	Polls    int  `json:"polls"`
	Finished bool `json:"finished,omitempty"`
	Expired  bool `json:"expired,omitempty"`
	// NextAt is when the next poll is due.
	NextAt time.Time `json:"nextAt,omitzero"`
	// Pending is the number of the plugin call whose outcome is awaited, 0 for none.
	Pending int `json:"pending,omitempty"`
	// Queue holds callbacks that came while an outcome was awaited.
	Queue []Value `json:"queue,omitempty"`
}

// Process is one thread of control: the main line or one branch of a parallel
// gateway (engine §6.1). Dead ones are removed.
type Process struct {
	ID     int `json:"id"`
	Parent int `json:"parent,omitempty"`
	// Node is where the process stands, Dest where a branch ends.
	Node string `json:"node"`
	Dest string `json:"dest,omitempty"`
	// Stack holds the scopes that the process is inside of, the root first.
	Stack  []string `json:"stack"`
	Asleep bool     `json:"asleep,omitempty"`
	// SuspendedBy is the pipeline or node whose pause holds the process.
	SuspendedBy string `json:"suspendedBy,omitempty"`
	// Ack of Need branches have arrived.
	Ack  int `json:"ack,omitempty"`
	Need int `json:"need,omitempty"`
}

// version makes a new version name.
func (s *State) version() string {
	s.Serial++
	return "v" + strconv.FormatUint(s.Serial, 36)
}
