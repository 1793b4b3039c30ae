package read

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	_ "github.com/mattn/go-sqlite3" // the dialect of the statements

	"rehearse.dev/ent"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/event"
)

// world is a task of which only the columns exist that feeds read; reads counts
// statements.
type world struct {
	db    *sql.DB
	hub   *event.Hub
	feeds *Feeds
	last  int
	reads atomic.Int64
}

// Query counts, and reads.
func (w *world) Query(ctx context.Context, query string, args, rows any) error {
	w.reads.Add(1)
	return entsql.OpenDB(dialect.SQLite, w.db).Query(ctx, query, args, rows)
}

// Dialect is that of the statements.
func (*world) Dialect() string { return dialect.SQLite }

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "w.db")+"?_journal_mode=WAL&_synchronous=OFF")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	w := &world{db: db, hub: event.NewHub()}
	w.feeds = NewFeeds(New(nil, w, nil, nil, nil), w.hub, slog.New(slog.DiscardHandler))
	w.exec(t, "CREATE TABLE tasks (id INTEGER, state TEXT, is_deleted BOOL)")
	w.exec(t, "CREATE TABLE task_runs (task_id INTEGER, last_seq INTEGER)")
	w.exec(t, "CREATE TABLE task_events (task_id INTEGER, first_seq INTEGER, last_seq INTEGER, events BLOB)")
	w.exec(t, "INSERT INTO tasks VALUES (1, 'RUNNING', false)")
	w.exec(t, "INSERT INTO task_runs VALUES (1, 0)")
	return w
}

func (w *world) exec(t testing.TB, text string, args ...any) {
	t.Helper()
	if _, err := w.db.Exec(text, args...); err != nil {
		t.Fatal(err)
	}
}

// happen stores so many events as one list and wakes those who watch.
func (w *world) happen(t testing.TB, n int) {
	t.Helper()
	w.exec(t, "INSERT INTO task_events VALUES (1, ?, ?, ?)", w.last+1, w.last+n, []byte(listed(t, 1, n).Events))
	w.last += n
	w.exec(t, "UPDATE task_runs SET last_seq = ?", w.last)
	w.hub.Publish(1)
}

// listed is a stored list of n events from a number on.
func listed(t testing.TB, first, n int) *ent.TaskEvent {
	t.Helper()
	events := make([]event.Event, n)
	for i := range events {
		events[i] = event.Event{Kind: event.KindNode, At: time.Unix(0, 0), Node: "n", Loop: 1, State: "RUNNING"}
	}
	raw, err := event.Encode(events)
	if err != nil {
		t.Fatal(err)
	}
	return &ent.TaskEvent{FirstSeq: first, Events: raw}
}

func seq(e model.TaskEvent) int {
	if n, ok := e.(*model.NodeStateEvent); ok {
		return n.Seq
	}
	return 0
}

func (w *world) end(t testing.TB) {
	t.Helper()
	w.exec(t, "UPDATE tasks SET state = 'FINISHED'")
	w.hub.Publish(1)
}

// follow counts the events of a watch to the end of the task. It returns -1 when
// there is a gap or an error.
func (w *world) follow(ctx context.Context, after int) int {
	watch := w.feeds.Watch(1, after)
	defer watch.Close()
	for n := 0; ; {
		events, err := watch.Next(ctx)
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			return -1
		}
		for _, e := range events {
			if n++; seq(e) != after+n {
				return -1
			}
		}
	}
}

func TestAThousandReadAsOftenAsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w.happen(t, 10)
	const watchers = 1000
	var all sync.WaitGroup
	var wrong atomic.Int64
	for range watchers {
		all.Go(func() {
			if w.follow(ctx, 0) != 200 {
				wrong.Add(1)
			}
		})
	}
	for range 19 {
		w.happen(t, 10)
	}
	w.end(t)
	all.Wait()
	if n := wrong.Load(); n != 0 {
		t.Errorf("%d of %d missed something", n, watchers)
	}
	// Two for the place to begin and the first look, one for each change at most. Those
	// who came after all others had gone begin a feed again.
	if n := w.reads.Load(); n > 100 {
		t.Errorf("%d statements", n)
	}
	t.Logf("%d statements for %d who watch", w.reads.Load(), watchers)
}

func TestThePastIsReadInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 60 {
		w.happen(t, 77)
	}
	w.end(t)
	atEnd := w.feeds.Watch(1, w.last) // the tail of the feed begins near the end
	defer atEnd.Close()
	if _, err := atEnd.Next(ctx); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	for _, after := range []int{0, 1, 76, 77, 78, 2500, w.last - 1, w.last, w.last + 5} {
		if n := w.follow(ctx, after); n != max(w.last-after, 0) {
			t.Errorf("%d events after %d of %d", n, after, w.last)
		}
	}
}

func TestWatchingEndsWithTheWatcher(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	watch := w.feeds.Watch(1, 0)
	defer watch.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := watch.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v for one who has gone", err)
	}
	watch.Close()
	watch.Close()
	if n := len(w.feeds.tasks); n != 0 {
		t.Errorf("%d feeds are left", n)
	}
}

func TestTheTailForgetsWhatIsOld(t *testing.T) {
	t.Parallel()
	var l tail
	for i := range 30 {
		views, err := showEvents(listed(t, i*100+1, 100), span{0, maxSeq})
		if err != nil {
			t.Fatal(err)
		}
		l.add(segment{i*100 + 1, views, 1})
	}
	if l.first() != 2001 || l.last != 3000 {
		t.Errorf("from %d to %d", l.first(), l.last)
	}
	if events, behind := l.after(2550); behind || len(events) != 50 || seq(events[0]) != 2551 {
		t.Errorf("%d events after 2550, behind %v", len(events), behind)
	}
	if _, behind := l.after(1999); !behind {
		t.Error("it has forgotten and does not say so")
	}
	l.add(segment{3001, nil, tailBytes + 1})
	if len(l.segments) != 1 {
		t.Errorf("%d segments beside a large one", len(l.segments))
	}
}

func BenchmarkPublishToAThousand(b *testing.B) {
	w := newWorld(b)
	ctx, cancel := context.WithCancel(b.Context())
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() { w.follow(ctx, 0) })
	}
	for b.Loop() {
		w.hub.Publish(1)
	}
	cancel()
	all.Wait()
}
