package dispatch

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// sayEvery is how often the same trouble is told.
const sayEvery = time.Minute

// limited is what River logs to. It lets warnings and errors through, each text once in
// a while with how often it was held back: River tells of a database that is out of
// reach with every look for jobs, and of much that is no news of ours.
type limited struct {
	out *slog.Logger
	now func() time.Time
	// heard is off until the start: why it failed is in its error.
	heard atomic.Bool

	mu   sync.Mutex
	said map[string]*saying
}

type saying struct {
	at   time.Time
	held int
}

var _ slog.Handler = (*limited)(nil)

func newLimited(out *slog.Logger, now func() time.Time) *limited {
	return &limited{out: out, now: now, said: map[string]*saying{}}
}

func (l *limited) open() { l.heard.Store(true) }

// Enabled implements slog.Handler.
func (l *limited) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && l.heard.Load()
}

// Handle implements slog.Handler.
func (l *limited) Handle(ctx context.Context, r slog.Record) error {
	var reason slog.Value
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "err" || a.Key == "error" || a.Key == "panic_val" {
			reason = a.Value
			return false
		}
		return true
	})
	l.say(ctx, r.Level, r.Message, "dispatch has trouble; the sweep stands in for it", "in", r.Message, "error", reason)
	return nil
}

// WithAttrs implements slog.Handler; River adds none.
func (l *limited) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler; River opens none.
func (l *limited) WithGroup(string) slog.Handler { return l }

func (l *limited) warn(ctx context.Context, text string, args ...any) {
	l.say(ctx, slog.LevelWarn, text, text, args...)
}

// say logs the text, unless the same was said not long ago.
func (l *limited) say(ctx context.Context, level slog.Level, same, text string, args ...any) {
	held, ok := l.due(same)
	if !ok {
		return
	}
	if held > 0 {
		args = append(args, "held_back", held)
	}
	l.out.Log(ctx, level, text, args...)
}

// due tells whether a saying may be said, and how often it was held back before.
func (l *limited) due(same string) (held int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, s := l.now(), l.said[same]
	switch {
	case s == nil:
		l.said[same] = &saying{at: now}
		return 0, true
	case now.Sub(s.at) < sayEvery:
		s.held++
		return 0, false
	default:
		held = s.held
		s.at, s.held = now, 0
		return held, true
	}
}
