package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// spectator watches a task at one server after the other, and misses nothing.
type spectator struct {
	task, transport string
	last            int
	state           string
	changes         int // of server

	mu    sync.Mutex
	seen  int // of what is in last, for others to read
	times []time.Duration
}

// TestWatchersMoveFromReplicaToReplica watches tasks that run at two servers from the
// third, which is killed meanwhile: watchers go on at another with the number of their
// last event, and see each event once, in order and soon.
func TestWatchersMoveFromReplicaToReplica(t *testing.T) {
	t.Parallel()
	const tasks = 8
	c := newCluster(t, 3, uint64(number(t, "E2E_SEED", killSeed)), nil)
	first := c.replicas[0]
	var ids []string
	for i := range tasks {
		ids = append(ids, watched(t, c.replicas[1+i%2].now.Load(), sleepingFor("one", 2), sleepingFor("two", 2), sleepingFor("three", 2), sleepingFor("four", 2)))
	}
	var all []*spectator
	var watching errgroup.Group
	for _, id := range ids {
		for transport := range transports {
			w := &spectator{task: id, transport: transport}
			all = append(all, w)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	connected := make(chan struct{}, len(all))
	for _, w := range all {
		watching.Go(func() error { return w.watch(ctx, c, first.now.Load(), connected) })
	}
	for range all {
		<-connected
	}
	for i, id := range ids {
		begin(t, c.replicas[1+i%2].now.Load(), id)
	}
	// In the middle: everybody has seen the second sleeper begin.
	eventually(t, "all in the middle", func() bool {
		return !slices.ContainsFunc(all, func(w *spectator) bool { return w.count() < 6 })
	})
	c.kill(first)
	c.serve(first)
	if err := watching.Wait(); err != nil {
		t.Fatal(err)
	}
	texts := ""
	for transport := range transports {
		var times []time.Duration
		for _, w := range all {
			stored := c.read(c.any(), w.task)
			if w.last != stored.LastSeq || w.state != "FINISHED" || w.changes == 0 {
				t.Errorf("%s: %d events of %d, the last state is %s, %d times at another server", w.transport, w.last, stored.LastSeq, w.state, w.changes)
			}
			if w.transport == transport {
				times = append(times, w.times...)
			}
		}
		texts += fmt.Sprintf("; %s: from event to message at another server %s", transport, spread(times))
		if len(times) < 2*tasks || times[len(times)/2] > 3*time.Second {
			t.Errorf("%s: messages came late: %s", transport, spread(times))
		}
	}
	t.Logf("%d watchers of %d tasks%s", len(all), tasks, texts)
}

func (w *spectator) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// watch watches at that server, and when it is cut off at others, until the task ends.
func (w *spectator) watch(ctx context.Context, c *cluster, s *server, connected chan<- struct{}) error {
	at := s
	for {
		err := w.follow(ctx, at, at == s, connected)
		if errors.Is(err, errComplete) {
			return nil
		}
		var wrong *wrongAnswerError
		if errors.As(err, &wrong) || ctx.Err() != nil {
			return fmt.Errorf("task %s by %s behind event %d: %w", w.task, w.transport, w.last, err)
		}
		w.changes++
		pause(ctx, 20*time.Millisecond)
		at = c.any()
	}
}

// follow watches at one server until that is over, behind the last event. At a server
// where the task does not run, it takes the times.
func (w *spectator) follow(ctx context.Context, s *server, remote bool, connected chan<- struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next, err := transports[w.transport](ctx, s, [2]string{"X-Bkapi-Authorization", s.header}, map[string]any{"id": w.task, "after": w.last})
	if err != nil {
		return err
	}
	if remote {
		connected <- struct{}{}
	}
	for {
		answer, err := next()
		came := time.Now()
		if err != nil {
			return err
		}
		e := answer.Data.TaskEvents
		if len(answer.Errors) > 0 || e.Seq != w.last+1 {
			return &wrongAnswerError{text: fmt.Sprintf("event %d is followed by %+v", w.last, answer)}
		}
		w.mu.Lock()
		w.last, w.seen = e.Seq, e.Seq
		if remote {
			w.times = append(w.times, came.Sub(e.Time))
		}
		w.mu.Unlock()
		if e.State != "" {
			w.state = e.State
		}
	}
}
