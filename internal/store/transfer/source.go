package transfer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql/schema"
	"github.com/jackc/pgx/v5"
)

// reading are the rows of a table of the source, in the order of their ids, one at a
// time. It is a pgx.CopyFromSource.
type reading struct {
	step
	rows   *sql.Rows
	digest *digest
	row    []any
	err    error
}

var _ pgx.CopyFromSource = (*reading)(nil)

// read begins to read columns of a table.
func read(ctx context.Context, conn *sql.Conn, s step) (*reading, error) {
	query := "SELECT " + names(s.table.Columns) + " FROM " + quote(s.table.Name) + " ORDER BY id"
	rows, err := conn.QueryContext(ctx, query) //nolint:rowserrcheck // Err does
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.table.Name, err)
	}
	return &reading{step: s, rows: rows, digest: newDigest()}, nil
}

// Next implements pgx.CopyFromSource.
func (r *reading) Next() bool {
	if r.err != nil || !r.rows.Next() {
		return false
	}
	row := make([]any, len(r.table.Columns))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	if r.err = r.rows.Scan(into...); r.err != nil {
		return false
	}
	for i, c := range r.table.Columns {
		v, err := convert(c, row[i])
		if err != nil {
			r.err = fmt.Errorf("row %v, column %s: %w", row[0], c.Name, err)
			return false
		}
		row[i] = v
	}
	r.digest.add(row)
	for i, c := range r.table.Columns {
		if slices.Contains(r.later, c) {
			row[i] = nil
		}
	}
	r.row = row
	return true
}

// Values implements pgx.CopyFromSource.
func (r *reading) Values() ([]any, error) { return r.row, nil }

// Err implements pgx.CopyFromSource.
func (r *reading) Err() error { return errors.Join(r.err, r.rows.Err()) }

// next is the id that the source would give to the next row of a table, at least. It
// counts rows that were deleted: their ids must not come back.
func next(ctx context.Context, conn *sql.Conn, t *schema.Table) (int64, error) {
	var last, largest sql.NullInt64
	err := errors.Join(
		conn.QueryRowContext(ctx, "SELECT max(seq) FROM sqlite_sequence WHERE name = ?", t.Name).Scan(&last),
		conn.QueryRowContext(ctx, "SELECT max(id) FROM "+quote(t.Name)).Scan(&largest),
	)
	if err != nil {
		return 0, fmt.Errorf("read the last id of %s: %w", t.Name, err)
	}
	return max(last.Int64, largest.Int64) + 1, nil
}

// names is a list of columns.
func names(columns []*schema.Column) string {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quote(c.Name)
	}
	return strings.Join(quoted, ", ")
}

// quote quotes a name, for both dialects.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
