package main

import (
	"context"
	"database/sql"
	"fmt"
)

// scenario is one piece of work and the sides that do it. The last side is the
// baseline that the others are compared with.
type scenario struct {
	name, title string
	// demand is what the numbers have to be.
	demand string
	// probe is what the server is asked once to see which statements it sends.
	probe *request
	world *world // that is asked
	// cluster and price are those of a scenario on PostgreSQL.
	cluster *cluster
	price   *price
	// nodes is how many nodes a call runs, 0 for a call that runs none.
	nodes int
	sides []side
}

// connections is how many callers there are at once.
const connections = 16

const (
	listDemand = "http must be 12 % of prepared SQL, aim 20 %, in at most 3 statements"
	oneDemand  = "http must be 22 % of prepared SQL, aim 35 %, in at most 3 statements"
)

const (
	listQuery = `{ tasks(first: 20) { edges { cursor node { id name state creator createTime template { id name } } } ` +
		`pageInfo { hasNextPage endCursor } } }`
	wideFields = `id spaceId instanceId name creator createTime createMethod triggerMethod executor description state ` +
		`template { id name }`
	wideQuery = `{ tasks(first: 20) { nodes { ` + wideFields + ` } pageInfo { hasNextPage endCursor } } }`
	taskQuery = `query Task($id: ID!) { task(id: $id) { ` + wideFields + ` } }`
)

// What answers hold when all went well.
const (
	morePages   = `"hasNextPage":true`
	itsTemplate = `"template":{"id":"`
)

func (w *world) list(ctx context.Context) (scenario, error) {
	title := fmt.Sprintf("20 of %d tasks with their templates, as edges of 5 fields", w.tasks)
	return w.page(ctx, title, listQuery, w.base.list, (*taskRow).narrow)
}

func (w *world) nodes(ctx context.Context) (scenario, error) {
	title := fmt.Sprintf("20 of %d tasks with their templates, as nodes of 11 fields", w.tasks)
	return w.page(ctx, title, wideQuery, w.base.listWide, (*taskRow).wide)
}

func (w *world) page(
	ctx context.Context, title, query string, list *sql.Stmt, into func(*taskRow) []any,
) (scenario, error) {
	r, err := w.request(query, "")
	if err != nil {
		return scenario{}, err
	}
	hollow, err := w.hollow(ctx, r, morePages)
	return scenario{title: title, demand: listDemand, probe: &r, world: w, sides: []side{
		overHTTP("http", w.addr, r, nil, morePages), hollow, w.pageBaseline(ctx, list, into),
	}}, err
}

func (w *world) one(ctx context.Context) (scenario, error) {
	r, err := w.request(taskQuery, `{"id": "`+hole+`"}`)
	if err != nil {
		return scenario{}, err
	}
	nth := func(n int) int { return w.firstTask + n*37%w.tasks }
	first := r.with(nth(0))
	hollow, err := w.hollow(ctx, first, itsTemplate)
	return scenario{
		title: "one task by id with its template, 11 fields", demand: oneDemand, probe: &first, world: w,
		sides: []side{
			overHTTP("http", w.addr, r, nth, itsTemplate), hollow,
			inProcess("prepared SQL", func(n int) error {
				_, err := w.base.task(ctx, nth(n))
				return err
			}),
		},
	}, err
}

// sizes compares the list of a large database, w, with that of a small one.
func (w *world) sizes(small *world) (scenario, error) {
	r, err := w.request(listQuery, "")
	if err != nil {
		return scenario{}, err
	}
	other, err := small.request(listQuery, "")
	of := func(w *world) string { return fmt.Sprintf("http, %d tasks", w.tasks) }
	return scenario{
		title:  "the list of a large table beside that of a small one",
		demand: "the large one must cost what the small one costs: about 100 %",
		sides: []side{
			overHTTP(of(w), w.addr, r, nil, morePages),
			overHTTP(of(small), small.addr, other, nil, morePages),
		},
	}, err
}

// inProcess is a side without a connection.
func inProcess(name string, c call) side {
	return side{name: name, workers: connections, worker: func(context.Context) (call, func() error, error) {
		return c, func() error { return nil }, nil
	}}
}

func (w *world) pageBaseline(ctx context.Context, list *sql.Stmt, into func(*taskRow) []any) side {
	return inProcess("prepared SQL", func(int) error {
		tasks, more, err := w.base.page(ctx, list, w.caller.AppID, into)
		if err == nil && (!more || len(tasks) != pageSize) {
			return fmt.Errorf("a page of %d tasks", len(tasks))
		}
		return err
	})
}
