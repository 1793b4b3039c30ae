package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"rehearse.dev/internal/store/storetest"
)

// cluster is several servers of one PostgreSQL database, each with a network of its own
// between them, and what the callers of all of them know.
type cluster struct {
	killStory
	url      string // of the database
	replicas []*replica
	// forgiving clients take errors of a server for those of its network, as when it is
	// cut off.
	forgiving bool
	repeats   atomic.Int64 // requests that were sent again, to any server
	doubts    atomic.Int64 // those whose answer was INTERNAL: nobody knew

	mu sync.Mutex // of random
}

// replica is one of the servers; it may be started again and again.
type replica struct {
	dir      string
	database []string               // the flags that name it
	proxy    *storetest.Proxy       // on the way to it; nil where nothing comes between
	now      atomic.Pointer[server] // nil while it is down
}

// newCluster starts servers of a new database.
func newCluster(t *testing.T, n int, seed uint64, failing map[string]float64) *cluster {
	t.Helper()
	url := storetest.Postgres(t)
	var replicas []*replica
	for range n {
		p := storetest.NewProxy(t, url)
		replicas = append(replicas, &replica{dir: t.TempDir(), database: []string{"--db", p.URL}, proxy: p})
	}
	return newClusterOf(t, url, replicas, seed, failing)
}

// newClusterOf starts the servers of a database.
func newClusterOf(t *testing.T, url string, replicas []*replica, seed uint64, failing map[string]float64) *cluster {
	t.Helper()
	c := &cluster{url: url, replicas: replicas}
	c.t, c.random = t, rand.New(rand.NewPCG(seed, 2))
	c.host = newAPIHost(t, seed, failing)
	c.killStory.decided, c.skipped = map[place]int{}, map[place]bool{}
	for _, r := range replicas {
		c.serve(r)
	}
	return c
}

// launch starts a replica without waiting for it.
func (c *cluster) launch(r *replica) *process {
	c.t.Helper()
	return start(c.t, r.dir, []string{"REHEARSE_KEY=" + goodKey}, c.flags(r)...)
}

func (c *cluster) flags(r *replica) []string {
	return append([]string{"serve", "--addr", "127.0.0.1:0", "--dev", "--allow-host", c.host.address}, r.database...)
}

// serve starts a replica and waits until it serves.
func (c *cluster) serve(r *replica) {
	c.t.Helper()
	r.now.Store(serve(c.t, r.dir, []string{"REHEARSE_KEY=" + goodKey}, c.flags(r)[3:]...))
}

// kill kills a replica.
func (c *cluster) kill(r *replica) {
	c.t.Helper()
	s := r.now.Swap(nil)
	s.signal(c.t, syscall.SIGKILL)
	s.wait(c.t)
}

// intn is a random number below n.
func (c *cluster) intn(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

// any is a server that is up.
func (c *cluster) any() *server {
	for i := c.intn(len(c.replicas)); ; i++ {
		if s := c.replicas[i%len(c.replicas)].now.Load(); s != nil {
			return s
		}
	}
}

// servers are those that are up.
func (c *cluster) servers() []*server {
	var up []*server
	for _, r := range c.replicas {
		if s := r.now.Load(); s != nil {
			up = append(up, s)
		}
	}
	return up
}

// ask asks one server after the other until one answers.
func (c *cluster) ask(do func(s *server) error) error {
	for limit := time.Now().Add(2 * patience); ; {
		s := c.any()
		err := do(s)
		if err == nil || !c.mayRepeat(s, err) || time.Now().After(limit) {
			return err
		}
		c.repeats.Add(1)
		if wrong := (*wrongAnswerError)(nil); errors.As(err, &wrong) && wrong.code == "INTERNAL" {
			c.doubts.Add(1)
		}
		pause(c.t.Context(), 20*time.Millisecond)
	}
}

// mayRepeat tells whether an error says nothing against the request.
func (c *cluster) mayRepeat(s *server, err error) bool {
	var wrong *wrongAnswerError
	if !errors.As(err, &wrong) || wrong.code == "RESOURCE_EXHAUSTED" {
		return true
	}
	select {
	case <-s.ended: // whoever has its port now knows nothing of us
		return true
	default:
		return c.forgiving && (wrong.code == "INTERNAL" || wrong.code == "UNAVAILABLE")
	}
}

// pause is the pace of who looks again and again, or of a story.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
