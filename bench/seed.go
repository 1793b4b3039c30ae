package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	insertTask = `INSERT INTO tasks (create_time, app_id, space_id, instance_id, name, creator, description,
 scope_type, scope_value, create_method, trigger_method, state, executor, extra_info, sealed_credentials, is_deleted,
 idempotency_key, request_digest, snapshot_id, execution_snapshot_id, template_id)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertMock      = `INSERT INTO task_mocks (task_id, nodes, outputs, preset_ids, failures) VALUES (?, ?, ?, ?, ?)`
	insertOperation = `INSERT INTO task_operations (task_id, kind, operator, source, node_id, create_time) VALUES (?, ?, ?, ?, ?, ?)`
)

// What rows of the data say; createMockTask writes such rows.
var (
	extraInfo = []byte(`{"notifyConfig":{"notify_type":{"fail":[],"success":[]},` +
		`"notify_receivers":{"more_receiver":"","receiver_group":[]}}}`)
	mockNodes   = []byte(`["build","check"]`)
	mockOutputs = []byte(`{"build":{"build_no":"7"},"check":{"health":"good"}}`)
	noObject    = []byte(`{}`)
)

// makeTasks fills the tables of tasks in one transaction. The templates take
// turns, so that the tasks of a page have different ones. One task a second ends now.
func (w *world) makeTasks(ctx context.Context) error {
	tx, err := w.base.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // an error after the commit
	var task, mock, operation *sql.Stmt
	for text, to := range map[string]**sql.Stmt{insertTask: &task, insertMock: &mock, insertOperation: &operation} {
		if *to, err = tx.PrepareContext(ctx, text); err != nil {
			return err
		}
	}
	trees := make([]int, len(w.templates))
	for i, id := range w.templates {
		if trees[i], err = snapshotOf(ctx, w.base.read, id); err != nil {
			return err
		}
	}
	first := time.Now().UTC().Add(-time.Duration(w.tasks) * time.Second).Truncate(time.Microsecond)
	for i := range w.tasks {
		at := first.Add(time.Duration(i)*time.Second + time.Duration(i*7919%1_000_000)*time.Microsecond)
		k := i % len(trees)
		made, err := task.ExecContext(ctx, at, w.caller.AppID, w.caller.Spaces[0], fmt.Sprintf("%032x", i), fmt.Sprintf("debug run %d", i),
			"bench", "", nil, nil, "MOCK", "API", "CREATED", "", extraInfo, nil, false, nil, nil, trees[k], trees[k], w.templates[k])
		if err != nil {
			return err
		}
		id, err := made.LastInsertId()
		if err != nil {
			return err
		}
		if i == 0 {
			w.firstTask = int(id)
		}
		if _, err := mock.ExecContext(ctx, id, mockNodes, mockOutputs, noObject, noObject); err != nil {
			return err
		}
		if _, err := operation.ExecContext(ctx, id, "CREATE", "bench", "API", "", at); err != nil {
			return err
		}
	}
	return tx.Commit()
}
