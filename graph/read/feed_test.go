package read

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/graph/model"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// world is a task that has begun; reads counts statements.
type world struct {
	store *store.Store
	hub   *event.Hub
	feeds *Feeds
	task  int
	last  int
	reads atomic.Int64
}

// Query counts, and reads.
func (w *world) Query(ctx context.Context, query string, args, rows any) error {
	w.reads.Add(1)
	return w.store.ReadDriver().Query(ctx, query, args, rows)
}

// Dialect is that of the statements.
func (w *world) Dialect() string { return w.store.Dialect() }

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{store: storetest.New(t), hub: event.NewHub()}
	w.feeds = NewFeeds(New(nil, w, nil, nil, nil), w.hub, slog.New(slog.DiscardHandler))
	w.write(t, func(ctx context.Context, tx *ent.Tx) error {
		app, err := tx.App.Create().SetCode("app").SetSecretDigest([]byte("x")).Save(ctx)
		if err != nil {
			return err
		}
		space, err := tx.Space.Create().SetAppID(app.ID).SetName("s").Save(ctx)
		if err != nil {
			return err
		}
		tree, err := tx.Snapshot.Create().SetDigest("d").SetDocument([]byte("{}")).Save(ctx)
		if err != nil {
			return err
		}
		template, err := tx.Template.Create().SetAppID(app.ID).SetSpace(space).SetName("t").SetNotifyConfig([]byte("{}")).Save(ctx)
		if err != nil {
			return err
		}
		row, err := tx.Task.Create().
			SetAppID(app.ID).SetSpaceID(space.ID).SetTemplate(template).SetInstanceID("i").SetName("n").SetCreator("me").
			SetCreateMethod("MOCK").SetTriggerMethod("API").SetExtraInfo([]byte("{}")).SetState("RUNNING").
			SetSnapshot(tree).SetExecutionSnapshot(tree).Save(ctx)
		if err != nil {
			return err
		}
		w.task = row.ID
		return tx.TaskRun.Create().SetTaskID(row.ID).Exec(ctx)
	})
	return w
}

func (w *world) write(t testing.TB, fn func(ctx context.Context, tx *ent.Tx) error) {
	t.Helper()
	if err := w.store.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// happen stores so many events as one list and wakes those who watch.
func (w *world) happen(t testing.TB, n int) {
	t.Helper()
	w.write(t, func(ctx context.Context, tx *ent.Tx) error {
		if err := tx.TaskEvent.Create().
			SetTaskID(w.task).SetFirstSeq(w.last + 1).SetLastSeq(w.last + n).SetEvents(listed(t, 1, n).Events).Exec(ctx); err != nil {
			return err
		}
		return tx.TaskRun.Update().SetLastSeq(w.last + n).Exec(ctx)
	})
	w.last += n
	w.hub.Publish(w.task)
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
	w.write(t, func(ctx context.Context, tx *ent.Tx) error { return tx.Task.Update().SetState("FINISHED").Exec(ctx) })
	w.hub.Publish(w.task)
}

// follow counts the events of a watch to the end of the task. It returns -1 when
// there is a gap or an error.
func (w *world) follow(ctx context.Context, after int) int {
	watch := w.feeds.Watch(w.task, after)
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
	atEnd := w.feeds.Watch(w.task, w.last) // the tail of the feed begins near the end
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
	watch := w.feeds.Watch(w.task, 0)
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

// failing is a database that does not answer at first.
type failing struct {
	*world
	left atomic.Int64
}

func (f *failing) Query(ctx context.Context, query string, args, rows any) error {
	if f.left.Add(-1) >= 0 {
		return errors.New("connection refused")
	}
	return f.world.Query(ctx, query, args, rows)
}

func TestAnOutageDelaysAndIsToldOnce(t *testing.T) {
	t.Parallel()
	f := &failing{world: newWorld(t)}
	var log bytes.Buffer
	f.feeds = NewFeeds(New(nil, f, nil, nil, nil), f.hub, slog.New(slog.NewTextHandler(&log, nil)))
	f.happen(t, 10)
	f.end(t)
	f.left.Store(3)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if n := f.follow(ctx, 0); n != 10 {
		t.Errorf("%d events of 10", n)
	}
	if n := strings.Count(log.String(), "could not be read"); n != 1 {
		t.Errorf("%d lines: %s", n, log.String())
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
		w.hub.Publish(w.task)
	}
	cancel()
	all.Wait()
}
