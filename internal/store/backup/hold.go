package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

// ErrInUse says that another process has the database open.
var ErrInUse = errors.New("it is in use: stop the server that has it open")

// patience is how long, in milliseconds, Hold waits for somebody who merely looks at
// the file.
const patience = "500"

// Held is a database that nobody else can open until Close.
type Held struct {
	db *sql.DB
	// Conn is the one connection that can use the database.
	Conn *sql.Conn
}

// Hold takes a database for this process alone. It returns ErrInUse when any other
// connection has it open: in WAL mode each keeps a shared lock on the file for as long
// as it lives, busy or idle, and the lock that is taken here excludes those. The file
// must be there.
func Hold(ctx context.Context, path string) (*Held, error) {
	return hold(ctx, path, "BEGIN EXCLUSIVE")
}

// hold is Hold with the statements that take the lock.
func hold(ctx context.Context, path string, statements ...string) (*Held, error) {
	// The mode is set before the first look into the file: from then on SQLite asks for
	// the whole of it and needs no shared memory.
	db, err := open(path, url.Values{"mode": {"rw"}, "_busy_timeout": {patience}, "_locking_mode": {"EXCLUSIVE"}})
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(refused(path, err), db.Close())
	}
	h := &Held{db: db, Conn: conn}
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(refused(path, err), h.Close())
		}
	}
	return h, nil
}

// refused is why a lock could not be taken.
func refused(path string, err error) error {
	if failed(err, sqlite3.ErrBusy, sqlite3.ErrLocked) {
		return fmt.Errorf("%s: %w", path, ErrInUse)
	}
	return fmt.Errorf("lock %s: %w", path, err)
}

// Close lets others have the database again.
func (h *Held) Close() error { return errors.Join(h.Conn.Close(), h.db.Close()) }
