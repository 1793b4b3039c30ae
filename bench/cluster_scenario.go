package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"rehearse.dev/internal/task"
)

const clusterDemand = "ratios to raw transactions of the same run, with 1 and 3 servers beside SQLite"

// What tables a task has rows in once it is made, and once it has run.
var (
	madeTables = []string{"task_mocks", "task_operations"}
	ranTables  = []string{"task_mocks", "task_operations", "task_runs", "node_runs", "task_events"}
)

// clusterNames are the scenarios that need PostgreSQL: runs for 16 callers and for 64,
// creations, and a page of the list.
var clusterNames = []string{"pgrun", "pgcrowd", "pgcreate", "pglist"}

// plan are the scenarios on PostgreSQL. The list comes last: it reads what the others wrote.
func (c *cluster) plan() []step {
	return []step{
		{"pgrun", func(ctx context.Context) (scenario, error) { return c.runs(ctx, connections) }},
		{"pgcrowd", func(ctx context.Context) (scenario, error) { return c.runs(ctx, burst) }},
		{"pgcreate", c.creations},
		{"pglist", c.pages},
	}
}

// runs takes tasks of ten mocked nodes from nothing to FINISHED, each in one request.
func (c *cluster) runs(ctx context.Context, workers int) (scenario, error) {
	id, err := c.rawWorld.createChain(ctx, c.rawChain, true)
	if err != nil {
		return scenario{}, err
	}
	raw, err := newRawTask(ctx, c.raw, id, ranTables...)
	if err != nil {
		return scenario{}, err
	}
	s := scenario{
		title:  fmt.Sprintf("tasks of %d mocked nodes on PostgreSQL, made and started in one request", shortLength),
		demand: clusterDemand, nodes: c.rawChain.length(), cluster: c,
	}
	if err := c.served(ctx, &s, func(o *site) string { return o.chain.input }, finished); err != nil {
		return s, err
	}
	c.addRaw(&s, raw)
	for i := range s.sides {
		s.sides[i].workers = workers
	}
	return s, nil
}

// creations makes tasks of ten mocked nodes that are not started.
func (c *cluster) creations(ctx context.Context) (scenario, error) {
	id, err := c.rawWorld.createChain(ctx, c.rawChain, false)
	if err != nil {
		return scenario{}, err
	}
	raw, err := newRawTask(ctx, c.raw, id, madeTables...)
	if err != nil {
		return scenario{}, err
	}
	s := scenario{title: "createMockTask on PostgreSQL, not started", demand: clusterDemand, cluster: c}
	input := func(o *site) string { return strings.Replace(o.chain.input, `"start":true`, `"start":false`, 1) }
	if err := c.served(ctx, &s, input, created); err != nil {
		return s, err
	}
	c.addRaw(&s, raw)
	return s, nil
}

// served adds a side for each site that sends createMockTask with the input of the site.
func (c *cluster) served(ctx context.Context, s *scenario, input func(*site) string, want string) error {
	for _, o := range append(c.sites, c.file) {
		r, err := o.request(createQuery, input(o))
		if err != nil {
			return err
		}
		fresh := func(int) int { return int(o.fresh.Add(1)) }
		s.sides = append(s.sides, o.side(r, fresh, want))
		if o.turns == nil {
			continue
		}
		if s.price == nil {
			p, err := o.price(ctx, r, fresh)
			if err != nil {
				return err
			}
			s.price = &p
		}
	}
	return nil
}

// addRaw adds the raw transactions: with what an advance announces, with few waits for
// PostgreSQL, and plain, which is what the others are compared with.
func (c *cluster) addRaw(s *scenario, raw *rawTask) {
	sides := []side{
		raw.notifying().side("raw, with NOTIFY"), raw.pipelined().notifying().side("raw, pipelined, with NOTIFY"),
		raw.pipelined().side("raw, pipelined"), raw.side("raw transactions"),
	}
	for i := range sides {
		sides[i].meter = c.rawMeter
	}
	s.sides = append(s.sides, sides...)
}

