package socket

import (
	"context"
	"errors"
	"time"

	"rehearse.dev/graph/operation"
)

// guard closes the connection of a client that does not say who it is in time, whose
// credentials end, or whose server drains.
func (c *conn) guard() {
	late := time.NewTimer(c.Times.Init)
	defer late.Stop()
	select {
	case <-c.ctx.Done():
		return
	case <-c.Drain.Done():
		c.end(closeAway, goingAway)
		return
	case <-late.C:
		if !closed(c.greeted) {
			c.end(closeSilent, "Connection initialisation timeout")
			return
		}
		// The authenticator is at work.
		select {
		case <-c.ctx.Done():
			return
		case <-c.welcome:
		}
	case <-c.welcome:
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	var unwelcome error
	watched := make(chan struct{})
	c.tasks.Go(func() {
		defer close(watched)
		unwelcome = operation.Watch(ctx, c.Authenticate, c.header, c.expires, c.Times.Recheck, c.busy)
	})
	select {
	case <-c.Drain.Done():
		c.settle()
		c.end(closeAway, goingAway)
	case <-watched:
		switch {
		case errors.Is(unwelcome, operation.ErrExpired):
			c.end(closeForbidden, operation.ErrExpired.Message)
		case unwelcome != nil:
			c.end(closeForbidden, "Forbidden")
		}
	}
}

const goingAway = "the server is going away"

// settle gives requests that have no answer yet a moment to get it: a client that
// sends a mutation again, because it did not see the first one end, would do it twice.
// Streams are not waited for, and no new operation starts.
func (c *conn) settle() {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	limit := time.NewTimer(c.Times.Settle)
	defer limit.Stop()
	look := time.NewTicker(settleLook)
	defer look.Stop()
	for c.unsettled() {
		select {
		case <-c.ctx.Done():
			return
		case <-limit.C:
			return
		case <-look.C:
		}
	}
}

const (
	settleLook = 10 * time.Millisecond
	// settleRest is how soon after its one response a query or mutation ends. What
	// goes on for longer is a stream.
	settleRest = 50 * time.Millisecond
)

func (c *conn) unsettled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, op := range c.operations {
		if op.answered.IsZero() || time.Since(op.answered) < settleRest {
			return true
		}
	}
	return false
}

// keepAlive drops a client that gives no sign of life. It asks with pings of
// WebSocket itself, which browsers answer without their scripts.
func (c *conn) keepAlive() {
	tick := time.NewTicker(c.Times.Ping)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		if c.busyWriting() {
			continue // the time limit of that message decides
		}
		ctx, cancel := context.WithTimeout(c.base, c.Times.Pong)
		err := c.socket.Ping(ctx)
		cancel()
		if err != nil && !c.busyWriting() {
			c.drop()
		}
	}
}

func (c *conn) busyWriting() bool { return len(c.writing) > 0 }
