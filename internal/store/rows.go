package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/mattn/go-sqlite3"
)

// rowsPerCheck is how many rows are read between two looks at the context.
const rowsPerCheck = 64

// rows stops reading soon after its context is done.
type rows struct {
	*sqlite3.SQLiteRows
	ctx   context.Context // of the query; database/sql gives Next none
	read  int
	ended done  // called by Close
	err   error // what kept Next from a row
}

// watch returns found as it is if its context can never be done and nobody is to be
// told of its end.
func watch(ctx context.Context, found driver.Rows, ended done) driver.Rows {
	sqlite, ok := found.(*sqlite3.SQLiteRows)
	if !ok {
		ended.call(nil)
		return found
	}
	if ctx.Done() == nil && ended == nil {
		return found
	}
	return &rows{SQLiteRows: sqlite, ctx: ctx, ended: ended}
}

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	if r.read++; r.read%rowsPerCheck == 0 {
		if err := r.ctx.Err(); err != nil {
			r.err = err
			return err
		}
	}
	err := r.SQLiteRows.Next(dest)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return err
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	err := r.SQLiteRows.Close()
	r.ended.call(cmp.Or(r.err, err))
	r.ended = nil
	return err
}
