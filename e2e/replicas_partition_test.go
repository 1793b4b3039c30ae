package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Times of the story of a server that is cut off. slowCall is longer than a lease, so
// that only who prolongs it gets the answer; the cut is longer than all patience.
const (
	slowCall  = 12 * time.Second
	cutFor    = 12 * time.Second
	leaseEnds = 7 * time.Second
	// answerTime is how long a server that is cut off may take to say so: one statement
	// waits 10 s.
	answerTime = 10*time.Second + slack/2
)

// cut is a way to come between a server and the others.
type cut struct {
	begin, end func(t *testing.T, r *replica)
	// still is set when the server itself stands still: it cannot answer meanwhile.
	still bool
}

var cuts = map[string]cut{
	"refused": {
		begin: func(_ *testing.T, r *replica) { r.proxy.Down() }, end: func(_ *testing.T, r *replica) { r.proxy.Up() },
	},
	"swallowed": {
		begin: func(_ *testing.T, r *replica) { r.proxy.Swallow() }, end: func(_ *testing.T, r *replica) { r.proxy.Heal() },
	},
	"frozen": {
		begin: func(t *testing.T, r *replica) { r.now.Load().signal(t, syscall.SIGSTOP) },
		end:   func(t *testing.T, r *replica) { r.now.Load().signal(t, syscall.SIGCONT) }, still: true,
	},
}

// TestAReplicaThatIsCutOffHarmsNothing cuts one of three servers off from the database
// while it runs tasks and makes calls. It says that it is not ready, gives its calls up
// before others may decide about them, and serves again when it is connected again.
func TestAReplicaThatIsCutOffHarmsNothing(t *testing.T) {
	t.Parallel()
	for name, how := range cuts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			how.tell(t)
		})
	}
}

func (how cut) tell(t *testing.T) {
	seed := uint64(number(t, "E2E_SEED", killSeed))
	c := newCluster(t, 3, seed, map[string]float64{"fickle": 0.3, "last": 0.1})
	c.forgiving = true
	c.host.pauses["slow"] = slowCall
	waiter := c.plantForReplicas(c.any())
	slow := makeTemplate(t, c.any(), firstSpace(t, c.any()), "slow",
		tree([]node{c.host.triggering("slow", "v3.0.0"), c.host.triggering("pretended", "v2.0.0")}, nil, path("start", "slow", "pretended", "end")...))
	victim := c.replicas[c.intn(len(c.replicas))]

	people := c.people(200, waiter)
	people.give(40)
	theirs, others := c.startSlow(victim, slow)
	began := time.Now()
	how.begin(t, victim)
	people.give(40)
	said := ""
	if !how.still {
		said = c.checkCutOff(victim, c.templates[0])
		c.checkGivenUp(theirs, began)
	}
	pause(t.Context(), time.Until(began.Add(cutFor)))
	how.end(t, victim)
	healed := time.Now()
	eventually(t, "ready again", func() bool {
		a, err := trySend(http.MethodGet, victim.now.Load().url+"/readyz", "")
		return err == nil && a.status == http.StatusOK
	})
	ready := time.Since(healed)
	c.checkServes(victim)
	people.made()
	people.ended()
	f := c.check(sleepTimes)
	unknown := c.checkDecided(theirs, others, how.still)
	t.Logf("seed %d, %d tasks; %sits %d slow calls were given up %s and unknown %s after the cut; ready %s after its end; %d calls unknown, %d of these had come; %s; %d requests were repeated",
		seed, len(c.jobs), said, len(theirs), spread(c.sinceCut(theirs, began)), spread(since(unknown, began)), ready.Round(time.Millisecond),
		f.unknown, f.unknownAndCame, c.inTime(&f), c.repeats.Load())
	for _, s := range c.servers() {
		s.stop(t)
	}
}

// startSlow starts tasks at all servers, and returns when their calls are under way:
// those of the victim, and of the others.
func (c *cluster) startSlow(victim *replica, template string) (theirs, others []place) {
	c.t.Helper()
	const each = 4
	var all []place
	for _, r := range c.replicas {
		for range each {
			j := c.newJob(template)
			j.atOnce = false
			s := r.now.Load()
			if err := errJoin(j.create(s), j.start(s)); err != nil {
				c.t.Fatal(err)
			}
			all = append(all, place{j.id, "slow"})
		}
	}
	eventually(c.t, "all slow calls under way", func() bool {
		return !slices.ContainsFunc(all, func(at place) bool {
			came, _ := c.host.seen(at)
			return came == 0
		})
	})
	// Whoever finds a call may make it, and mostly that is where its task went on last.
	name := victim.now.Load().err.match(c.t, `msg=serving .*server=(\w+)`)[1]
	owners := c.owners(all)
	for _, p := range all {
		if owners[p] == name {
			theirs = append(theirs, p)
		} else {
			others = append(others, p)
		}
	}
	if len(theirs) == 0 {
		c.t.Fatal("the others were faster with every call, so this shows nothing")
	}
	return theirs, others
}

