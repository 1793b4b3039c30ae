package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Columns of the rows that a creation writes. The baseline fills in the first of
// each, and the moment.
const (
	taskColumns = "instance_id, create_time, execution_snapshot_id, app_id, space_id, name, creator, description, " +
		"scope_type, scope_value, create_method, trigger_method, state, executor, extra_info, sealed_credentials, " +
		"is_deleted, idempotency_key, request_digest, snapshot_id, template_id"
	mockColumns      = "task_id, nodes, outputs, preset_ids, failures"
	operationColumns = "task_id, create_time, kind, operator, source, node_id"
	treeColumns      = "digest, create_time, document"
)

func insert(table, columns string) string {
	places := strings.Repeat("?, ", strings.Count(columns, ","))
	return "INSERT INTO " + table + " (" + columns + ") VALUES (" + places + "?)"
}

// rows are what the server has written for one task, column by column.
type rows struct{ task, mock, operation, tree []any }

// model reads the rows of a task.
func (b *baseline) model(ctx context.Context, id int) (rows, error) {
	var r rows
	for _, part := range []struct {
		to                    *[]any
		columns, table, where string
	}{
		{&r.task, taskColumns, "tasks", "id = ?"},
		{&r.mock, mockColumns, "task_mocks", "task_id = ?"},
		{&r.operation, operationColumns, "task_operations", "task_id = ?"},
		{&r.tree, treeColumns, "snapshots", "id = (SELECT execution_snapshot_id FROM tasks WHERE id = ?)"},
	} {
		values := make([]any, strings.Count(part.columns, ",")+1)
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		text := "SELECT " + part.columns + " FROM " + part.table + " WHERE " + part.where
		if err := b.read.QueryRowContext(ctx, text, id).Scan(into...); err != nil {
			return r, fmt.Errorf("read the %s of task %d: %w", part.table, id, err)
		}
		*part.to = values
	}
	return r, nil
}

// rawWriter writes rows in transactions on the one connection that writes. Its
// callers queue at a mutex, and everything is prepared, BEGIN and COMMIT too.
type rawWriter struct {
	mu                             sync.Mutex
	conn                           *sql.Conn
	begin, commit, rollback        *sql.Stmt
	task, mock, operation, addTree *sql.Stmt
	more                           map[string]*sql.Stmt // the others, by text
}

func newRawWriter(ctx context.Context, db *sql.DB) (*rawWriter, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &rawWriter{conn: conn, more: map[string]*sql.Stmt{}}
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&w.begin, "BEGIN IMMEDIATE"}, {&w.commit, "COMMIT"}, {&w.rollback, "ROLLBACK"},
		{&w.task, insert("tasks", taskColumns)}, {&w.mock, insert("task_mocks", mockColumns)},
		{&w.operation, insert("task_operations", operationColumns)}, {&w.addTree, insert("snapshots", treeColumns)},
	} {
		if *s.to, err = conn.PrepareContext(ctx, s.text); err != nil {
			return nil, errors.Join(fmt.Errorf("prepare %q: %w", s.text, err), conn.Close())
		}
	}
	return w, nil
}

// repeat writes the rows of another task like the model, and its tree under a new
// digest if it has one of its own. It returns the task's id.
func (w *rawWriter) repeat(ctx context.Context, model rows, withTree bool) (id int64, err error) {
	ctx = context.WithoutCancel(ctx) // database/sql would start a goroutine for each statement
	return w.write(ctx, model, withTree, func(int64) error { return nil })
}

// prepared is a statement that was prepared when it was first asked for; w.mu is held.
func (w *rawWriter) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if s := w.more[text]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(ctx, text)
	if err == nil {
		w.more[text] = s
	}
	return s, err
}

// write is one transaction; more writes what else belongs to the task.
func (w *rawWriter) write(ctx context.Context, model rows, withTree bool, more func(id int64) error) (id int64, err error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	task := append([]any{random(16), now}, model.task[2:]...)
	mock := append([]any{nil}, model.mock[1:]...)
	operation := append([]any{nil, now}, model.operation[2:]...)
	tree := append([]any{random(32), now}, model.tree[2:]...)

	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.begin.ExecContext(ctx); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_, failed := w.rollback.ExecContext(ctx)
			err = errors.Join(err, failed)
		}
	}()
	if withTree {
		if task[2], err = inserted(w.addTree.ExecContext(ctx, tree...)); err != nil {
			return 0, err
		}
	}
	if id, err = inserted(w.task.ExecContext(ctx, task...)); err != nil {
		return 0, err
	}
	mock[0], operation[0] = id, id
	if _, err = w.mock.ExecContext(ctx, mock...); err != nil {
		return 0, err
	}
	if _, err = w.operation.ExecContext(ctx, operation...); err != nil {
		return 0, err
	}
	if err = more(id); err != nil {
		return 0, err
	}
	_, err = w.commit.ExecContext(ctx)
	return id, err
}

func inserted(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// random makes twice as many hex digits as bytes.
func random(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
