package app

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Times of the end. Together they stay below the 30 seconds that orchestrators
// give before they kill.
const (
	// noticeTimeout is how long a busy server goes on accepting connections, so
	// that a balancer can learn from /readyz to send no more.
	noticeTimeout = 5 * time.Second
	// drainTimeout is how long running requests get after that.
	drainTimeout = 20 * time.Second
)

// drain ends a server that says on /readyz that it drains. While requests are
// running it still listens, for noticeTimeout at most, and keeps no connection
// alive; then it stops listening and gives the rest drainTimeout to end. Without
// running requests it ends at once.
//
// It returns an error if requests had to be cut off.
func drain(ctx context.Context, server *http.Server, running *gauge) error {
	server.SetKeepAlivesEnabled(false)
	notice := time.NewTimer(noticeTimeout)
	defer notice.Stop()
	select {
	case <-running.idle():
	case <-notice.C:
	}
	limited, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		_ = server.Close() // ends the requests, so that the database can close
		return fmt.Errorf("some requests did not end within %s and were cut off", noticeTimeout+drainTimeout)
	}
	return nil
}

// gauge counts the requests that are running, health checks aside: those must not
// keep a server that drains.
type gauge struct {
	next http.Handler

	mu      sync.Mutex
	running int
	waiting []chan struct{} // each is closed when nothing runs
}

func newGauge(next http.Handler) *gauge { return &gauge{next: next} }

// ServeHTTP counts the request while it runs.
func (g *gauge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == livePath || r.URL.Path == readyPath {
		g.next.ServeHTTP(w, r)
		return
	}
	g.add(1)
	defer g.add(-1)
	g.next.ServeHTTP(w, r)
}

func (g *gauge) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running += n
	g.tell()
}

// idle returns a channel that is closed as soon as nothing runs.
func (g *gauge) idle() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	done := make(chan struct{})
	g.waiting = append(g.waiting, done)
	g.tell()
	return done
}

func (g *gauge) tell() {
	if g.running > 0 {
		return
	}
	for _, done := range g.waiting {
		close(done)
	}
	g.waiting = nil
}
