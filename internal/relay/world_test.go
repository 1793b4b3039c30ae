package relay_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/relay"
	"rehearse.dev/internal/store"
)

// patience is for a machine that does much else.
const patience = 30 * time.Second

// server is what one server has of all this.
type server struct {
	*relay.Relay
	store   *store.Store
	hub     *event.Hub
	callers *callers
	cut     noted // what it logs, which is of connections that are cut
}

func newServer(s *store.Store) *server {
	w := &server{store: s, hub: event.NewHub(), callers: &callers{all: make(chan struct{}, 100)}, cut: make(noted, 100)}
	w.Relay = relay.New(w.hub, w.callers)
	return w
}

// follow lets the server hear the others, and returns when it does. The test's end, or
// calling stop, ends that.
func (w *server) follow(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() { w.Follow(ctx, w.store, slog.New(w.cut)) })
	stop = func() {
		cancel()
		following.Wait()
	}
	t.Cleanup(stop)
	await(t, w.callers.all, "it listens")
	return stop
}

// announce tells of tasks in a transaction that ends with the error.
func (w *server) announce(t *testing.T, end error, ids ...int) {
	t.Helper()
	w.write(t, end, func(ctx context.Context) error { return w.Announce(ctx, ids...) })
}

func (w *server) forget(t *testing.T, end error, appID int) {
	t.Helper()
	w.write(t, end, func(ctx context.Context) error { return w.ForgetCallers(ctx, appID) })
}

func (w *server) write(t *testing.T, end error, tell func(ctx context.Context) error) {
	t.Helper()
	err := w.store.Guarded(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
		if err := tell(ctx); err != nil {
			return err
		}
		return end
	})
	if !errors.Is(err, end) {
		t.Fatalf("the transaction ended with %v", err)
	}
}

// changed is closed at the next change of the task.
func (w *server) changed(t *testing.T, taskID int) <-chan struct{} {
	t.Helper()
	watcher := w.hub.Watch(taskID)
	t.Cleanup(watcher.Close)
	return watcher.Changed()
}

// callers notes what it is to forget.
type callers struct {
	all chan struct{}

	mu  sync.Mutex
	ids []int
}

func (c *callers) Forget(appID int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids = append(c.ids, appID)
}

func (c *callers) ForgetAll() { c.all <- struct{}{} }

func (c *callers) forgotten() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]int(nil), c.ids...)
}

// noted is a log of which tests want to know that there was something.
type noted chan struct{}

func (noted) Enabled(context.Context, slog.Level) bool { return true }
func (n noted) WithAttrs([]slog.Attr) slog.Handler     { return n }
func (n noted) WithGroup(string) slog.Handler          { return n }

func (n noted) Handle(context.Context, slog.Record) error {
	n <- struct{}{}
	return nil
}

func await(t *testing.T, signal <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-signal:
	case <-time.After(patience):
		t.Fatalf("not in time: %s", what)
	}
}

func happened(signal <-chan struct{}) bool {
	select {
	case <-signal:
		return true
	default:
		return false
	}
}
