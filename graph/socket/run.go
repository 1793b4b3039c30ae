package socket

import (
	"context"
	"encoding/json"
	"time"

	"rehearse.dev/graph/operation"
	"rehearse.dev/internal/fault"
)

// running is one operation.
type running struct {
	id       string
	cancel   context.CancelFunc
	answered time.Time // when its first response was sent; zero before
}

// subscribe starts an operation. An id in use ends the connection, as the protocol
// wants it of any kind of operation.
func (c *conn) subscribe(id string, payload json.RawMessage) {
	ctx, cancel := context.WithCancel(c.ctx)
	op := &running{id: id, cancel: cancel}
	switch c.admit(op) {
	case admitted:
		c.tasks.Go(func() {
			defer c.leave(op)
			if err := operation.Guarded(func() { c.run(ctx, op, payload) }); err != nil {
				c.Log.ErrorContext(ctx, "panic in an operation", "error", err)
				c.end(closeDefect, "Internal server error")
			}
		})
		return
	case inUse:
		c.end(closeTwice, reasonFor("Subscriber for ", id, " already exists"))
	case tooMany:
		errs := operation.Error(fault.CodeExhausted, "too many operations at once on this connection: complete some, or open another one")
		c.write(errorMessage(id, errs), nil)
	case draining:
		// Nothing: the close frame is on its way.
	}
	cancel()
}

type admission int

const (
	admitted admission = iota
	inUse
	tooMany
	draining
)

// admit takes an operation in. Those that a client has completed count twice: as
// long as they wind up they cost as much as any, and one that starts and completes
// in a loop must not pile them up.
func (c *conn) admit(op *running) admission {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.operations[op.id] != nil:
		return inUse
	case c.draining:
		return draining
	case len(c.operations) >= MaxOperations, c.live >= 2*MaxOperations:
		return tooMany
	}
	c.operations[op.id] = op
	c.live++
	return admitted
}

// run executes one operation to its end. The caller is looked up anew, as for every
// request over HTTP.
func (c *conn) run(ctx context.Context, op *running, payload json.RawMessage) {
	ctx, _, err := c.Authenticate(ctx, c.header)
	if err != nil {
		c.endFor(err)
		return
	}
	next, errs := c.Executor.Begin(ctx, payload)
	if len(errs) > 0 {
		c.write(errorMessage(op.id, errs), func() bool { return c.retire(op) })
		return
	}
	for response := next(); response != nil; response = next() {
		if !c.write(nextMessage(op.id, response), func() bool { return c.active(op) }) {
			return
		}
		c.answer(op)
	}
	c.write(completeMessage(op.id), func() bool { return c.retire(op) })
}

// forget ends an operation that the client does not listen to any more. An unknown
// id is one that has ended meanwhile.
func (c *conn) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if op := c.operations[id]; op != nil {
		delete(c.operations, id)
		op.cancel()
	}
}

// active reports whether the client waits for the operation.
func (c *conn) active(op *running) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.operations[op.id] == op
}

// retire frees the id before the client learns that it is free, and reports whether
// the client was waiting.
func (c *conn) retire(op *running) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.operations[op.id] != op {
		return false
	}
	delete(c.operations, op.id)
	return true
}

// answer notes the first response.
func (c *conn) answer(op *running) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if op.answered.IsZero() {
		op.answered = time.Now()
	}
}

// leave takes the operation out for good.
func (c *conn) leave(op *running) {
	op.cancel()
	c.retire(op)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live--
}

// busy reports whether any operation runs.
func (c *conn) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.operations) > 0
}
