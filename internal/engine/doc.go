// Package engine executes pipeline trees exactly as the reference engine does,
// one event at a time, as a pure function:
//
//	Step(plan, state, event) → state, effects, log
//
// Compile turns a flow.Pipeline into a Plan, which is immutable and may be
// shared. NewState makes the state of one run: plain data that survives a trip
// through JSON byte for byte. Step takes one event (start, an operation of a
// person, a timer, the outcome of a plugin call), runs the tree as far as it gets
// without the outside world, and says what the outside has to do next (Effect)
// and what happened (Record).
//
// The package knows no clock (time enters with events), starts no goroutine and
// opens nothing. It must not import the plugins themselves, storage or
// transport: plugins come in through the Catalog interface. The rules are those
// of the reference (engine §1 to §13 in the documents of the project);
// docs/engine.md draws the state machines and lists where we differ on purpose.
package engine
