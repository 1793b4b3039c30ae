package engine

import "time"

// EventKind tells the kinds of event apart.
type EventKind string

// The kinds of event.
const (
	// EventStart begins the run.
	EventStart EventKind = "start"
	// EventOperation is something that a person or another system asks for.
	EventOperation EventKind = "operation"
	// EventWake says that the time of a Wake effect has come.
	EventWake EventKind = "wake"
	// EventOutcome brings the outcome of a CallPlugin effect.
	EventOutcome EventKind = "outcome"
)

// Event is one input of a run: plain data that a durable inbox can hold.
type Event struct {
	Kind EventKind `json:"kind"`
	// At is when it happened. It should not run backwards; the engine only compares
	// and passes it on.
	At time.Time `json:"at"`
	// Operation is set for EventOperation, Wake for EventWake, Outcome for
	// EventOutcome.
	Operation *Operation `json:"operation,omitempty"`
	Wake      *Wake      `json:"wake,omitempty"`
	Outcome   *Outcome   `json:"outcome,omitempty"`
}

// Op names an operation (engine §5).
type Op string

// The operations.
const (
	OpPause           Op = "pause"
	OpResume          Op = "resume"
	OpRevoke          Op = "revoke"
	OpPauseNode       Op = "pause_node"
	OpResumeNode      Op = "resume_node"
	OpRetry           Op = "retry"
	OpRetrySubprocess Op = "retry_subprocess"
	OpSkip            Op = "skip"
	// OpSkipExclusive continues a failed exclusive gateway along Flow.
	OpSkipExclusive Op = "skip_exg"
	// OpSkipConditional continues a failed conditional parallel gateway along Flows.
	OpSkipConditional Op = "skip_cpg"
	OpForcedFail      Op = "forced_fail"
	OpCallback        Op = "callback"
	// OpMock merges Mock into the mock data in force.
	OpMock Op = "mock"
)

// Operation is what somebody asks of a run.
type Operation struct {
	Op Op `json:"op"`
	// Node is the node's key, for the operations on nodes.
	Node string `json:"node,omitempty"`
	// Loop asks for the loop form of retry and skip.
	Loop bool `json:"loop,omitempty"`
	// Inputs replace all inputs of a retried node; nil keeps them. The list under
	// _escape_render_keys names those that are not rendered.
	Inputs Fields `json:"inputs"`
	// Data is what a callback brings. Version is the execution that it is meant for,
	// "" for the present one.
	Data    Value  `json:"data"`
	Version string `json:"version,omitempty"`
	// Flow and Flows choose branches; Converge is where they meet, "" for the
	// gateway's own.
	Flow     string   `json:"flow,omitempty"`
	Flows    []string `json:"flows,omitempty"`
	Converge string   `json:"converge,omitempty"`
	// Reason is the ex_data of a forced fail, "" for a text with Operator in it.
	Reason   string `json:"reason,omitempty"`
	Operator string `json:"operator,omitempty"`
	Mock     *Mock  `json:"mock,omitempty"`
	// Outputs are put in place of what a skipped node did not deliver; they reach the
	// variables that are bound to them. The reference has no such thing.
	Outputs Fields `json:"outputs,omitzero"`
}

// Timer names what a wake-up is for.
type Timer string

// The timers.
const (
	TimerPoll      Timer = "poll"
	TimerAutoRetry Timer = "auto_retry"
	TimerTimeout   Timer = "timeout"
	// TimerContinue is for work that a step has left over; it has no node.
	TimerContinue Timer = "continue"
)

// Wake is a wake-up at a time. It is both an effect (tell me then) and, handed
// back unchanged, an event. A wake-up that has become pointless is ignored.
type Wake struct {
	Timer Timer     `json:"timer"`
	Node  string    `json:"node"`
	At    time.Time `json:"at"`
	// Version is the execution that asked for it.
	Version string `json:"version"`
}

// Outcome is what came of a plugin call.
type Outcome struct {
	// Node, Version and Call are those of the effect; other outcomes are ignored.
	Node    string `json:"node"`
	Version string `json:"version"`
	Call    int    `json:"call"`
	// Answer is the plugin's; Outputs are all outputs of this execution so far.
	Answer  Answer `json:"answer"`
	Outputs Fields `json:"outputs"`
	// Unknown says that the call was begun and nobody knows what came of it. It fails
	// the node for this reason, and neither error_ignorable nor auto_retry applies: a
	// person decides.
	Unknown bool `json:"unknown,omitempty"`
}
