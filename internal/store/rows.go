package store

import (
	"context"
	"database/sql/driver"

	"github.com/mattn/go-sqlite3"
)

// rowsPerCheck is how many rows are read between two looks at the context.
const rowsPerCheck = 64

// rows stops reading soon after its context is done.
type rows struct {
	*sqlite3.SQLiteRows
	ctx  context.Context // of the query; database/sql gives Next none
	read int
}

// watch returns found as it is if its context can never be done.
func watch(ctx context.Context, found driver.Rows) driver.Rows {
	sqlite, ok := found.(*sqlite3.SQLiteRows)
	if !ok || ctx.Done() == nil {
		return found
	}
	return &rows{SQLiteRows: sqlite, ctx: ctx}
}

// Next implements driver.Rows.
func (r *rows) Next(dest []driver.Value) error {
	if r.read++; r.read%rowsPerCheck == 0 {
		if err := r.ctx.Err(); err != nil {
			return err
		}
	}
	return r.SQLiteRows.Next(dest)
}
