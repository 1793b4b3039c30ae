package read

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"
)

// Tasks and templates are read by statements of our own making, and everything
// else through Ent. For these two, which every screen shows, building the
// statement and scanning the rows in Ent's way cost more than SQLite's work
// (docs/adr/0007-own-statements.md has the figures).

// Querier runs a query and fills rows; Ent's drivers do.
type Querier interface {
	Query(ctx context.Context, query string, args, rows any) error
}

// statement is a SELECT under construction, with ? for its arguments.
type statement struct {
	text  strings.Builder
	args  []any
	where bool
}

// selectFrom begins a statement.
func selectFrom(table string, columns []string) *statement {
	s := &statement{args: make([]any, 0, 8)}
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

// and narrows the statement by one condition.
func (s *statement) and(condition string, args ...any) {
	if s.where {
		s.text.WriteString(" AND ")
	} else {
		s.text.WriteString(" WHERE ")
		s.where = true
	}
	s.text.WriteString(condition)
	s.args = append(s.args, args...)
}

// in narrows the statement to rows whose column has one of the values; none has,
// if there are no values.
func in[T any](s *statement, column string, values []T) {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	if len(values) == 0 {
		s.and("false")
		return
	}
	s.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}

// contains narrows the statement to rows whose column holds a text, whatever the
// case of ASCII letters.
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

// page orders the statement and cuts the window out of it, with one row more than
// the page holds, which tells whether there is a next page without a count.
func (s *statement) page(w window) {
	columns := "(" + w.order.column + ", id)"
	if w.after != nil {
		s.and(columns+comparison(w.order.desc)+"(?, ?)", w.after.value(w.order), w.after.ID)
	}
	if w.before != nil {
		s.and(columns+comparison(!w.order.desc)+"(?, ?)", w.before.value(w.order), w.before.ID)
	}
	direction := ""
	if w.order.desc != w.backward {
		direction = " DESC"
	}
	s.text.WriteString(" ORDER BY " + w.order.column + direction + ", id" + direction)
	s.text.WriteString(" LIMIT " + strconv.Itoa(w.limit+1))
}

func comparison(smaller bool) string {
	if smaller {
		return " < "
	}
	return " > "
}

// scan runs the statement and makes a T of each row; dest gives the places that
// the columns are read into.
func scan[T any](ctx context.Context, db Querier, s *statement, dest func(*T) []any) ([]*T, error) {
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
func count(ctx context.Context, db Querier, table string, conditions func(*statement)) (int, error) {
	s := selectFrom(table, []string{"count(*)"})
	conditions(s)
	totals, err := scan(ctx, db, s, func(n *int) []any { return []any{n} })
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
