package e2e

import (
	"context"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Numbers of the story of killed replicas. E2E_REPLICA_KILLS=200 and E2E_REPLICA_TASKS
// tell its long form, and E2E_SEED another one.
const (
	fewReplicaKills = 10
	replicaTasks    = 300
	replicaUsers    = 6
)

// sleepTimes are how long the sleepers of the templates sleep: some so long that another
// server may wake them.
var sleepTimes = map[string]time.Duration{"rest": time.Second, "long": 11 * time.Second}

// TestKilledReplicasLoseNothing kills one of three servers after the other, again and
// again, while tasks are made at one, started at another and operated at a third, and
// while the jobs that wake tasks are doubled, delayed and lost. In the end every task
// that was acknowledged has ended, no call was sent twice, and all servers tell the same.
func TestKilledReplicasLoseNothing(t *testing.T) {
	t.Parallel()
	kills, tasks, seed := number(t, "E2E_REPLICA_KILLS", fewReplicaKills), number(t, "E2E_REPLICA_TASKS", replicaTasks), uint64(number(t, "E2E_SEED", killSeed))
	t.Logf("%d kills, %d tasks, seed %d", kills, tasks, seed)
	c := newCluster(t, 3, seed, map[string]float64{"fickle": 0.3, "last": 0.1})
	waiter := c.plantForReplicas(c.any())
	began := time.Now()

	meddling, cease := context.WithCancel(t.Context())
	defer cease()
	var spoiling errgroup.Group
	var done map[string]int64
	spoiling.Go(func() (err error) { done, err = c.meddle(meddling); return err })
	people := c.people(tasks, waiter)
	for i := range kills {
		people.give(tasks*(i+1)/kills - len(c.jobs))
		c.killOne(i)
	}
	killed := time.Since(began)
	people.made()
	people.ended()
	cease()
	if err := spoiling.Wait(); err != nil {
		t.Fatal(err)
	}
	ended := time.Since(began)
	f := c.check(sleepTimes)
	if f.unknown == 0 {
		t.Error("no kill came while a call was under way, so this shows nothing")
	}
	triggers, polls := c.host.total()
	t.Logf("%d kills in %s, %d tasks ended after %s; the host saw %d calls and %d polls; %d calls are known and %d unknown, %d of these had come; %s; %d requests were repeated; jobs: %s; %s",
		kills, killed.Round(time.Second), tasks, ended.Round(time.Second), triggers, polls, f.calls, f.unknown, f.unknownAndCame, c.inTime(&f), c.repeats.Load(), spoilt(done), c.transactions())
	for _, s := range c.servers() {
		s.stop(t)
	}
}

// plantForReplicas makes the templates and returns the one whose tasks wait.
func (c *cluster) plantForReplicas(s *server) string {
	c.t.Helper()
	c.plant(s)
	h := c.host
	pairs := append(path("start", "first", "fork", "waits", "join", "last", "end"), path("fork", "long", "second", "join")...)
	waiter := makeTemplate(c.t, s, firstSpace(c.t, s), "waits", tree(
		[]node{h.triggering("first", "v3.0.0"), waiting("waits"), sleepingFor("long", 11), h.requesting("second"), h.triggering("pretended", "v3.0.0"), h.triggering("last", "v2.0.0")},
		map[string]string{"fork": "ParallelGateway", "join": "ConvergeGateway"}, append(pairs, path("fork", "pretended", "join")...)...))
	c.templates = append(c.templates, waiter)
	return waiter
}

// killOne kills a server at some moment, and starts it again after a while.
func (c *cluster) killOne(i int) {
	c.t.Helper()
	ctx := c.t.Context()
	pause(ctx, time.Duration(c.intn(1500))*time.Millisecond)
	r := c.replicas[c.intn(len(c.replicas))]
	c.kill(r)
	pause(ctx, time.Duration(c.intn(1000))*time.Millisecond)
	if i%5 == 4 { // once more, while it starts
		p := c.launch(r)
		time.AfterFunc(time.Duration(c.intn(300))*time.Millisecond, func() { _ = p.cmd.Process.Signal(syscall.SIGKILL) })
		p.wait(c.t)
	}
	c.serve(r)
}
