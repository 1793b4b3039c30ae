// Package relay tells all servers of a database of what they keep in memory: those who
// watch tasks of changes, and those who remember callers of what makes them others.
//
// It must not know what has changed: a signal names tasks or an application, and who
// hears it reads. A signal that is lost costs time and never an event.
package relay

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strconv"
	"strings"

	"rehearse.dev/internal/event"
	"rehearse.dev/internal/store"
)

// channel is where servers tell each other. A payload is the name of the relay that
// tells, what it tells of, and ids.
const channel = "rehearse"

// What signals tell of.
const (
	aboutTasks   = "tasks"
	aboutCallers = "callers"
)

// Callers remembers who calls, for a while; auth.Authenticator does.
type Callers interface {
	// Forget drops an application and the tokens for its spaces, ForgetAll everybody.
	// Both return at once.
	Forget(appID int)
	ForgetAll()
}

// Relay is safe for concurrent use.
type Relay struct {
	hub     *event.Hub
	callers Callers
	name    string // tells this relay from those of other servers
}

// New makes a relay for those who watch at the hub, and for whoever remembers callers,
// which may be nil.
func New(hub *event.Hub, callers Callers) *Relay {
	if callers == nil {
		callers = nobody{}
	}
	return &Relay{hub: hub, callers: callers, name: rand.Text()}
}

// Announce tells the watchers of tasks once the transaction of ctx is committed.
func (r *Relay) Announce(ctx context.Context, taskIDs ...int) error {
	if len(taskIDs) == 0 {
		return nil
	}
	return r.tell(ctx, aboutTasks, taskIDs)
}

// ForgetCallers has an application and the tokens of its spaces read again, once the
// transaction of ctx is committed: their secrets, spaces, settings or ends are others.
func (r *Relay) ForgetCallers(ctx context.Context, appID int) error {
	return r.tell(ctx, aboutCallers, []int{appID})
}

func (r *Relay) tell(ctx context.Context, about string, ids []int) error {
	payload := make([]byte, 0, 64)
	payload = append(append(append(payload, r.name...), ' '), about...)
	for _, id := range ids {
		payload = strconv.AppendInt(append(payload, ' '), int64(id), 10)
	}
	store.AfterCommit(ctx, func() {
		for _, id := range ids {
			r.carry(about, id)
		}
	})
	return store.Notify(ctx, channel, string(payload))
}

// Follow hears what other servers tell, until ctx ends. Whenever it may have missed
// something, all watchers are woken and all callers read again: a look that finds
// nothing costs little. On SQLite there are no others, and it returns at once.
func (r *Relay) Follow(ctx context.Context, s *store.Store, log *slog.Logger) {
	s.Listen(ctx, store.Listener{Channel: channel, Heard: r.heard, Missed: r.missed, Log: log})
}

// heard carries what others tell. What it does not understand, a server of another
// release has told.
func (r *Relay) heard(payload string) {
	name, rest, _ := strings.Cut(payload, " ")
	if name == r.name {
		return
	}
	about, ids, _ := strings.Cut(rest, " ")
	for text := range strings.SplitSeq(ids, " ") {
		if id, err := strconv.Atoi(text); err == nil {
			r.carry(about, id)
		}
	}
}

// carry brings one piece of news to those in this process.
func (r *Relay) carry(about string, id int) {
	switch about {
	case aboutTasks:
		r.hub.Publish(id)
	case aboutCallers:
		r.callers.Forget(id)
	}
}

func (r *Relay) missed() {
	r.hub.PublishAll()
	r.callers.ForgetAll()
}

// nobody remembers no callers.
type nobody struct{}

func (nobody) Forget(int) {}
func (nobody) ForgetAll() {}
