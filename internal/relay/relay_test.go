package relay_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"rehearse.dev/internal/store/storetest"
)

var errUndone = errors.New("undone")

// What a server tells, its own watchers hear when the transaction is committed, whatever
// the database.
func TestATransactionTellsItsOwnServerOnceItIsCommitted(t *testing.T) {
	t.Parallel()
	w := newServer(storetest.New(t))
	one, other := w.changed(t, 1), w.changed(t, 2)
	w.announce(t, errUndone, 1)
	w.forget(t, errUndone, 7)
	if happened(one) || len(w.callers.forgotten()) > 0 {
		t.Error("told of what was rolled back")
	}
	w.announce(t, nil, 1)
	w.announce(t, nil)
	w.forget(t, nil, 7)
	if !happened(one) || !slices.Equal(w.callers.forgotten(), []int{7}) {
		t.Errorf("not told of what was committed: %v, %v", happened(one), w.callers.forgotten())
	}
	if happened(other) {
		t.Error("told of another task")
	}
}

func TestOnSQLiteThereIsNobodyToFollow(t *testing.T) {
	t.Parallel()
	w := newServer(storetest.NewFile(t))
	w.Follow(t.Context(), w.store, nil) // returns
	if len(w.callers.all) > 0 {
		t.Error("it believes to have missed something")
	}
}

func TestServersTellEachOther(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t)
	first := newServer(storetest.New(t))
	second := newServer(storetest.Again(t, first.store))
	first.follow(t)
	second.follow(t)

	one, undone, last := second.changed(t, 1), second.changed(t, 2), second.changed(t, 3)
	first.announce(t, nil, 1)
	first.forget(t, nil, 7)
	first.announce(t, errUndone, 2)
	first.forget(t, errUndone, 8)
	await(t, one, "a committed change")
	// Signals come in the order of the commits, so the last one tells that all have come.
	first.announce(t, nil, 3)
	await(t, last, "the last change")
	if happened(undone) {
		t.Error("told of a task that was rolled back")
	}
	if got := second.callers.forgotten(); !slices.Equal(got, []int{7}) {
		t.Errorf("callers of %v are read again", got)
	}
}

func TestNobodyHearsWhatItToldItself(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t)
	first := newServer(storetest.New(t))
	second := newServer(storetest.Again(t, first.store))
	first.follow(t)
	last := first.changed(t, 1)
	first.forget(t, nil, 7)
	second.announce(t, nil, 1) // comes after the echo, if there is one
	await(t, last, "the change at the other server")
	if got := first.callers.forgotten(); !slices.Equal(got, []int{7}) {
		t.Errorf("it heard itself: %v", got)
	}
}

func TestManyChangesAreAllHeard(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t)
	first := newServer(storetest.New(t))
	second := newServer(storetest.Again(t, first.store))
	second.follow(t)
	const bursts, each = 20, 50
	var heard []<-chan struct{}
	for id := range bursts * each {
		heard = append(heard, second.changed(t, id+1))
	}
	for burst := range bursts - 1 { // signals of one task each
		for i := range each {
			first.announce(t, nil, burst*each+i+1)
		}
	}
	var ids []int // one signal of many tasks
	for i := range each {
		ids = append(ids, (bursts-1)*each+i+1)
	}
	first.announce(t, nil, ids...)
	for id, signal := range heard {
		await(t, signal, fmt.Sprint("a change of task ", id+1))
	}
}
