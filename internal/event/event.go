// Package event holds what happens in tasks: the form in which events are stored
// and sent, and the hub that tells watchers that there are new ones.
//
// It knows no database and no transport. Events are stored by package run and read
// by the edges; the hub only wakes, so that a lost signal costs time and never an
// event.
package event

import (
	"encoding/json"
	"fmt"
	"time"
)

// Kind tells the kinds of event apart.
type Kind string

// The kinds of event.
const (
	// KindTask is a change of the task's state: From and State.
	KindTask Kind = "task"
	// KindNode is a change of a node's state: Node, Loop, From, State, Error, Rule.
	KindNode Kind = "node"
	// KindDecision is what a gateway decided: Node, Loop, Decision.
	KindDecision Kind = "decision"
	// KindUnresolved is a piece of text that stayed: Node, Loop, Unresolved.
	KindUnresolved Kind = "unresolved"
	// KindAttempt is an execution that is over because its node runs again: Node,
	// Loop, Retry.
	KindAttempt Kind = "attempt"
	// KindCall is a real call that came to its end: Node, Loop, Call.
	KindCall Kind = "call"
	// KindOperation is what somebody did: Operation, Operator, and Node unless it was
	// done to the task.
	KindOperation Kind = "operation"
)

// Event is one thing that happened in a task.
type Event struct {
	// Seq counts the events of a task from 1. It is not stored: the place in the
	// stored list gives it.
	Seq  int       `json:"-"`
	Kind Kind      `json:"kind"`
	At   time.Time `json:"at"`
	// Node is the engine's key of the node.
	Node  string `json:"node,omitempty"`
	Loop  int    `json:"loop,omitempty"`
	Retry int    `json:"retry,omitempty"`
	// From and State are states of the task or of the node; From is "" for a node
	// that was reached for the first time.
	From  string `json:"from,omitempty"`
	State string `json:"state,omitempty"`
	// Error is why a node failed, Rule the engine's rule.
	Error string `json:"error,omitempty"`
	Rule  string `json:"rule,omitempty"`
	// Operation is the kind as TaskOperation has it.
	Operation string `json:"operation,omitempty"`
	Operator  string `json:"operator,omitempty"`

	Decision   *Decision   `json:"decision,omitempty"`
	Unresolved *Unresolved `json:"unresolved,omitempty"`
	Call       *Call       `json:"call,omitempty"`
}

// Unresolved is a piece of text that no variable filled, in the engine's form.
type Unresolved struct {
	Field  string `json:"field"`
	Piece  string `json:"piece"`
	Reason string `json:"reason"`
}

// Decision is what a gateway decided, in the engine's form.
type Decision struct {
	Language string   `json:"language"`
	Branches []Branch `json:"branches"`
	Taken    []string `json:"taken,omitempty"`
	Why      string   `json:"why"`
}

// Branch is one branch of a decision.
type Branch struct {
	Flow       string          `json:"flow"`
	Name       string          `json:"name,omitempty"`
	Target     string          `json:"target"`
	Default    bool            `json:"default,omitempty"`
	Text       string          `json:"text,omitempty"`
	Rendered   json.RawMessage `json:"rendered"`
	Operands   []Operand       `json:"operands,omitempty"`
	Hit        bool            `json:"hit"`
	Error      string          `json:"error,omitempty"`
	Taken      bool            `json:"taken"`
	Unresolved []Unresolved    `json:"unresolved,omitempty"`
	Warnings   []string        `json:"warnings,omitempty"`
}

// Operand is a part of a condition and the value that it had.
type Operand struct {
	Text  string          `json:"text"`
	Value json.RawMessage `json:"value"`
}

// Call is a real call, without anything that is secret.
type Call struct {
	Method string `json:"method,omitempty"`
	URL    string `json:"url,omitempty"`
	// Status is 0 when there was no answer.
	Status int       `json:"status,omitempty"`
	SentAt time.Time `json:"sentAt"`
	// Millis is how long it took; nil when there was no answer.
	Millis *int64 `json:"millis,omitempty"`
	Error  string `json:"error,omitempty"`
	// Outcome is SENT, DONE or UNKNOWN.
	Outcome string `json:"outcome"`
}

// Encode writes events as one stored list.
func Encode(events []Event) (json.RawMessage, error) { return json.Marshal(events) }

// Decode reads a stored list whose first event has the given number.
func Decode(raw json.RawMessage, first int) ([]Event, error) {
	var events []Event
	if err := json.Unmarshal(raw, &events); err != nil {
		return nil, fmt.Errorf("decode events from %d on: %w", first, err)
	}
	for i := range events {
		events[i].Seq = first + i
	}
	return events, nil
}
