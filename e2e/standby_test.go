package e2e

import (
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
	standby.promote(t)
	promoted := time.Since(died)
	for _, s := range c.servers() {
		s.writesAgain(t, space)
	}
	again := time.Since(died)
	people.made()
	people.ended()
	f := c.check(sleepTimes)
	t.Logf("the standby was promoted %s after the primary died, and both servers wrote again %s after it; %d calls known, %d unknown, %d of these had come; %s; %d requests were repeated, %d of them after INTERNAL",
		promoted.Round(time.Millisecond), again.Round(time.Millisecond), f.calls, f.unknown, f.unknownAndCame, c.inTime(&f), c.repeats.Load(), c.doubts.Load())
	for _, s := range c.servers() {
		s.stop(t)
	}
}

// newFollowed starts two servers of a primary that has a standby, from which they read, and
// plants templates.
func newFollowed(t *testing.T, primary, standby *postgres) (c *cluster, waiter string) {
	t.Helper()
	c = newClusterOfTwo(t, primary, standby, "--db-read", standby.url)
	return c, c.plantForReplicas(c.any())
}

// newClusterOfTwo starts two servers of whichever of the databases takes writes.
func newClusterOfTwo(t *testing.T, primary, standby *postgres, flags ...string) *cluster {
	t.Helper()
	either := primary.or(t, standby)
	if r := run(t, t.TempDir(), nil, "migrate", "--db", either); r.code != 0 {
		t.Fatal(r.err)
	}
	var replicas []*replica
	for range 2 {
		replicas = append(replicas, &replica{dir: t.TempDir(), database: append([]string{"--db", either}, flags...)})
	}
	c := newClusterOf(t, standby.url, replicas, uint64(number(t, "E2E_SEED", killSeed)), map[string]float64{"fickle": 0.3, "last": 0.1})
	c.forgiving = true
	return c
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
	standby.leave(t, primary)
	pause(t.Context(), 1500*time.Millisecond)
	before := primary.ask(t, "SELECT sum(last_seq) FROM task_runs")
	primary.kill(t)
	standby.promote(t)
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
