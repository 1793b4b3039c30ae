package read

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	enttask "rehearse.dev/ent/task"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/event"
)

// Times of a feed.
const (
	// recheckEvery is how often a task is looked at without a sign: another process
	// may run it, and a sign may be lost.
	recheckEvery = 10 * time.Second
	// gather is how long a change waits for others before those who watch are told.
	gather = 10 * time.Millisecond
	// retryAfter is how long a read that failed is not repeated.
	retryAfter = time.Second
	// silence is how long nothing more is logged of reads that fail: when the database
	// does not answer, all feeds find out.
	silence = 10 * time.Second
)

// Feeds share what is read for those who watch tasks: a task that a thousand watch
// is read as often as one that one does. It is safe for concurrent use.
//
// A feed must be told, through the hub, that a task has changed: after the commit, by
// whichever server made the change, and of everything when some of that may have been
// missed. What it is told makes it read and is never shown, so that being told twice or
// for nothing is harmless, and not being told costs recheckEvery. It reads from the
// primary: a replica may not have yet what it was told of.
type Feeds struct {
	reader *Reader
	hub    *event.Hub
	log    *slog.Logger

	mu    sync.Mutex
	tasks map[int]*feed

	complained atomic.Int64 // when, in nanoseconds
}

// NewFeeds makes feeds that are woken by the hub; without one they look every ten
// seconds. Reads that fail are logged and repeated.
func NewFeeds(r *Reader, hub *event.Hub, log *slog.Logger) *Feeds {
	if hub == nil {
		hub = event.NewHub()
	}
	return &Feeds{reader: r, hub: hub, log: log, tasks: map[int]*feed{}}
}

// complain logs that a read failed, of many only one now and then.
func (f *Feeds) complain(ctx context.Context, taskID int, err error) {
	last, now := f.complained.Load(), time.Now().UnixNano()
	if now-last > int64(silence) && f.complained.CompareAndSwap(last, now) {
		f.log.ErrorContext(ctx, "a watched task could not be read; it is tried again", "task", taskID, "error", err)
	}
}

// feed is one watched task. One goroutine reads; the others take from memory.
type feed struct {
	*Feeds
	taskID int
	users  int // guarded by Feeds.mu
	stop   context.CancelFunc

	mu   sync.Mutex
	tail tail
	// state is the task's; version counts what was seen of it, 0 before the first read;
	// changed is closed at the next version.
	state   enttask.State
	ended   bool
	version int
	changed chan struct{}

	pages *pages
	shots *shots
}

// Watch begins to watch a task that the caller may read, from the event after the
// given one on. Whoever watches must Close.
func (f *Feeds) Watch(taskID, after int) *Watch {
	f.mu.Lock()
	defer f.mu.Unlock()
	shared := f.tasks[taskID]
	if shared == nil {
		// The goroutine serves whoever comes: it ends with the last of them.
		ctx, stop := context.WithCancel(context.Background())
		shared = &feed{Feeds: f, taskID: taskID, stop: stop, changed: make(chan struct{}), pages: newPages(), shots: newShots()}
		f.tasks[taskID] = shared
		go shared.follow(ctx, after)
	}
	shared.users++
	return &Watch{feed: shared, after: after}
}

func (f *feed) leave() {
	f.Feeds.mu.Lock()
	defer f.Feeds.mu.Unlock()
	if f.users--; f.users == 0 {
		delete(f.tasks, f.taskID)
		f.stop()
	}
}

// follow reads what is new until the task has ended or nobody watches.
func (f *feed) follow(ctx context.Context, after int) {
	watcher := f.hub.Watch(f.taskID)
	defer watcher.Close()
	timer := time.NewTimer(recheckEvery)
	defer timer.Stop()
	for {
		changed, wait := watcher.Changed(), recheckEvery
		err := f.catchUp(ctx, after)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			f.complain(ctx, f.taskID, err)
			changed, wait = nil, retryAfter
		case f.over():
			return
		}
		timer.Reset(wait)
		select {
		case <-changed:
			// Whoever made the change is answered first, and a burst of changes is read at once.
			timer.Reset(gather)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

func (f *feed) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

// catchUp reads all that is new and tells those who watch. The first time it finds a
// place to begin: near the event that was asked for, and no further from the end
// than the tail reaches.
func (f *feed) catchUp(ctx context.Context, after int) error {
	if !f.placed() {
		last, err := f.reader.lastSeq(ctx, f.taskID)
		if err != nil {
			return err
		}
		f.mu.Lock()
		f.tail.last = max(min(after, last), last-tailEvents)
		f.mu.Unlock()
	}
	for {
		// Nobody else writes the tail.
		b, err := f.reader.newEvents(ctx, f.taskID, f.tail.last)
		if err != nil {
			return err
		}
		f.take(b)
		if !b.more {
			return nil
		}
	}
}

func (f *feed) placed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.version > 0
}

// take adds what was read. A version is news: of a look that finds none nobody is
// told.
func (f *feed) take(b *batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range b.segments {
		f.tail.add(s)
	}
	if len(b.segments) == 0 && f.version > 0 && f.state == b.state && f.ended == b.ended {
		return
	}
	f.state, f.ended = b.state, b.ended && !b.more
	f.version++
	close(f.changed)
	f.changed = make(chan struct{})
}

// present is what is in memory after an event. behind tells that memory does not
// reach back so far, and only as far as first.
func (f *feed) present(after int) (events []model.TaskEvent, behind bool, first int, now now) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.version > 0 {
		events, behind = f.tail.after(after)
	}
	return events, behind, f.tail.first(), f.now()
}

// now is a moment of a feed.
type now struct {
	version int
	ended   bool
	changed <-chan struct{}
}

// now is called with the lock.
func (f *feed) now() now { return now{f.version, f.ended, f.changed} }
