package store

import (
	"context"
	"errors"
	"fmt"

	"rehearse.dev/ent"
)

// txState belongs to one transaction and travels in its context.
type txState struct {
	done  bool
	after []func()
}

type txKey struct{}

// running returns the transaction that ctx belongs to and that has not ended, or nil.
func running(ctx context.Context) *txState {
	t, ok := ctx.Value(txKey{}).(*txState)
	if !ok || t.done {
		return nil
	}
	return t
}

// ErrNested is returned by InTx under the context of a running transaction, and
// by Store.Write there: the one writer would wait for itself.
var ErrNested = errors.New("a transaction is running already: use its tx")

// InTx runs fn in a write transaction and commits if fn returns nil.
//
// An error or a panic of fn rolls back, and so does a context that is done when
// fn returns. Transactions run one at a time in the order in which they asked;
// waiting ends with the context. Do the slow work before: everybody else waits
// for fn. fn must use the context it is given, runs on the caller's goroutine,
// and must not hand tx to another one. Entities that it reads stop working with
// the transaction: return ids or plain values.
//
// The error is translated (see Translate). InTx inside InTx is ErrNested.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) error {
	if running(ctx) != nil {
		return ErrNested
	}
	after, err := s.runTx(ctx, fn)
	if err != nil {
		return Translate(err)
	}
	// The writer is free again here, so a hook may write.
	for _, f := range after {
		f()
	}
	return nil
}

func (s *Store) runTx(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) (after []func(), err error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.slot }()

	tx, err := s.Write.Tx(ctx)
	if err != nil {
		return nil, err
	}
	t := &txState{}
	committed := false
	defer func() { // also when fn panics
		t.done = true
		if !committed {
			err = errors.Join(err, rollback(tx))
		}
	}()
	if err := fn(context.WithValue(ctx, txKey{}, t), tx); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	committed = true // or rolled back by the driver, if it fails
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return t.after, nil
}

func rollback(tx *ent.Tx) error {
	if err := tx.Rollback(); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// enter takes the writer. Blocked senders of a channel are served first come,
// first served, unlike those who wait in SQLite's busy handler or for a
// connection of database/sql, where 64 writers see some of them wait seconds.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case s.slot <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return errClosed
	}
	select {
	case <-s.closed:
		<-s.slot
		return errClosed
	default:
		return nil
	}
}

// AfterCommit runs fn when the transaction of ctx has been committed: in the
// order of the calls, on the goroutine of InTx, before InTx returns. After a
// rollback it never runs. Under a context without a transaction there is nothing
// to wait for, and fn runs at once.
func AfterCommit(ctx context.Context, fn func()) {
	t := running(ctx)
	if t == nil {
		fn()
		return
	}
	t.after = append(t.after, fn)
}
