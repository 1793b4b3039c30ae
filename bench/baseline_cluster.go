package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// part is what a task has in one table: all of its rows, and the one prepared statement
// that writes them.
type part struct {
	insert  string
	columns []string
	args    []any // of all rows, one after the other
	task    int   // the column with the id of the task, -1 in the table of tasks itself
}

// readPart reads the rows of a task.
func readPart(ctx context.Context, db *pgxpool.Pool, table, where string, id int) (part, error) {
	p := part{task: -1}
	found, err := db.Query(ctx, "SELECT * FROM "+table+" WHERE "+where+" = $1 ORDER BY id", id)
	if err != nil {
		return p, err
	}
	defer found.Close()
	for found.Next() {
		values, err := found.Values()
		if err != nil {
			return p, err
		}
		p.columns = p.columns[:0]
		for i, column := range found.FieldDescriptions() {
			if column.Name == "id" { // PostgreSQL makes them
				continue
			}
			if column.DataTypeOID == pgtype.JSONBOID && values[i] != nil {
				if values[i], err = json.Marshal(values[i]); err != nil {
					return p, err
				}
			}
			p.columns, p.args = append(p.columns, column.Name), append(p.args, values[i])
		}
	}
	if err := found.Err(); err != nil {
		return p, fmt.Errorf("read the %s of task %d: %w", table, id, err)
	}
	if len(p.args) == 0 {
		return p, fmt.Errorf("task %d has nothing in %s", id, table)
	}
	p.task = slices.Index(p.columns, "task_id")
	p.insert = insertRows(table, p.columns, len(p.args)/len(p.columns))
	return p, nil
}

// insertRows is the statement that inserts so many rows.
func insertRows(table string, columns []string, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ")
	for i := range rows * len(columns) {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%len(columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	b.WriteString(")")
	return b.String()
}

// of are the arguments of the same rows for another task.
func (p *part) of(id int64) []any {
	args := slices.Clone(p.args)
	for i := p.task; i < len(args); i += len(p.columns) {
		args[i] = id
	}
	return args
}

// rawTask writes tasks like one that the server has made, in a transaction each.
type rawTask struct {
	db             *pgxpool.Pool
	task           part
	parts          []part
	name, made     int // columns that differ from task to task
	notify, inTwos bool
}

// newRawTask reads the model. The tables are those that a task of this kind has rows in.
func newRawTask(ctx context.Context, db *pgxpool.Pool, id int, tables ...string) (*rawTask, error) {
	r := &rawTask{db: db}
	var err error
	if r.task, err = readPart(ctx, db, "tasks", "id", id); err != nil {
		return nil, err
	}
	r.task.insert += " RETURNING id"
	r.name, r.made = slices.Index(r.task.columns, "instance_id"), slices.Index(r.task.columns, "create_time")
	for _, table := range tables {
		p, err := readPart(ctx, db, table, "task_id", id)
		if err != nil {
			return nil, err
		}
		r.parts = append(r.parts, p)
	}
	return r, nil
}

// side is raw transactions on a connection for each caller, which keeps its prepared
// statements.
func (r *rawTask) side(name string) side {
	return side{name: name, workers: connections, worker: func(ctx context.Context) (call, func() error, error) {
		conn, err := r.db.Acquire(ctx)
		if err != nil {
			return nil, nil, err
		}
		end := func() error {
			conn.Release()
			return nil
		}
		return func(int) error { _, err := r.write(ctx, conn.Conn()); return err }, end, nil
	}}
}

// notifying is the same with a NOTIFY in each transaction.
func (r *rawTask) notifying() *rawTask {
	other := *r
	other.notify = true
	return &other
}

// pipelined is the same with two waits for PostgreSQL in each transaction: one for the
// id of the task and one for all the rest.
func (r *rawTask) pipelined() *rawTask {
	other := *r
	other.inTwos = true
	return &other
}

const (
	rawBegin  = "BEGIN ISOLATION LEVEL READ COMMITTED"
	rawNotify = "SELECT pg_notify('rehearse_bench', $1)"
)

// write writes a task and returns its id. A connection whose transaction failed is not
// used again: the error ends the measurement.
func (r *rawTask) write(ctx context.Context, conn *pgx.Conn) (id int64, err error) {
	task := slices.Clone(r.task.args)
	task[r.name], task[r.made] = random(16), time.Now().UTC().Truncate(time.Microsecond)
	var batch pgx.Batch
	if r.inTwos {
		batch.Queue(rawBegin)
		batch.Queue(r.task.insert, task...).QueryRow(func(row pgx.Row) error { return row.Scan(&id) })
		if err := conn.SendBatch(ctx, &batch).Close(); err != nil {
			return 0, err
		}
		batch = pgx.Batch{}
	} else {
		if _, err := conn.Exec(ctx, rawBegin); err != nil {
			return 0, err
		}
		if err := conn.QueryRow(ctx, r.task.insert, task...).Scan(&id); err != nil {
			return 0, err
		}
	}
	send := func(text string, args ...any) error {
		if r.inTwos {
			batch.Queue(text, args...)
			return nil
		}
		_, err := conn.Exec(ctx, text, args...)
		return err
	}
	for i := range r.parts {
		if err := send(r.parts[i].insert, r.parts[i].of(id)...); err != nil {
			return 0, err
		}
	}
	if r.notify {
		if err := send(rawNotify, strconv.FormatInt(id, 10)); err != nil {
			return 0, err
		}
	}
	if err := send("COMMIT"); err != nil || !r.inTwos {
		return id, err
	}
	return id, conn.SendBatch(ctx, &batch).Close()
}
