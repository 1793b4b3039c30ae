package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
)

// scenario is one piece of work and the sides that do it; the last side is the
// baseline that the others are compared with.
type scenario struct {
	name, title string
	// must and aim are the ratios to the baseline that are demanded, in percent.
	must, aim float64
	sides     []side
}

const connections = 16

const (
	listQuery = `{ tasks(first: 20) { edges { cursor node { id name state creator createTime template { id name } } } ` +
		`pageInfo { hasNextPage endCursor } } }`
	wideFields = `id spaceId instanceId name creator createTime createMethod triggerMethod executor description state template { id name }`
	wideQuery  = `{ tasks(first: 20) { nodes { ` + wideFields + ` } pageInfo { hasNextPage endCursor } } }`
	taskQuery  = `query Task($id: ID!) { task(id: $id) { ` + wideFields + ` } }`
)

// reads are the scenarios that change nothing.
func (w *world) reads(ctx context.Context) ([]scenario, error) {
	list, err := w.request(listQuery, "")
	if err != nil {
		return nil, err
	}
	wide, err := w.request(wideQuery, "")
	if err != nil {
		return nil, err
	}
	one, err := w.request(taskQuery, `{"id": "`+hole+`"}`)
	if err != nil {
		return nil, err
	}
	nth := func(n int) int { return w.firstTask + n*37%w.tasks }
	return []scenario{
		{
			name: "list", title: fmt.Sprintf("20 of %d tasks with their templates (edges)", w.tasks), must: 12, aim: 20,
			sides: []side{w.http(list, nil, `"hasNextPage":true`), w.listBaseline(ctx, w.base.list, (*taskRow).narrow)},
		},
		{
			name: "nodes", title: fmt.Sprintf("20 of %d tasks with their templates (nodes, 12 fields)", w.tasks), must: 12, aim: 20,
			sides: []side{w.http(wide, nil, `"hasNextPage":true`), w.listBaseline(ctx, w.base.listWide, (*taskRow).wide)},
		},
		{
			name: "one", title: "one task by id with its template (12 fields)", must: 22, aim: 35,
			sides: []side{w.http(one, nth, `"template":{"id":"`), w.taskBaseline(ctx, nth)},
		},
	}, nil
}

// http is the side of the server. digits gives what to write into the request,
// nil for nothing; every answer must hold the text want and no errors.
func (w *world) http(r request, digits func(n int) int, want string) side {
	failed := []byte(`{"errors"`)
	sign := []byte(want)
	return side{name: "http", workers: connections, worker: func() (call, func() error, error) {
		c, err := w.client()
		if err != nil {
			return nil, nil, err
		}
		r := r.copy()
		return func(n int) error {
			if digits != nil {
				r.set(digits(n))
			}
			body, err := c.do(r)
			if err == nil && (bytes.HasPrefix(body, failed) || !bytes.Contains(body, sign)) {
				return fmt.Errorf("unexpected answer: %s", body)
			}
			return err
		}, c.close, nil
	}}
}

func noEnd() error { return nil }

func (w *world) listBaseline(ctx context.Context, list *sql.Stmt, into func(*taskRow) []any) side {
	return side{name: "prepared SQL", workers: connections, worker: func() (call, func() error, error) {
		return func(int) error {
			tasks, more, err := w.base.page(ctx, list, w.caller.AppID, into)
			if err == nil && (!more || len(tasks) != pageSize) {
				return fmt.Errorf("a page of %d tasks", len(tasks))
			}
			return err
		}, noEnd, nil
	}}
}

func (w *world) taskBaseline(ctx context.Context, nth func(n int) int) side {
	return side{name: "prepared SQL", workers: connections, worker: func() (call, func() error, error) {
		return func(n int) error {
			_, err := w.base.task(ctx, nth(n))
			return err
		}, noEnd, nil
	}}
}
