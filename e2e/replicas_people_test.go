package e2e

import (
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// The people of a cluster: who makes and starts tasks, and who decides about nodes.

// crowd are people who work at all servers of a cluster while something happens to it.
type crowd struct {
	*cluster
	jobs           chan *job
	fed            chan struct{} // closed when all tasks are made
	users, tending errgroup.Group
}

// people come to make and start at most so many tasks, and to tend them.
func (c *cluster) people(most int, waiters ...string) *crowd {
	p := &crowd{cluster: c, jobs: make(chan *job, most), fed: make(chan struct{})}
	p.tending.Go(func() error { return c.tend(p.fed, waiters...) })
	for range replicaUsers {
		p.users.Go(func() error { return c.perform(p.jobs) })
	}
	return p
}

// give has so many tasks be made, of whatever templates.
func (p *crowd) give(n int) {
	for range n {
		p.jobs <- p.newJob(p.templates[p.intn(len(p.templates))])
	}
}

// made waits until all tasks are made and started. No more are.
func (p *crowd) made() {
	p.t.Helper()
	close(p.jobs)
	if err := p.users.Wait(); err != nil {
		p.t.Fatal(err)
	}
	close(p.fed)
}

// ended waits until all tasks that were made have ended.
func (p *crowd) ended() {
	p.t.Helper()
	if err := p.tending.Wait(); err != nil {
		p.t.Fatal(err)
	}
}

// newJob notes a task that somebody wants.
func (c *cluster) newJob(template string) *job {
	j := &job{key: fmt.Sprintf("job-%d", len(c.jobs)), template: template, atOnce: c.intn(2) == 0}
	c.jobs = append(c.jobs, j)
	return j
}

// perform makes and starts the tasks of jobs, each at whatever servers.
func (c *cluster) perform(jobs <-chan *job) error {
	for j := range jobs {
		if err := c.ask(j.create); err != nil {
			return fmt.Errorf("make %s: %w", j.key, err)
		}
		if j.started {
			continue
		}
		if err := c.ask(j.start); err != nil {
			return fmt.Errorf("start %s: %w", j.key, err)
		}
	}
	return nil
}

// listed is a task that has not ended.
type listed struct{ ID, State, TemplateID string }

const readOpen = `query ($after: Cursor) { tasks(where: {state: [CREATED, RUNNING, SUSPENDED, FAILED]}, first: 100, after: $after) {
  nodes { id state templateId } pageInfo { hasNextPage endCursor } } }`

// open lists the tasks that have not ended.
func (c *cluster) open() (all []listed, err error) {
	for after := any(nil); ; {
		var got struct {
			Tasks struct {
				Nodes    []listed
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		err := c.ask(func(s *server) error { return tryWith(s, readOpen, map[string]any{"after": after}, &got) })
		if err != nil {
			return nil, err
		}
		all = append(all, got.Tasks.Nodes...)
		if !got.Tasks.PageInfo.HasNextPage {
			return all, nil
		}
		after = got.Tasks.PageInfo.EndCursor
	}
}

// tend decides about nodes and calls back, until all tasks have ended that were made
// before fed was closed. waiters are the templates whose tasks wait for callbacks.
func (c *cluster) tend(fed <-chan struct{}, waiters ...string) error {
	waits := map[string]bool{}
	for _, id := range waiters {
		waits[id] = true
	}
	var limit time.Time
	for complete := false; ; {
		select {
		case <-fed:
			if !complete {
				complete, limit = true, time.Now().Add(3*patience)
			}
		default:
		}
		open, err := c.open()
		if err != nil {
			return err
		}
		if complete && len(open) == 0 {
			return nil
		}
		if complete && time.Now().After(limit) {
			got, err := c.look(open[0].ID)
			return fmt.Errorf("%d tasks do not end: %v, the first is %+v, %w", len(open), open, got, err)
		}
		for _, t := range open {
			if t.State != "FAILED" && (t.State != "RUNNING" || !waits[t.TemplateID]) {
				continue
			}
			if err := c.care(t.ID); err != nil {
				return err
			}
		}
		pause(c.t.Context(), 200*time.Millisecond)
	}
}

// look reads a task at whatever server.
func (c *cluster) look(id string) (ran, error) {
	var got struct{ Task *ran }
	err := c.ask(func(s *server) error { return tryWith(s, readRun, map[string]any{"id": id, "events": 1000}, &got) })
	if err == nil && got.Task == nil {
		err = fmt.Errorf("task %s was acknowledged and is not there", id)
	}
	if err != nil {
		return ran{}, err
	}
	return *got.Task, nil
}

// care does what a task waits for. Its state may be another one by then, and what was
// done without an answer is asked for again, so a refusal is nothing wrong.
func (c *cluster) care(id string) error {
	got, err := c.look(id)
	if err != nil {
		return err
	}
	for _, n := range got.Nodes {
		d, err := c.host.judge(id, n, c.intn(2) == 0)
		if err != nil {
			return err
		}
		if n.State == "RUNNING" && n.NodeID == "waits" {
			d = &decision{
				document: `mutation ($input: CallbackNodeInput!) { done: callbackNode(input: $input) { userErrors { code message field } } }`,
				input:    map[string]any{"taskId": id, "nodeId": n.NodeID, "operator": "caller", "data": map[string]any{"came": true}},
			}
		}
		if d == nil {
			continue
		}
		var answer deciding
		if err := c.ask(func(s *server) error { return try(s, d.document, d.input, &answer) }); err != nil {
			return fmt.Errorf("decide about %s of task %s: %w", n.NodeID, id, err)
		}
		for _, e := range answer.Done.UserErrors {
			if e.Code != "WRONG_STATE" {
				return fmt.Errorf("decide about %s of task %s: %+v", n.NodeID, id, e)
			}
		}
	}
	return nil
}
