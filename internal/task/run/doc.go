// Package run makes tasks go on: it takes a started task through the engine, one
// short advance at a time, and does for it what the engine only asks for: timers,
// real calls, and telling watchers.
//
// The tables hold the truth and everything in memory may be lost at any moment. An
// advance is: state, event, engine.Step, one transaction. The transaction names the
// fence that the state was read at, so that of two advances of one task, in one
// process or in two, only one writes; the other reads again and repeats its step,
// which is safe because a step has no effects. Effects are carried out after the
// commit. A real call is sent by whoever turns its row from READY to SENT, and so at
// most once.
//
// The package knows no edge: resolvers, the REST route and commands call it.
package run
