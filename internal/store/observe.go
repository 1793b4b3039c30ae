package store

import (
	"context"
	"sync/atomic"
	"time"
)

// Observer is told what the database does while it does it. Its methods are safe for
// concurrent use and return at once.
type Observer interface {
	// Statement is called before a statement is sent. What it returns is called once,
	// when the last row was read or the statement failed; not all rows may have been
	// read then. The text has no values in it: those are arguments. The statements that
	// frame transactions are told of, too, under a context without values.
	Statement(ctx context.Context, text string) (done func(error))
	// Waited is called when a transaction gets its turn, with how long it stood in the
	// queue of writers.
	Waited(ctx context.Context, wait time.Duration)
}

// Observe has the observer told of everything from now on; nil ends that.
func (s *Store) Observe(o Observer) {
	if o == nil {
		s.watchers.Store(nil)
		return
	}
	s.watchers.Store(&o)
}

// watchers are shared by a store and its connections. Without an observer it costs a
// load of a pointer per statement.
type watchers struct{ atomic.Pointer[Observer] }

// statement tells of a statement; its result is to be called, and may be nil.
func (w *watchers) statement(ctx context.Context, text string) done {
	if o := w.Load(); o != nil {
		return (*o).Statement(ctx, text)
	}
	return nil
}

// take is turn.take for an observed file.
func (f *file) take(ctx context.Context) (handed bool, err error) {
	o := f.watchers.Load()
	if o == nil {
		return f.turn.take(ctx)
	}
	start := time.Now()
	handed, err = f.turn.take(ctx)
	if err == nil {
		(*o).Waited(ctx, time.Since(start))
	}
	return handed, err
}

// done tells of the end of a statement, if there is somebody to tell.
type done func(error)

func (d done) call(err error) {
	if d != nil {
		d(err)
	}
}
