package read

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"rehearse.dev/graph/model"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
)

// Watch is one who watches a task. It is used by one goroutine at a time.
type Watch struct {
	feed  *feed
	after int
	// seen is the version that Task gave last, done that it showed the end.
	seen int
	done bool
	once sync.Once
}

// Close ends the watching.
func (w *Watch) Close() { w.once.Do(w.feed.leave) }

// Next returns the events that follow, in order and at least one; it waits for them.
// io.EOF says that the task has ended and all events were given. The only other
// error is that of ctx. The list must not be changed: others have it too.
func (w *Watch) Next(ctx context.Context) ([]model.TaskEvent, error) {
	for {
		events, behind, first, now := w.feed.present(w.after)
		if behind {
			var err error
			if events, err = w.feed.page(ctx, w.after, first); err != nil {
				if err := w.pause(ctx, err); err != nil {
					return nil, err
				}
				continue
			}
			if len(events) == 0 { // the run's data were swept meanwhile
				return nil, io.EOF
			}
		}
		if len(events) > 0 {
			w.after += len(events)
			return events, nil
		}
		if now.ended {
			return nil, io.EOF
		}
		if err := wait(ctx, now.changed); err != nil {
			return nil, err
		}
	}
}

// Task returns the task as the selection shows it, at first at once and then after
// something has changed. io.EOF says that the end was shown. Other errors are those
// of reading, and of ctx.
func (w *Watch) Task(ctx context.Context, key ViewKey, want Want) (*model.Task, error) {
	for {
		now := w.feed.moment()
		if w.done {
			return nil, io.EOF
		}
		if now.version > w.seen {
			view, err := w.feed.view(ctx, now.version, key, want)
			if err != nil {
				return nil, err
			}
			w.seen = now.version
			if view == nil {
				return nil, io.EOF
			}
			w.done = view.IsFinished() || view.IsRevoked() || view.IsExpired()
			return view, nil
		}
		if now.ended {
			return nil, io.EOF
		}
		if err := wait(ctx, now.changed); err != nil {
			return nil, err
		}
	}
}

// Retry waits after an error of Task that may pass; the result is nil when it is
// worth to try again.
func (w *Watch) Retry(ctx context.Context, err error) error {
	if errors.Is(err, io.EOF) || fault.As(err) != nil {
		return err
	}
	return w.pause(ctx, err)
}

// pause logs an error and waits before the next try.
func (w *Watch) pause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.feed.complain(ctx, w.feed.taskID, err)
	timer := time.NewTimer(retryAfter)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func wait(ctx context.Context, changed <-chan struct{}) error {
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *feed) moment() now {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now()
}

// ViewKey tells who asks what: those with equal keys are shown the same.
type ViewKey struct {
	appID     int
	superuser bool
	grant     auth.Grant
	selection any
	variables string
}

// KeyOf makes a key. The selection is a pointer into the parsed document, which
// those who sent the same text share; variables are those of the operation as text.
func KeyOf(c auth.Caller, selection any, variables string) ViewKey {
	k := ViewKey{appID: c.AppID, superuser: c.Superuser, selection: selection, variables: variables}
	if c.Grant != nil {
		k.grant = *c.Grant
	}
	return k
}

// keptViews is how many different views of a task are shared.
const keptViews = 32

// shots are the views of a task that were read last, by key.
type shots struct {
	mu   sync.Mutex
	kept map[ViewKey]*shot
}

type shot struct {
	turn    chan struct{} // one reads at a time
	version int
	view    *model.Task
}

func newShots() *shots { return &shots{kept: map[ViewKey]*shot{}} }

func (s *shots) of(key ViewKey) *shot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.kept[key]; found != nil {
		return found
	}
	if len(s.kept) >= keptViews {
		clear(s.kept)
	}
	s.kept[key] = &shot{turn: make(chan struct{}, 1)}
	return s.kept[key]
}

// view reads the task unless somebody with the same key has, at this version or a
// later one. It is nil for a task that the caller may not read any more.
func (f *feed) view(ctx context.Context, version int, key ViewKey, want Want) (*model.Task, error) {
	s := f.shots.of(key)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s.version >= version {
		return s.view, nil
	}
	// The version is taken ahead of the read: what is read may be newer, not older.
	version = f.moment().version
	node, err := f.reader.Node(ctx, f.taskID, func(string) Want { return want })
	if err != nil {
		return nil, err
	}
	s.version = version
	s.view, _ = node.(*model.Task)
	return s.view, nil
}