// checkCutOff asks a server that is cut off, which must say so in time, and tells how
// long it took.
func (c *cluster) checkCutOff(victim *replica, template string) string {
	c.t.Helper()
	s := victim.now.Load()
	var asking errgroup.Group
	took := make([]time.Duration, 3)
	for i, ask := range []func() error{
		func() error {
			a, err := trySend(http.MethodGet, s.url+"/readyz", "")
			if err == nil && a.status != http.StatusServiceUnavailable {
				err = fmt.Errorf("ready: status %d", a.status)
			}
			return err
		},
		func() error {
			var got any
			if err := tryWith(s, `{ tasks { totalCount } }`, nil, &got); err == nil || !c.mayRepeat(s, err) {
				return fmt.Errorf("a query is answered by %v, %w", got, err)
			}
			return nil
		},
		func() error {
			j := &job{key: "cut off", template: template}
			if err := j.create(s); err == nil || !c.mayRepeat(s, err) {
				return fmt.Errorf("a mutation made task %s, %w", j.id, err)
			}
			return nil
		},
	} {
		asking.Go(func() error {
			asked := time.Now()
			err := ask()
			took[i] = time.Since(asked)
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		c.t.Error(err)
	}
	if slices.Max(took) > answerTime {
		c.t.Errorf("a server that is cut off answers after %s", took)
	}
	return fmt.Sprintf("while cut off /readyz took %s, a query %s and a mutation %s; ",
		took[0].Round(time.Millisecond), took[1].Round(time.Millisecond), took[2].Round(time.Millisecond))
}

// checkGivenUp waits until the server has given its calls up, which must be before their
// leases run out.
func (c *cluster) checkGivenUp(theirs []place, began time.Time) {
	c.t.Helper()
	for _, at := range theirs {
		eventually(c.t, "a call given up", func() bool { return len(c.host.leftAt(at)) > 0 })
		if took := c.host.leftAt(at)[0].Sub(began); took > leaseEnds {
			c.t.Errorf("%v: given up %s after the cut", at, took)
		}
	}
}

// checkServes makes and runs a task at the server alone.
func (c *cluster) checkServes(r *replica) {
	c.t.Helper()
	s, j := r.now.Load(), c.newJob(c.templates[0])
	eventually(c.t, "served again", func() bool { return j.create(s) == nil })
	if !j.started {
		eventually(c.t, "started again", func() bool { return j.start(s) == nil })
	}
}

// checkDecided looks at the slow calls: those of the others were answered, those of the
// victim are unknown, and were given up before anybody said so. It returns when that was.
func (c *cluster) checkDecided(theirs, others []place, still bool) (unknown []time.Time) {
	c.t.Helper()
	outcomes := func(at place) (list []string, first time.Time) {
		for _, e := range c.read(c.any(), at.task).Events {
			if e.Call != nil && e.NodeID == at.node {
				if len(list) == 0 {
					first = e.Time
				}
				list = append(list, e.Call.Outcome)
			}
		}
		return list, first
	}
	for _, at := range others {
		if list, _ := outcomes(at); !slices.Equal(list, []string{"DONE"}) {
			c.t.Errorf("%v: calls are %v, although its server was well", at, list)
		}
	}
	for _, at := range theirs {
		list, first := outcomes(at)
		if len(list) == 0 || list[0] != "UNKNOWN" {
			c.t.Errorf("%v: calls are %v, although its server was cut off", at, list)
			continue
		}
		unknown = append(unknown, first)
		if left := c.host.leftAt(at); !still && left[0].After(first) {
			c.t.Errorf("%v: given up at %s, but called unknown at %s", at, left[0], first)
		}
	}
	return unknown
}

// sinceCut is how long after the cut calls were given up.
func (c *cluster) sinceCut(theirs []place, began time.Time) []time.Duration {
	var left []time.Time
	for _, at := range theirs {
		left = append(left, c.host.leftAt(at)...)
	}
	return since(left, began)
}

func since(moments []time.Time, began time.Time) (list []time.Duration) {
	for _, at := range moments {
		list = append(list, at.Sub(began))
	}
	return list
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !so(); {
		if time.Now().After(limit) {
			t.Fatalf("not in time: %s", what)
		}
		pause(t.Context(), 50*time.Millisecond)
	}
}
