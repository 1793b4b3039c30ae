package dispatch_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
)

// heard gathers log lines.
type heard struct {
	slog.Handler
	mu    sync.Mutex
	lines []string
	any   chan struct{} // has a value when there are more
}

func newHeard() *heard {
	h := &heard{any: make(chan struct{}, 1)}
	h.Handler = slog.NewTextHandler(h, nil)
	return h
}

// Write takes one line of the text handler.
func (h *heard) Write(line []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, string(line))
	select {
	case h.any <- struct{}{}:
	default:
	}
	return len(line), nil
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.lines...)
}

func TestTheSameTroubleIsToldOnceAMinute(t *testing.T) {
	t.Parallel()
	h, now := newHeard(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	log := dispatch.Limited(slog.New(h), func() time.Time { return now })
	say := func(n int) {
		for range n {
			log.Info("producer: Ran", "jobs", 1)
			log.Error("producer: Error fetching jobs", "queue", "wake", "err", "refused")
		}
	}
	say(100)
	log.Warn("elector: Error attempting reelection", "err", "refused")
	now = now.Add(59 * time.Second)
	say(1)
	now = now.Add(time.Second)
	say(5)
	const text = ` msg="dispatch has trouble; the sweep stands in for it"`
	want := []string{
		`level=ERROR` + text + ` in="producer: Error fetching jobs" error=refused`,
		`level=WARN` + text + ` in="elector: Error attempting reelection" error=refused`,
		`level=ERROR` + text + ` in="producer: Error fetching jobs" error=refused held_back=100`,
	}
	got := h.all()
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if _, rest, _ := strings.Cut(got[i], " "); strings.TrimSpace(rest) != want[i] {
			t.Errorf("%d: %s, want %s", i, rest, want[i])
		}
	}
}

// TestAnOrdinaryLifeIsQuiet: starting, working and stopping tell nothing.
func TestAnOrdinaryLifeIsQuiet(t *testing.T) {
	t.Parallel()
	for _, listen := range []bool{false, true} {
		dsn := storetest.Postgres(t)
		pool, f, h := connect(t, dsn), gather(nil), newHeard()
		d, err := dispatch.New(pool, slog.New(h), dispatch.Options{ID: "a", Listen: listen})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Start(t.Context(), f.by("a")); err != nil {
			t.Fatal(err)
		}
		ask(t, pool, d, false, time.Now(), 1)
		f.next(t)
		stop(t, d)
		if lines := h.all(); len(lines) > 0 {
			t.Errorf("listening %v: %q", listen, lines)
		}
	}
}
