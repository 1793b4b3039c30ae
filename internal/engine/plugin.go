package engine

import (
	"fmt"
	"time"

	"rehearse.dev/internal/expr"
)

// ScheduleKind says how a plugin goes on after Execute (engine §7.2).
type ScheduleKind string

// The kinds of scheduling.
const (
	// NoSchedule ends with Execute.
	NoSchedule ScheduleKind = ""
	// Poll is called again at once, then after each interval, until it is done.
	Poll ScheduleKind = "poll"
	// Callback waits for one callback from outside.
	Callback ScheduleKind = "callback"
	// MultiCallback takes callbacks until the plugin says that it is done.
	MultiCallback ScheduleKind = "multiple_callback"
)

// Spec declares a plugin.
type Spec struct {
	// Code and Version are how trees name the plugin.
	Code, Version string
	// Name is what people call it.
	Name string
	// Inputs and Outputs are the declared fields. They document; the engine neither
	// refuses other fields nor fills in missing ones.
	Inputs, Outputs []FieldSpec
	// Schedule is what follows a successful Execute.
	Schedule ScheduleKind
	// Pure plugins run inside Step and implement PurePlugin. All others become a
	// CallPlugin effect, and their outcome comes back as an event.
	Pure bool
	// LateSchedule marks a plugin that decides during Execute whether it schedules;
	// when it is mocked it ends with Execute (engine §10).
	LateSchedule bool
}

// FieldSpec declares an input or an output.
type FieldSpec struct {
	Key, Name string
	// Type is "string", "int", "boolean", "object", "array" or "any".
	Type     string
	Required bool
}

// Plugin is what the engine knows of every plugin.
type Plugin interface {
	// Spec declares the plugin. It is asked once per node of a plan.
	Spec() Spec
}

// PurePlugin is a plugin that needs nothing but its call. It must not keep the call
// or any state beyond it, read a clock or open anything: equal calls give equal
// answers.
type PurePlugin interface {
	Plugin
	// Execute does the work, or begins it when the plugin schedules.
	Execute(call *Call) Answer
	// Schedule takes a poll or a callback. It is not called with NoSchedule.
	Schedule(call *Call) Answer
}

// Catalog finds plugins. The result must not change while a plan is in use.
type Catalog interface {
	Lookup(code, version string) (Plugin, bool)
}

// Call is what a plugin sees of its node.
type Call struct {
	// Node is the key of the node, Version names this execution of it.
	Node, Version string
	// Loop and InnerLoop count the entries into the node, from 1.
	Loop, InnerLoop int
	// Run counts the executions of the node in the whole run, from 1; retries count.
	Run int
	// Polls counts the schedule calls of this execution before this one.
	Polls int
	// At is the time of the event that led here.
	At time.Time
	// Location is the time zone of dates without one.
	Location *time.Location
	// Inputs are the rendered inputs; the plugin must not change them.
	Inputs *expr.Dict
	// Outputs are what the node has put out in this execution so far. They are the
	// plugin's to fill; values already in it must be replaced, not changed.
	Outputs *expr.Dict
	// System are the task's values, the same as ${_system}; nil when there are none.
	System *expr.Dict
	// Callback is the data of a callback. HasCallback tells a callback without data
	// from a poll.
	Callback    any
	HasCallback bool
	// Scope gives access to the variables of the node's pipeline.
	Scope Scope
}

// Scope is the variable scope that a call may read and assign.
type Scope interface {
	// Variable returns the stored value (not rendered) and the kind of the variable
	// with that key, braces included.
	Variable(key string) (value any, kind VariableKind, ok bool)
	// Assign makes the variable plain with that value.
	Assign(key string, value any)
}

// Answer is the outcome of a call. The zero value is a failure without a reason.
type Answer struct {
	// OK is false for a failure; the reason stands in the output ex_data.
	OK bool `json:"ok"`
	// Done ends the polling or the callbacks; in an Execute the node ends with it,
	// whatever the Spec says.
	Done bool `json:"done,omitempty"`
	// After is the time to the next poll, for an answer that is OK and not Done. In an
	// Execute it puts the first poll off, which follows at once otherwise.
	After time.Duration `json:"after,omitempty"`
	// Raised is the text of an exception: the call failed unexpectedly. It becomes
	// ex_data.
	Raised string `json:"raised,omitempty"`
	// Schedule replaces the kind of the Spec for this execution. Only an Execute sets
	// it: of a plugin with LateSchedule, or of one whose inputs choose how it goes on.
	Schedule ScheduleKind `json:"schedule,omitempty"`
}

// Success is an answer that ends the call well, and the schedule with it.
func Success() Answer { return Answer{OK: true, Done: true} }

// Waiting is an answer that is fine so far; a poll comes back after that time.
func Waiting(after time.Duration) Answer { return Answer{OK: true, After: after} }

// Raisef is an answer for an unexpected failure, an exception of the reference.
func Raisef(format string, args ...any) Answer {
	return Answer{Raised: fmt.Sprintf(format, args...)}
}

// Fail sets ex_data and returns a failure.
func (c *Call) Fail(exData any) Answer {
	c.Outputs.Set(exDataKey, exData)
	return Answer{}
}

// Input returns the rendered input, nil when there is none.
func (c *Call) Input(key string) any {
	v, _ := c.Inputs.Get(key)
	return v
}
