package engine

import (
	"time"

	"rehearse.dev/internal/flow"
)

// Effect is one thing that the outside has to do after the state is stored. It
// is plain data. Exactly one field is set.
type Effect struct {
	// Wake asks for an EventWake at its time.
	Wake *Wake `json:"wake,omitempty"`
	// Call asks for the call of a plugin that is not pure, and an EventOutcome.
	Call *CallPlugin `json:"call,omitempty"`
}

// CallPlugin is a call of a real plugin. Node, Version and Number identify it:
// the same effect is never asked for twice.
type CallPlugin struct {
	Node    string `json:"node"`
	Version string `json:"version"`
	Number  int    `json:"number"`
	// Plugin and PluginVersion name the plugin.
	Plugin        string `json:"plugin"`
	PluginVersion string `json:"pluginVersion"`
	// Schedule is false for Execute; then Polls, Callback and HasCallback are unset.
	Schedule  bool `json:"schedule,omitempty"`
	Loop      int  `json:"loop"`
	InnerLoop int  `json:"innerLoop"`
	Retry     int  `json:"retry"`
	Polls     int  `json:"polls,omitempty"`
	// Inputs are rendered, Outputs those of this execution so far.
	Inputs      Fields `json:"inputs"`
	Outputs     Fields `json:"outputs"`
	Callback    Value  `json:"callback"`
	HasCallback bool   `json:"hasCallback,omitempty"`
}

// RecordKind tells the kinds of record apart.
type RecordKind string

// The kinds of record.
const (
	// RecordState is a change of a row's state.
	RecordState RecordKind = "state"
	// RecordHistory is an execution that is over, written before the row is used
	// again.
	RecordHistory RecordKind = "history"
	// RecordDecision is what a gateway decided.
	RecordDecision RecordKind = "decision"
	// RecordUnresolved is a piece that stayed text.
	RecordUnresolved RecordKind = "unresolved"
)

// Record is one entry of the log: what happened in a Step, in order. A runner
// appends records as events; together they are the trace of a run.
type Record struct {
	Kind RecordKind `json:"kind"`
	Node string     `json:"node"`
	At   time.Time  `json:"at"`
	// Version and Loop are those of the row.
	Version string `json:"version,omitempty"`
	Loop    int    `json:"loop,omitempty"`
	// From and State are set for RecordState; From is "" for a new row.
	From  NodeState `json:"from,omitempty"`
	State NodeState `json:"state,omitempty"`
	// Why is set when the state is FAILED or the error was ignored.
	Why        *Failure    `json:"why,omitempty"`
	History    *History    `json:"history,omitempty"`
	Decision   *Decision   `json:"decision,omitempty"`
	Unresolved *Unresolved `json:"unresolved,omitempty"`
}

// History is a finished or failed execution of a node.
type History struct {
	Inputs    Fields    `json:"inputs"`
	Outputs   Fields    `json:"outputs"`
	InnerLoop int       `json:"innerLoop"`
	Retry     int       `json:"retry"`
	Skip      bool      `json:"skip,omitempty"`
	Started   time.Time `json:"started,omitzero"`
	Archived  time.Time `json:"archived,omitzero"`
	// ErrorIgnored and Why are those of the row.
	ErrorIgnored bool     `json:"errorIgnored,omitempty"`
	Why          *Failure `json:"why,omitempty"`
}

// Unresolved is a piece that stayed text, with the place where it stands.
type Unresolved struct {
	// Field is the input or condition, or the key of a variable with its braces.
	Field  string `json:"field"`
	Piece  string `json:"piece"`
	Reason string `json:"reason"`
}

// Decision is everything about one evaluation of a gateway.
type Decision struct {
	Gateway flow.NodeKind `json:"gateway"`
	// Language is the condition language: boolrule, FEEL or MAKO.
	Language string   `json:"language"`
	Branches []Branch `json:"branches"`
	// Taken lists the flows that were taken, Why the reason in one sentence.
	Taken []string `json:"taken,omitempty"`
	Why   string   `json:"why"`
}

// Branch is one branch of a decision.
type Branch struct {
	Flow   string `json:"flow"`
	Name   string `json:"name,omitempty"`
	Target string `json:"target"`
	// Default is set for the branch without a condition of its own.
	Default bool `json:"default,omitempty"`
	// Text is the condition as written, Rendered with its variables filled in.
	Text     string    `json:"text,omitempty"`
	Rendered Value     `json:"rendered"`
	Operands []Operand `json:"operands,omitempty"`
	// Hit is the verdict. Error says why there is none.
	Hit        bool         `json:"hit"`
	Error      string       `json:"error,omitempty"`
	Taken      bool         `json:"taken"`
	Unresolved []Unresolved `json:"unresolved,omitempty"`
	Warnings   []string     `json:"warnings,omitempty"`
}

// Operand is a part of a condition and the value that it had.
type Operand struct {
	Text  string `json:"text"`
	Value Value  `json:"value"`
}

// Result is what a Step leads to.
type Result struct {
	// Effects are to be run after the state is stored, in order.
	Effects []Effect
	// Log is what happened, in order.
	Log []Record
	// Changed lists the keys of the rows that the step touched, each once, so that a
	// store writes no others.
	Changed []string
}
