package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/ent"
)

// txState belongs to one transaction and travels in its context.
type txState struct {
	done  bool
	after []func()

	// On PostgreSQL:
	pgx       pgx.Tx
	committed bool
	waiting   waiting
	watchers  *watchers
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
// An error or a panic of fn rolls back what fn did, and so does a context that is
// done when fn returns. Transactions of InTx run one at a time, over all servers of
// the database and in the order in which they asked, so that what fn looks up holds
// until it has written; waiting ends with the context. Do the slow work before:
// everybody else waits for fn. fn must use the context it is given, runs on the
// caller's goroutine, must not hand tx to another one, and must not go on after a
// statement of its own has failed. Entities that it reads stop working with the
// transaction: return ids or plain values.
//
// When InTx returns nil, what fn wrote is on the disk; when it returns an error of
// fn, what made fn fail is. On SQLite, transactions that wait for each other share
// one COMMIT (see group), and if that fails, all of them get its error.
//
// The error is translated (see Translate). InTx inside InTx is ErrNested.
func (s *Store) InTx(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) error {
	return s.transact(ctx, true, fn)
}

// Guarded is InTx for statements that guard themselves, by conditions and unique
// indexes: on PostgreSQL it runs beside other transactions, also those of other
// servers, and each of its statements sees what they have committed. On SQLite the
// two are the same.
func (s *Store) Guarded(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) error {
	return s.transact(ctx, false, fn)
}

func (s *Store) transact(ctx context.Context, alone bool, fn func(ctx context.Context, tx *ent.Tx) error) error {
	if running(ctx) != nil {
		return ErrNested
	}
	after, err := s.backend.transact(ctx, alone, fn)
	if err != nil {
		return Translate(err)
	}
	// The writer is free again here, so a hook may write.
	for _, f := range after {
		f()
	}
	return nil
}

// PgxTx is the transaction of ctx in the form of pgx, for what must be written with it
// by a library that knows pgx only; false on SQLite and outside of transactions.
func PgxTx(ctx context.Context) (pgx.Tx, bool) {
	t := running(ctx)
	if t == nil || t.pgx == nil {
		return nil, false
	}
	return t.pgx, true
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
