package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// taskRow is what a list or a task by id reads.
type taskRow struct {
	id, spaceID, templateID                    int
	createTime                                 time.Time
	name, state, creator, instanceID           string
	createMethod, triggerMethod, executor, say string
	template                                   *templateRow
}

type templateRow struct {
	id, spaceID int
	name        string
}

func (t *taskRow) narrow() []any {
	return []any{&t.id, &t.spaceID, &t.createTime, &t.name, &t.state, &t.creator, &t.templateID}
}

func (t *taskRow) wide() []any {
	return append(t.narrow(), &t.instanceID, &t.createMethod, &t.triggerMethod, &t.executor, &t.say)
}

// page reads the newest tasks of an application and their templates: the two
// statements that the server sends for a list.
func (b *baseline) page(ctx context.Context, list *sql.Stmt, appID int, into func(*taskRow) []any) ([]taskRow, bool, error) {
	found, err := list.QueryContext(ctx, appID, pageSize+1)
	if err != nil {
		return nil, false, err
	}
	defer found.Close()
	tasks := make([]taskRow, 0, pageSize+1)
	for found.Next() {
		var t taskRow
		if err := found.Scan(into(&t)...); err != nil {
			return nil, false, err
		}
		tasks = append(tasks, t)
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return nil, false, err
	}
	more := len(tasks) > pageSize
	if more {
		tasks = tasks[:pageSize]
	}
	return tasks, more, b.addTemplates(ctx, tasks)
}

func (b *baseline) addTemplates(ctx context.Context, tasks []taskRow) error {
	ids := make([]any, pageSize)
	for i := range ids { // the statement has a fixed number of places
		ids[i] = tasks[min(i, len(tasks)-1)].templateID
	}
	found, err := b.templates.QueryContext(ctx, ids...)
	if err != nil {
		return err
	}
	defer found.Close()
	templates := make(map[int]*templateRow, pageSize)
	for found.Next() {
		t := &templateRow{}
		if err := found.Scan(&t.id, &t.spaceID, &t.name); err != nil {
			return err
		}
		templates[t.id] = t
	}
	if err := errors.Join(found.Err(), found.Close()); err != nil {
		return err
	}
	for i := range tasks {
		if tasks[i].template = templates[tasks[i].templateID]; tasks[i].template == nil {
			return fmt.Errorf("task %d has no template", tasks[i].id)
		}
	}
	return nil
}

// task reads a task and its template.
func (b *baseline) task(ctx context.Context, id int) (*taskRow, error) {
	t := &taskRow{template: &templateRow{}}
	if err := b.one.QueryRowContext(ctx, id).Scan(t.wide()...); err != nil {
		return nil, err
	}
	of := t.template
	return t, b.templatesByID.QueryRowContext(ctx, t.templateID).Scan(&of.id, &of.spaceID, &of.name)
}
