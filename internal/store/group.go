package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"rehearse.dev/ent"
)

// maxGroup bounds how many transactions share a COMMIT, and with it how long the
// first of them waits for the last.
const maxGroup = 32

// group is a transaction of the database that several callers of InTx share, one
// after the other, each between savepoints. A COMMIT waits for the disk, which
// costs more than what it makes durable; callers who wait for their turn anyway
// need not wait for one disk write each. A caller whom nobody waits for commits
// at once, so sharing never delays.
//
// Only the owner of the turn touches a group, until done is closed.
type group struct {
	tx      *ent.Tx
	members int
	// broken is why nothing of the group can be committed any more.
	broken error

	done chan struct{}
	err  error // of the COMMIT; set before done is closed
}

// begin opens a group; the caller has the turn.
func (f *file) begin(ctx context.Context) (*group, error) {
	tx, err := f.write.Tx(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	f.group = &group{tx: tx, done: make(chan struct{})}
	return f.group, nil
}

// run runs fn as the group's next member: on failure nothing of it is left.
func (g *group) run(ctx context.Context, fn func(ctx context.Context, tx *ent.Tx) error) error {
	if g.broken != nil {
		return g.broken
	}
	g.members++
	if err := g.exec("SAVEPOINT member"); err != nil {
		return err
	}
	err := fn(ctx, g.tx)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return errors.Join(err, g.undo(err))
	}
	return g.exec("RELEASE member")
}

// undo takes back what the present member wrote after it failed with cause. If
// that fails, the whole group must not be committed. Then cause is often why: a
// full disk makes SQLite roll back everything. All members learn it as such.
func (g *group) undo(cause error) error {
	if err := g.exec("ROLLBACK TO member"); err != nil {
		var e sqlite3.Error
		if errors.As(cause, &e) && e.Code != sqlite3.ErrConstraint { // that ends nothing
			g.broken = errors.Join(e, err)
		}
		return g.broken
	}
	return g.exec("RELEASE member")
}

func (g *group) exec(statement string) error {
	if _, err := g.tx.ExecContext(uncounted, statement); err != nil {
		g.broken = fmt.Errorf("%s: %w", statement, err)
		return g.broken
	}
	return nil
}

// finish ends the caller's turn: the next in the queue goes on with the group, or
// it is committed here. g is nil when there was none.
func (f *file) finish(g *group) {
	if g == nil {
		f.turn.release()
		return
	}
	if g.members < maxGroup && g.broken == nil && f.turn.pass() {
		return
	}
	if err := f.commit(g); err == nil { // every member learns of it through g.err
		f.trimLog()
	}
	f.turn.release()
}

// commit ends a group and tells its members how.
func (f *file) commit(g *group) error {
	f.group = nil
	if g.broken != nil {
		g.err = errors.Join(g.broken, g.tx.Rollback())
	} else if err := g.tx.Commit(); err != nil {
		g.err = fmt.Errorf("commit: %w", err)
	}
	close(g.done)
	return g.err
}
