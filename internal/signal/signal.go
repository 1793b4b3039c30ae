// Package signal is what services and runners tell of their work while they do it:
// plain values, and an interface that takes them.
//
// It must not know who listens, nor any library of traces and metrics: that a service
// tells something must cost it no dependency.
package signal

import (
	"context"
	"time"
)

// Sink is told what happens to tasks. Its methods are safe for concurrent use, return
// at once, and never fail. Tell after the commit: what is rolled back did not happen.
type Sink interface {
	// TaskCreated tells of a new task.
	TaskCreated(ctx context.Context)
	// TaskStarted tells that a task begins to run. The trace of ctx becomes that of its
	// nodes, which are told of later and from elsewhere.
	TaskStarted(ctx context.Context, taskID int)
	// TaskEnded tells that a task is over, in which state.
	TaskEnded(ctx context.Context, taskID int, state string)
	// Node tells of an execution of a node that has ended.
	Node(ctx context.Context, n NodeSpan)
	// RealCall tells how a call to a real host went: OK, or the rule or failure that kept
	// it from an answer, of which there are few; and how long it took.
	RealCall(ctx context.Context, outcome string, took time.Duration)
}

// OutcomeOK is the outcome of a real call that was answered.
const OutcomeOK = "OK"

// NodeSpan is an execution of a node that has ended.
type NodeSpan struct {
	TaskID, SpaceID int
	NodeID          string
	// Plugin is the code of the node's plugin, empty for gateways and events.
	Plugin string
	// Mocked says that its outputs came from mock data.
	Mocked bool
	// State is the last one, such as FINISHED or FAILED.
	State             string
	Started, Finished time.Time
	// Attributes are customSpanAttributes of the task. They win over attributes that the
	// span has by itself (domain §1.8). Whoever listens does not change the map.
	Attributes map[string]any
}

// Off listens to nothing.
var Off Sink = off{}

type off struct{}

func (off) TaskCreated(context.Context)                     {}
func (off) TaskStarted(context.Context, int)                {}
func (off) TaskEnded(context.Context, int, string)          {}
func (off) Node(context.Context, NodeSpan)                  {}
func (off) RealCall(context.Context, string, time.Duration) {}
