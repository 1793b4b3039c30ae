package transfer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/jackc/pgx/v5"
)

// move is one transaction of moving.
type move struct {
	from  *sql.Conn
	order []step
	moved func(Table)
	done  []Table
}

func (m *move) run(ctx context.Context, tx pgx.Tx) error {
	if err := m.takeEmpty(ctx, tx); err != nil {
		return err
	}
	m.done = nil
	for _, s := range m.order {
		t, err := m.send(ctx, tx, s)
		if err != nil {
			return err
		}
		m.done = append(m.done, t)
		if m.moved != nil {
			m.moved(t)
		}
	}
	for _, s := range m.order {
		if err := m.refer(ctx, tx, s); err != nil {
			return err
		}
		if err := m.count(ctx, tx, s.table); err != nil {
			return err
		}
	}
	for i, s := range m.order {
		if err := compare(ctx, tx, s.table, m.done[i]); err != nil {
			return err
		}
	}
	return nil
}

// takeEmpty keeps everybody else from writing until the end, and looks that nobody has.
func (m *move) takeEmpty(ctx context.Context, tx pgx.Tx) error {
	var all []string
	for _, s := range m.order {
		all = append(all, quote(s.table.Name))
	}
	if _, err := tx.Exec(ctx, "LOCK TABLE "+strings.Join(all, ", ")+" IN EXCLUSIVE MODE"); err != nil {
		return fmt.Errorf("lock the target: %w", err)
	}
	for _, s := range m.order {
		var some bool
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+quote(s.table.Name)+")").Scan(&some); err != nil {
			return fmt.Errorf("look into the target: %w", err)
		}
		if some {
			return &NotEmptyError{s.table.Name}
		}
	}
	return nil
}

// send streams the rows of a table.
func (m *move) send(ctx context.Context, tx pgx.Tx, s step) (Table, error) {
	rows, err := read(ctx, m.from, s)
	if err != nil {
		return Table{}, err
	}
	defer func() { _ = rows.rows.Close() }()
	var columns []string
	for _, c := range s.table.Columns {
		columns = append(columns, c.Name)
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{s.table.Name}, columns, rows); err != nil {
		return Table{}, fmt.Errorf("move %s, after %d rows: %w", s.table.Name, rows.digest.rows, err)
	}
	return rows.digest.table(s.table.Name), nil
}

// refer fills in the references that send has left out.
func (m *move) refer(ctx context.Context, tx pgx.Tx, s step) error {
	for _, c := range s.later {
		rows, err := m.from.QueryContext(ctx, "SELECT id, "+quote(c.Name)+" FROM "+quote(s.table.Name)+" WHERE "+quote(c.Name)+" IS NOT NULL")
		if err != nil {
			return fmt.Errorf("read %s of %s: %w", c.Name, s.table.Name, err)
		}
		if err := fill(ctx, tx, rows, s.table.Name, c.Name); err != nil {
			return fmt.Errorf("move %s of %s: %w", c.Name, s.table.Name, err)
		}
	}
	return nil
}

func fill(ctx context.Context, tx pgx.Tx, rows *sql.Rows, table, column string) error {
	defer func() { _ = rows.Close() }()
	if _, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE later (id bigint, value bigint) ON COMMIT DROP"); err != nil {
		return err
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"later"}, []string{"id", "value"}, pgx.CopyFromFunc(func() ([]any, error) {
		if !rows.Next() {
			return nil, rows.Err()
		}
		var id, value int64
		err := rows.Scan(&id, &value)
		return []any{id, value}, err
	}))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE "+quote(table)+" AS t SET "+quote(column)+" = later.value FROM later WHERE later.id = t.id")
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "DROP TABLE later")
	return err
}

// count lets the target number new rows behind those of the source.
func (m *move) count(ctx context.Context, tx pgx.Tx, t *schema.Table) error {
	id, err := next(ctx, m.from, t)
	if err != nil {
		return err
	}
	// A sequence keeps its value when the transaction fails; the table is empty then,
	// and another try sets it again.
	if _, err := tx.Exec(ctx, "SELECT setval(pg_get_serial_sequence($1, 'id'), $2, false)", quote(t.Name), id); err != nil {
		return fmt.Errorf("set the next id of %s: %w", t.Name, err)
	}
	return nil
}

// compare reads a table back and looks whether it is what was sent.
func compare(ctx context.Context, tx pgx.Tx, t *schema.Table, want Table) error {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = quote(c.Name)
		if c.Type == field.TypeJSON {
			columns[i] += "::text"
		}
	}
	rows, err := tx.Query(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+quote(t.Name)+" ORDER BY id")
	if err != nil {
		return fmt.Errorf("read %s back: %w", t.Name, err)
	}
	defer rows.Close()
	d := newDigest()
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return fmt.Errorf("read %s back: %w", t.Name, err)
		}
		for i, c := range t.Columns {
			if row[i], err = convert(c, row[i]); err != nil {
				return fmt.Errorf("read %s back, column %s: %w", t.Name, c.Name, err)
			}
		}
		d.add(row)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s back: %w", t.Name, err)
	}
	if got := d.table(t.Name); got != want {
		return fmt.Errorf("%s came as %d rows with the digest %x, not as %d with %x", t.Name, got.Rows, got.Digest[:4], want.Rows, want.Digest[:4])
	}
	return nil
}
