package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"
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
// turns, so that the tasks of a page have different ones. One was made each second
// until now. Without whole, only the table of tasks is filled.
func (w *world) makeTasks(ctx context.Context, whole bool) error {
	tx, err := w.base.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // an error after the commit
	var task, mock, operation *sql.Stmt
	for text, to := range map[string]**sql.Stmt{
		insert("tasks", taskColumns): &task, insert("task_mocks", mockColumns): &mock,
		insert("task_operations", operationColumns): &operation,
	} {
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
		made, err := task.ExecContext(ctx, fmt.Sprintf("%032x", i), at, trees[k], w.caller.AppID, w.caller.Spaces[0],
			fmt.Sprintf("debug run %d", i), "bench", "", nil, nil, "MOCK", "API", "CREATED", "", extraInfo, nil,
			false, nil, nil, trees[k], w.templates[k])
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
		if !whole {
			continue
		}
		if _, err := mock.ExecContext(ctx, id, mockNodes, mockOutputs, noObject, noObject); err != nil {
			return err
		}
		if _, err := operation.ExecContext(ctx, id, at, "CREATE", "bench", "API", ""); err != nil {
			return err
		}
	}
	return tx.Commit()
}
