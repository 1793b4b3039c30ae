package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store/migration"
)

// file is an SQLite database: a pool of connections that read and one that writes,
// which transactions take in turns.
type file struct {
	readDB, writeDB *sql.DB
	reader          *reader
	watchers        *watchers
	write           *ent.Client

	turn  turn
	group *group // the one that is open; belongs to whoever has the turn

	// The write-ahead log and the sizes in bytes at which it is trimmed: at first, and
	// the next time. trimAt belongs to whoever has the turn.
	logPath          string
	logLimit, trimAt int64
}

// openFile opens a file, makes it if missing, and brings its schema up to date.
func openFile(ctx context.Context, o Options) (*Store, error) {
	if o.Readers <= 0 {
		o.Readers = DefaultReaders
	}
	if err := createPrivate(o.DSN); err != nil {
		return nil, err
	}
	path, err := filepath.EvalSymlinks(o.DSN) // SQLite puts its log beside the file itself
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	told := &watchers{}
	f := &file{
		watchers: told, writeDB: openPool(writerDSN(o.DSN), 1, told),
		logPath: path + "-wal", logLimit: longLog, trimAt: longLog,
	}
	plain := entsql.OpenDB(dialect.SQLite, f.writeDB)
	if err := migration.SQLite(f.writeDB).Up(ctx, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), f.writeDB.Close())
	}
	// The readers come second: they cannot make the schema that they need.
	f.readDB = openPool(readerDSN(o.DSN), o.Readers, told)
	f.reader = newReader(f.readDB, o.Readers)
	f.write = ent.NewClient(ent.Driver(&writer{Driver: plain}))
	return &Store{
		Read: ent.NewClient(ent.Driver(f.reader)), Write: f.write,
		dialect: dialect.SQLite, reads: f.reader, backend: f, watchers: told,
	}, nil
}

// close waits for the transaction that is running, refuses those that wait and come
// later, and closes all connections. The last one moves the write-ahead log into the
// file.
func (f *file) close() error {
	if _, err := f.turn.take(context.Background()); err != nil {
		return nil // closed before
	}
	f.turn.close()
	var err error
	if g := f.group; g != nil { // it came with the turn
		err = f.commit(g)
	}
	return errors.Join(err, f.readDB.Close(), f.writeDB.Close())
}

// transact runs fn as one member of a group. Transactions of a file run one at a
// time, so each is alone.
func (f *file) transact(ctx context.Context, _ bool, fn func(ctx context.Context, tx *ent.Tx) error) ([]func(), error) {
	handed, err := f.take(ctx)
	if err != nil && !handed {
		return nil, err
	}
	g := f.group
	if err != nil { // too late to leave the queue
		f.finish(g)
		return nil, err
	}
	if g == nil {
		if g, err = f.begin(ctx); err != nil {
			f.turn.release()
			return nil, err
		}
	}
	t := &txState{}
	member := context.WithValue(ctx, txKey{}, t)
	wrote := false
	defer func() {
		if !wrote { // a panic of fn, or it ended the goroutine
			t.done = true
			_ = g.undo(nil)
			f.finish(g)
		}
	}()
	err = g.run(member, fn)
	t.done, wrote = true, true
	f.finish(g)
	// Also when fn failed: what another member wrote may be why, and the caller
	// must be able to find it. If that was lost in the end, the reason is void.
	<-g.done
	if g.err != nil {
		return nil, g.err
	}
	return t.after, err
}
