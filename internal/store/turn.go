package store

import (
	"context"
	"sync"
)

// turn says whose turn it is to write: first come, first served, unlike waiting
// in SQLite's busy handler or for a connection of database/sql, where 64 writers
// see some of them wait seconds.
type turn struct {
	mu     sync.Mutex
	taken  bool
	closed bool
	queue  []*waiter
}

// waiter is somebody in the queue; ready is closed when the turn is theirs, or
// when there will be none, which err then says.
type waiter struct {
	ready chan struct{}
	err   error
}

// take waits for the turn. handed tells that the turn came from pass, and with it
// whatever its former owner had left open; then it is the caller's also when the
// context has ended meanwhile. Otherwise an error means that the turn is not taken.
func (t *turn) take(ctx context.Context) (handed bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return false, errClosed
	}
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return false, nil
	}
	w := &waiter{ready: make(chan struct{})}
	t.queue = append(t.queue, w)
	t.mu.Unlock()
	select {
	case <-w.ready:
		return w.err == nil, w.err
	case <-ctx.Done():
		if t.leave(w) {
			return false, ctx.Err()
		}
		return w.err == nil, ctx.Err() // too late: the turn was on its way
	}
}

// leave takes a waiter out of the queue; false when the turn is theirs already.
func (t *turn) leave(w *waiter) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, other := range t.queue {
		if other == w {
			t.queue = append(t.queue[:i], t.queue[i+1:]...)
			return true
		}
	}
	return false
}

// pass gives the turn to the next in the queue; false, and the turn stays, when
// nobody waits.
func (t *turn) pass() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next()
}

// next wakes the first of the queue; false when it is empty. t.mu is held.
func (t *turn) next() bool {
	if len(t.queue) == 0 {
		return false
	}
	close(t.queue[0].ready)
	t.queue = t.queue[1:]
	return true
}

// release ends the caller's turn.
func (t *turn) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taken = t.next()
}

// close ends the queue: whoever waits or comes later gets errClosed. The caller
// has the turn and keeps it.
func (t *turn) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, w := range t.queue {
		w.err = errClosed
		close(w.ready)
	}
	t.queue = nil
}
