package relay_test

import (
	"context"
	"testing"

	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// What was told while a server could not hear, it looks for when it hears again.
func TestWhoWasCutOffLooksForWhatItMissed(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	teller := newServer(storetest.Open(t, dsn))
	proxy := storetest.NewProxy(t, dsn)
	w := newServer(storetest.Open(t, proxy.URL))
	w.follow(t)

	missed, never := w.changed(t, 1), w.changed(t, 2)
	proxy.Down()
	teller.announce(t, nil, 1)
	teller.forget(t, nil, 7)
	if happened(missed) {
		t.Fatal("the proxy does not cut")
	}
	proxy.Up()
	await(t, w.callers.all, "all callers are read again")
	await(t, missed, "the watcher of what was missed")
	await(t, never, "the watcher of anything else") // nobody knows what was missed
	if got := w.callers.forgotten(); len(got) > 0 {
		t.Errorf("heard of %v after all", got)
	}

	again := w.changed(t, 1)
	teller.announce(t, nil, 1)
	await(t, again, "a change after the cut")
}

// A network that loses everything and says nothing is found out by asking.
func TestWhoHearsNothingAsks(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	teller := newServer(storetest.Open(t, dsn))
	proxy := storetest.NewProxy(t, dsn)
	w := newServer(storetest.Open(t, proxy.URL))
	w.follow(t)
	proxy.Swallow()
	missed := w.changed(t, 1)
	teller.announce(t, nil, 1)
	await(t, w.cut, "it finds that nobody answers")
	if happened(missed) {
		t.Error("the proxy lets signals through")
	}
	proxy.Heal()
	await(t, missed, "the watcher of what was missed")
}

func TestFollowEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	proxy := storetest.NewProxy(t, dsn)
	w := newServer(storetest.Open(t, proxy.URL))
	w.follow(t)() // while it listens
	stop := w.follow(t)
	proxy.Down()
	stop() // while it tries to
}

// What another release tells may mean nothing here, and does no harm.
func TestSignalsThatAreNotUnderstoodAreLeft(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t)
	w := newServer(storetest.New(t))
	w.follow(t)
	wrong, last := w.changed(t, 1), w.changed(t, 2)
	other := newServer(storetest.Again(t, w.store))
	other.write(t, nil, func(ctx context.Context) error {
		for _, payload := range []string{"", "somebody", "somebody weather 1", "somebody tasks", "somebody tasks one  1.5", "somebody callers x"} {
			if err := store.Notify(ctx, "rehearse", payload); err != nil {
				return err
			}
		}
		return nil
	})
	other.announce(t, nil, 2)
	await(t, last, "the change after them")
	if happened(wrong) || len(w.callers.forgotten()) > 0 {
		t.Error("something was understood")
	}
}
