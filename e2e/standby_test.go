package e2e

import (
	"fmt"
	"testing"
	"time"
)

// TestAStandbyAnswersAndTakesOver: queries read from a server that follows the primary.
// Then the primary dies in the midst of calls and the standby is promoted: the servers
// find it by themselves, and nothing is lost or called twice.
func TestAStandbyAnswersAndTakesOver(t *testing.T) {
	t.Parallel()
	primary := newPrimary(t)
	standby := primary.follow(t)
	// What is acknowledged is there, too.
	primary.ask(t, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	primary.ask(t, "SELECT pg_reload_conf()")
	c, waiter := newFollowed(t, primary, standby)
	space := firstSpace(t, c.any())
	showsThePast(t, c.any(), space, standby)

	people := c.people(60, waiter)
	people.give(30)
	pause(t.Context(), time.Second)
	primary.kill(t)
	died := time.Now()
	people.give(30)
	standby.ask(t, "SELECT pg_promote()")
	promoted := time.Since(died)
	for _, s := range c.servers() {
		s.writesAgain(t, space)
	}
	again := time.Since(died)
	people.made()
	people.ended()
	f := c.check(sleepTimes)
	t.Logf("the standby was promoted %s after the primary died, and both servers wrote again %s after it; %d calls known, %d unknown, %d of these had come; %s; %d requests were repeated",
		promoted.Round(time.Millisecond), again.Round(time.Millisecond), f.calls, f.unknown, f.unknownAndCame, c.inTime(&f), c.repeats.Load())
	for _, s := range c.servers() {
		s.stop(t)
	}
}

// newFollowed starts two servers of a primary that has a standby.
func newFollowed(t *testing.T, primary, standby *postgres) (c *cluster, waiter string) {
	t.Helper()
	either := primary.or(t, standby)
	if r := run(t, t.TempDir(), nil, "migrate", "--db", either); r.code != 0 {
		t.Fatal(r.err)
	}
	var replicas []*replica
	for range 2 {
		replicas = append(replicas, &replica{dir: t.TempDir(), database: []string{"--db", either, "--db-read", standby.url}})
	}
	c = newClusterOf(t, standby.url, replicas, uint64(number(t, "E2E_SEED", killSeed)), map[string]float64{"fickle": 0.3, "last": 0.1})
	c.forgiving = true
	return c, c.plantForReplicas(c.any())
}

// TestAFailoverThatLosesCommitsSpoilsNothing: the standby lacks what the primary did last,
// and servers have it in memory. Calls may be sent again then, and no more than that:
// each task goes on from where the standby has it, and its record holds together.
func TestAFailoverThatLosesCommitsSpoilsNothing(t *testing.T) {
	t.Parallel()
	primary := newPrimary(t)
	standby := primary.follow(t)
	c, waiter := newFollowed(t, primary, standby)
	people := c.people(40, waiter)
	people.give(40)
	people.made()
	last := primary.ask(t, "SELECT pg_current_wal_lsn()")
	eventually(t, "the standby knows all tasks", func() bool {
		return standby.ask(t, "SELECT pg_last_wal_replay_lsn() >= '"+last+"'") == "t"
	})
	standby.leave(t)
	pause(t.Context(), 1500*time.Millisecond)
	before := primary.ask(t, "SELECT sum(last_seq) FROM task_runs")
	primary.kill(t)
	standby.ask(t, "SELECT pg_promote()")
	after := standby.ask(t, "SELECT sum(last_seq) FROM task_runs")
	people.ended()
	for _, j := range c.jobs {
		got := c.readEverywhere(c.servers(), j.id)
		shown := 0
		for _, n := range got.Nodes {
			for _, a := range n.Attempts {
				shown += len(a.HTTPCalls)
			}
		}
		if got.State != "FINISHED" {
			t.Errorf("task %s is %s", j.id, got.State)
		}
		c.checkEvents(j.id, got, shown)
	}
	t.Logf("of %s events the standby had about %s", before, after)
	for _, s := range c.servers() {
		s.stop(t)
	}
}

// TestIdsThatAreGivenAgainMeanWhatTheyMeanNow: a standby that lacks the latest gives their
// ids to others. Servers have trees in memory by these ids, and forget them.
func TestIdsThatAreGivenAgainMeanWhatTheyMeanNow(t *testing.T) {
	t.Parallel()
	primary := newPrimary(t)
	standby := primary.follow(t)
	either := primary.or(t, standby)
	if r := run(t, t.TempDir(), nil, "migrate", "--db", either); r.code != 0 {
		t.Fatal(r.err)
	}
	replicas := []*replica{{dir: t.TempDir(), database: []string{"--db", either}}, {dir: t.TempDir(), database: []string{"--db", either}}}
	c := newClusterOf(t, either, replicas, 1, nil)
	space := firstSpace(t, c.any())
	last := primary.ask(t, "SELECT pg_current_wal_lsn()")
	eventually(t, "the standby knows the space", func() bool {
		return standby.ask(t, "SELECT pg_last_wal_replay_lsn() >= '"+last+"'") == "t"
	})
	standby.leave(t)
	const rows = 50 // PostgreSQL skips up to 32 ids of a sequence
	tasks := map[string]bool{}
	for i := range rows {
		tasks[c.rehearse(t, space, fmt.Sprintf("old%d", i), i%2 == 0)] = true
	}
	primary.kill(t)
	standby.ask(t, "SELECT pg_promote()")
	for _, s := range c.servers() {
		s.writesAgain(t, space)
	}
	again := 0
	for i := range rows {
		if tasks[c.rehearse(t, space, fmt.Sprintf("new%d", i), i%2 == 0)] {
			again++
		}
	}
	wrong := standby.ask(t, `SELECT count(*) FROM tasks t LEFT JOIN tree_infos i ON i.id = t.tree_info_id
		WHERE i.snapshot_id IS DISTINCT FROM t.execution_snapshot_id`)
	if wrong != "0" {
		t.Errorf("%s tasks have the topology of another tree, or none", wrong)
	}
	if again == 0 {
		t.Error("no id was given again, so that this shows nothing")
	}
	t.Logf("%d of %d ids of tasks were given again", again, rows)
	for _, s := range c.servers() {
		s.stop(t)
	}
}

// rehearse runs a task of a template of its own, whose one node has the name, and returns
// its id. All servers must show the same.
func (c *cluster) rehearse(t *testing.T, space, name string, atOnce bool) string {
	t.Helper()
	template := makeTemplate(t, c.any(), space, name, tree([]node{waiting(name)}, nil, path("start", name, "end")...))
	var made struct {
		CreateMockTask struct {
			Task       *struct{ ID string }
			UserErrors []userError
		}
	}
	err := try(c.any(), `mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { code message field } } }`,
		map[string]any{"templateId": template, "name": name, "creator": "story", "start": atOnce, "mockData": map[string]any{"nodes": []string{name}}}, &made)
	if err != nil || made.CreateMockTask.Task == nil {
		t.Fatalf("a task of %s: %+v, %v", name, made, err)
	}
	j := &job{id: made.CreateMockTask.Task.ID}
	if !atOnce {
		if err := j.start(c.any()); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range c.servers() {
		got := query[struct {
			Task struct {
				State string
				Nodes []struct{ NodeID, State string }
			}
			Template struct {
				PipelineTree struct{ Activities map[string]any }
			}
		}](t, s, `query ($task: ID!, $template: ID!) { task(id: $task) { state nodes { nodeId state } } template(id: $template) { pipelineTree } }`,
			map[string]any{"task": j.id, "template": template})
		if n := got.Task.Nodes; got.Task.State != "FINISHED" || len(n) != 3 || n[1].NodeID != name || n[1].State != "FINISHED" {
			t.Errorf("the task of %s is %+v", name, got.Task)
		}
		if _, ok := got.Template.PipelineTree.Activities[name]; !ok {
			t.Errorf("the template of %s has the nodes %v", name, got.Template.PipelineTree.Activities)
		}
	}
	return j.id
}

// leave has a standby hear no more from its primary.
func (p *postgres) leave(t *testing.T) {
	t.Helper()
	p.ask(t, "ALTER SYSTEM SET primary_conninfo = ''")
	p.ask(t, "SELECT pg_reload_conf()")
	eventually(t, "the standby hears no more", func() bool {
		return p.ask(t, "SELECT count(*) FROM pg_stat_wal_receiver") == "0"
	})
}

// showsThePast tells queries that read from the standby from those that do not.
func showsThePast(t *testing.T, s *server, space string, standby *postgres) {
	t.Helper()
	standby.ask(t, "SELECT pg_wal_replay_pause()")
	eventually(t, "the standby stands still", func() bool {
		return standby.ask(t, "SELECT pg_get_wal_replay_pause_state()") == "paused"
	})
	id := makeTemplate(t, s, space, "news", tree([]node{waiting("waits")}, nil, path("start", "waits", "end")...))
	sees := func(pairs ...string) bool {
		a := s.post(t, `query ($id: ID!) { template(id: $id) { name } }`, map[string]any{"id": id}, pairs...)
		return data[struct{ Template *struct{ Name string } }](t, a).Template != nil
	}
	if sees() {
		t.Error("a query has not read from the standby")
	}
	if !sees("X-Rehearse-Read", "primary") {
		t.Error("a query for the present has not read from the primary")
	}
	standby.ask(t, "SELECT pg_wal_replay_resume()")
	eventually(t, "the standby has followed", func() bool { return sees() })
}

// writesAgain waits until the server writes.
func (s *server) writesAgain(t *testing.T, space string) {
	t.Helper()
	input := map[string]any{"spaceId": space, "name": "after", "pipelineTree": tree([]node{waiting("waits")}, nil, path("start", "waits", "end")...)}
	eventually(t, "a write", func() bool {
		var got struct {
			Done struct{ UserErrors []userError }
		}
		err := try(s, `mutation ($input: CreateTemplateInput!) { done: createTemplate(input: $input) { userErrors { code } } }`, input, &got)
		return err == nil && len(got.Done.UserErrors) == 0
	})
}
