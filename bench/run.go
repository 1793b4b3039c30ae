package main

import (
	"context"
	"fmt"
	"strings"
)

const (
	runDemand   = "10000 mocked nodes/s, in at most 4 transactions for a task"
	finished    = `"state":"FINISHED"`
	shortLength = 10
	longLength  = 1000
)

// short runs tasks of ten mocked nodes, created and started in one request or in two
// calls, for one caller and for many.
func (w *world) short(ctx context.Context) (scenario, error) { return w.runs(ctx, shortLength) }

// long runs tasks of a thousand mocked nodes.
func (w *world) long(ctx context.Context) (scenario, error) { return w.runs(ctx, longLength) }

func (w *world) runs(ctx context.Context, length int) (scenario, error) {
	c, err := w.newChain(ctx, length)
	if err != nil {
		return scenario{}, err
	}
	r, err := w.request(createQuery, c.input)
	if err != nil {
		return scenario{}, err
	}
	fresh := func(int) int { return int(w.fresh.Add(1)) }
	probe := r.with(fresh(0))
	id, err := w.createChain(ctx, c, true)
	if err != nil {
		return scenario{}, err
	}
	model, err := w.base.modelRun(ctx, id)
	if err != nil {
		return scenario{}, err
	}
	served := overHTTP("http", w.addr, r, fresh, finished)
	once := inProcess("in process", func(int) error { _, err := w.createChain(ctx, c, true); return err })
	twice := inProcess("created, then started", func(int) error { _, err := w.inTwo(ctx, c); return err })
	raw := inProcess("raw transactions", func(int) error { return w.base.writer.repeatRun(ctx, model) })
	return scenario{
		title:  fmt.Sprintf("tasks of %d mocked nodes and two events, from nothing to FINISHED", length),
		demand: runDemand, probe: &probe, world: w, nodes: c.length(),
		sides: []side{served.by(1), served.by(burst), once.by(1), once.by(burst), twice.by(burst), raw.by(1), raw.by(burst)},
	}, nil
}

// by is the side with another number of workers.
func (s side) by(workers int) side {
	s.workers = workers
	return s
}

// Columns of the rows that a run adds to those of a creation.
const (
	runColumns   = "task_id, fence, language, core, wakes, wake_at, last_seq, real_calls, outputs"
	nodeColumns  = "task_id, node_id, number, is_current, state, row, decision, unresolved"
	eventColumns = "task_id, first_seq, last_seq, events"
)

// ranRows are the rows of a task that has run.
type ranRows struct {
	rows
	tables []table
}

// table is what a task has in one table; the first column is its id.
type table struct {
	insert string
	rows   [][]any
}

// modelRun reads the rows of a task that has run.
func (b *baseline) modelRun(ctx context.Context, id int) (ranRows, error) {
	created, err := b.model(ctx, id)
	m := ranRows{rows: created}
	for _, part := range []struct{ name, columns string }{
		{"task_runs", runColumns}, {"node_runs", nodeColumns}, {"task_events", eventColumns}, {"task_operations", operationColumns},
	} {
		if err != nil {
			return m, err
		}
		t := table{insert: insert(part.name, part.columns)}
		t.rows, err = b.all(ctx, "SELECT "+part.columns+" FROM "+part.name+" WHERE task_id = ? ORDER BY id", strings.Count(part.columns, ",")+1, id)
		if part.name == "task_operations" && err == nil {
			t.rows = t.rows[1:] // a creation's rows have the first
		}
		m.tables = append(m.tables, t)
	}
	return m, err
}

// all reads rows of so many columns.
func (b *baseline) all(ctx context.Context, text string, columns, id int) (list [][]any, err error) {
	found, err := b.read.QueryContext(ctx, text, id)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		values, into := make([]any, columns), make([]any, columns)
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		list = append(list, values)
	}
	return list, found.Err()
}

// repeatRun writes the rows of a task that has run in one transaction.
func (w *rawWriter) repeatRun(ctx context.Context, m ranRows) error {
	ctx = context.WithoutCancel(ctx)
	_, err := w.write(ctx, m.rows, false, func(id int64) error {
		for _, t := range m.tables {
			statement, err := w.prepared(ctx, t.insert)
			if err != nil {
				return err
			}
			for _, row := range t.rows {
				if _, err := statement.ExecContext(ctx, append([]any{id}, row[1:]...)...); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return err
}