// pages reads the newest tasks of a list.
func (c *cluster) pages(ctx context.Context) (scenario, error) {
	s := scenario{title: "20 tasks with their templates on PostgreSQL, as edges of 5 fields", demand: listDemand, cluster: c}
	for _, w := range append([]*world{c.rawWorld, c.file.world}, worlds(c.sites)...) {
		if err := w.atLeast(ctx, 2*pageSize); err != nil {
			return s, err
		}
	}
	if err := c.vacuum(ctx); err != nil {
		return s, err
	}
	for _, o := range append(c.sites, c.file) {
		r, err := o.request(listQuery, "")
		if err != nil {
			return s, err
		}
		s.sides = append(s.sides, o.side(r, nil, morePages))
		if s.price == nil {
			p, err := o.price(ctx, r, nil)
			if err != nil {
				return s, err
			}
			s.price = &p
		}
	}
	s.sides = append(s.sides, c.rawPages())
	return s, nil
}

func worlds(sites []*site) (list []*world) {
	for _, s := range sites {
		list = append(list, s.world)
	}
	return list
}

// atLeast makes so many tasks of different templates.
func (w *world) atLeast(ctx context.Context, n int) error {
	for i := range n {
		if _, err := w.app.Tasks.CreateMock(ctx, w.caller, task.CreateParams{
			TemplateID: strconv.Itoa(w.templates[i%len(w.templates)]), Name: "debug run", Creator: "bench",
			Mock: task.MockParams{Nodes: []string{"build", "check"}, Outputs: mockOutputs},
		}); err != nil {
			return err
		}
	}
	return nil
}

// rawPages reads the same pages by prepared statements, on a connection for each caller.
func (c *cluster) rawPages() side {
	const (
		page = "SELECT " + narrowColumns + " FROM tasks WHERE NOT is_deleted AND app_id = $1 ORDER BY create_time DESC, id DESC LIMIT $2"
		of   = "SELECT id, space_id, name FROM templates WHERE id = ANY($1)"
	)
	return side{name: "prepared SQL", workers: connections, meter: c.rawMeter, worker: func(ctx context.Context) (call, func() error, error) {
		conn, err := c.raw.Acquire(ctx)
		if err != nil {
			return nil, nil, err
		}
		end := func() error {
			conn.Release()
			return nil
		}
		return func(int) error {
			rows, err := conn.Query(ctx, page, c.rawWorld.caller.AppID, pageSize+1)
			if err != nil {
				return err
			}
			defer rows.Close()
			var ids []int
			for rows.Next() {
				var t taskRow
				if err := rows.Scan(t.narrow()...); err != nil {
					return err
				}
				ids = append(ids, t.templateID)
			}
			if len(ids) != pageSize+1 || rows.Err() != nil {
				return fmt.Errorf("a page of %d tasks, %w", len(ids), rows.Err())
			}
			found, err := conn.Query(ctx, of, ids[:pageSize])
			if err != nil {
				return err
			}
			defer found.Close()
			for found.Next() {
				var t templateRow
				if err := found.Scan(&t.id, &t.spaceID, &t.name); err != nil {
					return err
				}
			}
			return found.Err()
		}, end, nil
	}}
}

// printCluster writes where the processor time of a call went, what a call costs in
// statements, and how many connections the servers hold.
func (s scenario) printCluster(ctx context.Context, out io.Writer, samples [][]sample, verbose bool) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "CPU ms of a call\tclient\tservers\tdatabase\t")
	for i, of := range samples {
		each := func(part func(sample) time.Duration) float64 {
			return median(of, func(_ int, s sample) float64 { return s.per(milliseconds(part(s))) })
		}
		fmt.Fprintf(t, "%s\t%.3f\t%.3f\t%.3f\t\n", s.sides[i].name,
			each(func(s sample) time.Duration { return s.cpu }),
			each(func(s sample) time.Duration { return s.away.servers }),
			each(func(s sample) time.Duration { return s.away.database }))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if s.price != nil {
		fmt.Fprintf(out, "%s: %d statements and %d waits for PostgreSQL in a request\n",
			s.sides[0].name, len(s.price.texts), s.price.turns)
		for _, text := range s.price.texts {
			if verbose {
				fmt.Fprintln(out, "  "+text)
			}
		}
	}
	for _, o := range s.cluster.sites {
		n, err := s.cluster.postgres.connections(ctx, o.dsn)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s: %d connections\n", o.name, n)
	}
	return nil
}
