package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// figures are what a story of a cluster measures.
type figures struct {
	calls, unknown, unknownAndCame int
	// takeovers are the times from the end of a caller to the news that its call has no
	// known outcome, lates how late the sleepers woke.
	takeovers, lates []time.Duration
}

// slack is what a busy machine may add to the 10 seconds of a take-over: the time of an
// advance, and of the sweep before it.
const slack = 10 * time.Second

// early is how much ahead of its time a sleeper wakes.
const early = 500 * time.Millisecond

// check looks at every task when all have ended, at every server.
func (c *cluster) check(sleepers map[string]time.Duration) figures {
	c.t.Helper()
	up := c.servers()
	if n := count(c.t, up[0]); n != len(c.jobs) {
		c.t.Errorf("%d tasks, want one for each of %d keys", n, len(c.jobs))
	}
	var f figures
	for _, j := range c.jobs {
		got := c.readEverywhere(up, j.id)
		if got.Name != j.key || got.State != "FINISHED" {
			c.t.Errorf("task %s of %s is %s and %s", j.id, j.key, got.Name, got.State)
		}
		c.checkOperations(j.id, got)
		shown := 0
		for _, n := range got.Nodes {
			made, unknown, came := c.checkNode(j.id, n.NodeID, n.Mocked, n.Attempts)
			shown += made + unknown
			f.calls += made
			f.unknown += unknown
			f.unknownAndCame += came
		}
		c.checkEvents(j.id, got, shown)
		c.measure(&f, j.id, got, sleepers)
	}
	return f
}

// readEverywhere reads a task at all servers, which must say the same.
func (c *cluster) readEverywhere(up []*server, id string) ran {
	c.t.Helper()
	var first string
	for i, s := range up {
		a := s.post(c.t, readRun, map[string]any{"id": id, "events": 1000})
		if i > 0 && a.body != first {
			c.t.Errorf("task %s: one server says %s\nand another %s", id, first, a.body)
		}
		first = a.body
	}
	var got struct{ Data struct{ Task *ran } }
	if err := json.Unmarshal([]byte(first), &got); err != nil || got.Data.Task == nil {
		c.t.Fatalf("task %s was acknowledged and is not there: %s", id, first)
	}
	return *got.Data.Task
}

// checkOperations looks for operations that were recorded more often than they were
// carried out, and takes over what people have decided.
func (c *cluster) checkOperations(id string, got ran) {
	c.t.Helper()
	seen := map[string]int{}
	for _, o := range got.Operations {
		seen[o.Kind+" "+o.NodeID]++
		switch o.Kind {
		case "RETRY":
			c.killStory.decided[place{id, o.NodeID}]++
		case "SKIP":
			c.skipped[place{id, o.NodeID}] = true
		}
	}
	for what, n := range seen {
		if n > 1 && what[:5] != "RETRY" { // each retry has an attempt of its own, which checkNode counts
			c.t.Errorf("task %s: %d records of %s", id, n, what)
		}
	}
	for _, n := range got.Nodes {
		if n.NodeID == "waits" && seen["CALLBACK waits"] != 1 {
			c.t.Errorf("task %s: %d records of its callback", id, seen["CALLBACK waits"])
		}
	}
	if seen["CREATE "] != 1 || seen["START "] != 1 {
		c.t.Errorf("task %s: operations %+v", id, got.Operations)
	}
}

// measure finds out how long others took to go on with what a server had left.
func (c *cluster) measure(f *figures, id string, got ran, sleepers map[string]time.Duration) {
	fell, told := map[string]time.Time{}, map[string]time.Time{}
	for _, e := range got.Events {
		switch {
		case e.Call != nil && e.Call.Outcome == "UNKNOWN":
			left := time.Time{} // stays so for a poll, and for a call that was answered in vain
			for _, at := range c.host.leftAt(place{id, e.NodeID}) {
				if at.After(told[e.NodeID]) && at.Before(e.Time) {
					left = at
				}
			}
			told[e.NodeID] = e.Time
			if left.IsZero() {
				continue
			}
			took := e.Time.Sub(left)
			f.takeovers = append(f.takeovers, took)
			if took > 10*time.Second+slack {
				c.t.Errorf("task %s: it took %s until the call of %s was taken over: %+v", id, took, e.NodeID, got)
			}
		case e.NodeState == "RUNNING":
			fell[e.NodeID] = e.Time
		case e.NodeState == "FINISHED" && sleepers[e.NodeID] > 0:
			due := fell[e.NodeID].Add(sleepers[e.NodeID] - early)
			f.lates = append(f.lates, e.Time.Sub(due))
		}
	}
}

// inTime fails if somebody waited too long for another server, and says in words how
// long they waited.
func (c *cluster) inTime(f *figures) string {
	c.t.Helper()
	var over []time.Duration // waited for the sweep
	for _, d := range f.lates {
		if d > time.Second {
			over = append(over, d)
		}
	}
	if len(f.lates) > 0 && slices.Max(f.lates) > 10*time.Second+slack {
		c.t.Errorf("a timer was %s late", slices.Max(f.lates))
	}
	return fmt.Sprintf("take-over of calls %s; timers late %s, of these over a second %s",
		spread(f.takeovers), spread(f.lates), spread(over))
}

// spread tells of durations how many there are, their median and their maximum.
func spread(list []time.Duration) string {
	if len(list) == 0 {
		return "none"
	}
	slices.Sort(list)
	round := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	return fmt.Sprintf("%d (median %s, max %s)", len(list), round(list[len(list)/2]), round(list[len(list)-1]))
}
