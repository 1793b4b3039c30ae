package read

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// Tasks and templates are read by statements of our own making, and everything
// else through Ent. For these two, which every screen shows, building the
// statement and scanning the rows in Ent's way cost more than SQLite's work
// (docs/adr/0007-own-statements.md has the figures).

// Querier runs a query in its dialect and fills rows; Ent's drivers do.
type Querier interface {
	Query(ctx context.Context, query string, args, rows any) error
	Dialect() string
}

// statement is a SELECT under construction. Its parts are written with ? for their
// arguments, which PostgreSQL wants numbered.
type statement struct {
	text     strings.Builder
	args     []any
	where    bool
	postgres bool
	// walks are conditions that a page makes part of its order.
	walks []walk
}

// statement begins an empty one in the dialect of the database.
func (r *Reader) statement() *statement {
	return &statement{args: make([]any, 0, 8), postgres: r.rows.Dialect() == dialect.Postgres}
}

// selectFrom begins a statement.
func (r *Reader) selectFrom(table string, columns []string) *statement {
	s := r.statement()
	s.text.Grow(256)
	s.text.WriteString("SELECT ")
	for i, c := range columns {
		if i > 0 {
			s.text.WriteString(", ")
		}
		s.text.WriteString(c)
	}
	s.text.WriteString(" FROM ")
	s.text.WriteString(table)
	return s
}

// add appends a part that has one ? for each argument, and none elsewhere.
func (s *statement) add(part string, args ...any) {
	s.args = append(s.args, args...)
	if s.postgres {
		for n := len(s.args) - len(args) + 1; n <= len(s.args); n++ {
			before, after, _ := strings.Cut(part, "?")
			s.text.WriteString(before)
			s.text.WriteByte('$')
			s.text.WriteString(strconv.Itoa(n))
			part = after
		}
	}
	s.text.WriteString(part)
}

// and narrows the statement by one condition.
func (s *statement) and(condition string, args ...any) {
	if s.where {
		s.text.WriteString(" AND ")
	} else {
		s.text.WriteString(" WHERE ")
		s.where = true
	}
	s.add(condition, args...)
}

// in narrows the statement to rows whose column has one of the values; none has,
// if there are no values. PostgreSQL takes several as one array, because it prepares each
// text anew on each connection, and a text for each number of values would be many. One
// is no array: PostgreSQL would plan the statement again each time.
func in[T any](s *statement, column string, values []T) {
	switch {
	case len(values) == 0:
		s.and("false")
		return
	case len(values) == 1:
		s.and(column+" = ?", values[0])
		return
	case s.postgres:
		s.and(column+" = ANY(?)", values)
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	s.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// among is in for statements that Ent builds.
func among(column string, values []int) func(*sql.Selector) {
	return func(s *sql.Selector) {
		if len(values) == 1 {
			s.Where(sql.EQ(s.C(column), values[0]))
			return
		}
		if s.Dialect() != dialect.Postgres {
			s.Where(sql.InInts(s.C(column), values...))
			return
		}
		s.Where(sql.P(func(b *sql.Builder) {
			b.Ident(s.C(column)).WriteString(" = ANY(").Arg(values).WriteString(")")
		}))
	}
}

// contains narrows the statement to rows whose column holds a text, whatever the
// case of ASCII letters. The columns that are asked for are ordered by bytes (see
// ent/schema), so that lower() leaves all other letters alone in both dialects.
func (s *statement) contains(column, text string) {
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
	s.and("lower("+column+`) LIKE ? ESCAPE '\'`, "%"+lowerASCII(escaped)+"%")
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// scan runs the statement and makes a T of each row; dest gives the places that
// the columns are read into. Rows that end in the middle, because a replica went away,
// are read again.
func scan[T any](ctx context.Context, db Querier, s *statement, dest func(*T) []any) ([]*T, error) {
	list, err := scanOnce(ctx, db, s, dest)
	if cutShort(err) {
		return scanOnce(ctx, db, s, dest)
	}
	return list, err
}

func scanOnce[T any](ctx context.Context, db Querier, s *statement, dest func(*T) []any) ([]*T, error) {
	var rows sql.Rows
	if err := db.Query(ctx, s.text.String(), s.args, &rows); err != nil {
		return nil, err
	}
	var list []*T
	for rows.Next() {
		row := new(T)
		if err := rows.Scan(dest(row)...); err != nil {
			_ = rows.Close()
			return nil, fmt.Errorf("scan: %w", err)
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		_ = rows.Close()
		return nil, err
	}
	return list, rows.Close()
}

// count runs SELECT count(*) with the conditions of s.
func (r *Reader) count(ctx context.Context, table string, conditions func(*statement)) (int, error) {
	s := r.selectFrom(table, []string{"count(*)"})
	conditions(s)
	s.equal(s.walks)
	totals, err := scan(ctx, r.rows, s, func(n *int) []any { return []any{whole{n}} })
	if err != nil || len(totals) == 0 {
		return 0, err
	}
	return *totals[0], nil
}

// column is one column of the rows of T: its name and where it is read into.
type column[T any] struct {
	name string
	dest func(*T) any
}

// columnSet picks columns by name, each once, in the order of the table.
func columnSet[T any](all []column[T], wanted map[string]bool) (names []string, dest func(*T) []any) {
	var picked []func(*T) any
	for i := range all {
		if wanted[all[i].name] {
			names = append(names, all[i].name)
			picked = append(picked, all[i].dest)
		}
	}
	return names, func(row *T) []any {
		places := make([]any, len(picked))
		for i, p := range picked {
			places[i] = p(row)
		}
		return places
	}
}

// whole reads an integer without the detour over text that database/sql takes
// for an int.
type whole struct{ to *int }

// Scan implements sql.Scanner.
func (w whole) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return fmt.Errorf("%T is no integer", v)
	}
	*w.to = int(n)
	return nil
}

// wholeOrNull is whole for a column that may be null.
type wholeOrNull struct{ to **int }

// Scan implements sql.Scanner.
func (w wholeOrNull) Scan(v any) error {
	if v == nil {
		return nil
	}
	n := new(int)
	*w.to = n
	return whole{n}.Scan(v)
}
