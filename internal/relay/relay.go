// Package relay tells those who watch tasks of changes, at this server and at all others
// of the same database.
//
// It must not know what has changed: a signal names tasks, and who hears it reads. A
// signal that is lost costs time and never an event.
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

// channel is where servers tell each other which tasks have changed. A payload is the
// name of the relay that tells, and the ids.
const channel = "rehearse_tasks"

// Relay is safe for concurrent use.
type Relay struct {
	hub  *event.Hub
	name string // tells this relay from those of other servers
}

// New makes a relay for those who watch at the hub.
func New(hub *event.Hub) *Relay { return &Relay{hub: hub, name: rand.Text()} }

// Announce tells the watchers of tasks once the transaction of ctx is committed.
func (r *Relay) Announce(ctx context.Context, taskIDs ...int) error {
	if len(taskIDs) == 0 {
		return nil
	}
	payload := make([]byte, 0, 64)
	payload = append(payload, r.name...)
	for _, id := range taskIDs {
		payload = strconv.AppendInt(append(payload, ' '), int64(id), 10)
	}
	store.AfterCommit(ctx, func() {
		for _, id := range taskIDs {
			r.hub.Publish(id)
		}
	})
	return store.Notify(ctx, channel, string(payload))
}

// Follow hears what other servers announce, until ctx ends. Whenever it may have missed
// something, all watchers are woken: a look that finds nothing costs little. On SQLite
// there are no others, and it returns at once.
func (r *Relay) Follow(ctx context.Context, s *store.Store, log *slog.Logger) {
	s.Listen(ctx, store.Listener{Channel: channel, Heard: r.heard, Missed: r.hub.PublishAll, Log: log})
}

func (r *Relay) heard(payload string) {
	name, ids, _ := strings.Cut(payload, " ")
	if name == r.name {
		return
	}
	for text := range strings.SplitSeq(ids, " ") {
		if id, err := strconv.Atoi(text); err == nil {
			r.hub.Publish(id)
		}
	}
}
