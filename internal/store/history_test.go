package store_test

import (
	"regexp"
	"testing"

	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store"
)

// TestAnotherHistoryVoidsWhatIsKnownByIds: e2e has a standby take over; here the store is
// told of it.
func TestAnotherHistoryVoidsWhatIsKnownByIds(t *testing.T) {
	t.Parallel()
	s := openCluster(t, store.Options{})
	forgotten := 0
	s.OnFailover(func() { forgotten++ })
	first := store.KnownHistory(s)
	if !regexp.MustCompile(`^\d+ [0-9A-F]{8}$`).MatchString(first) {
		t.Fatalf("the history is %q", first)
	}
	next := func() int {
		id, err := s.NewID(t.Context(), app.Table)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	taken := next() // a block of one, and then one of two
	if id := next(); id != taken+1 || forgotten != 0 {
		t.Fatalf("id %d after %d, forgotten %d times", id, taken, forgotten)
	}
	store.SeeHistory(s, first)
	if forgotten != 0 {
		t.Error("it has forgotten what still holds")
	}
	store.SeeHistory(s, "another")
	store.SeeHistory(s, "another")
	if forgotten != 1 {
		t.Errorf("it has forgotten %d times", forgotten)
	}
	if id := next(); id != taken+3 { // taken+2 was given up
		t.Errorf("id %d after %d", id, taken)
	}
}
