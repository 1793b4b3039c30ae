package dispatch_test

import (
	"strconv"
	"testing"
	"time"

	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
)

// TestAKilledServersWakeUpsGoToTheOthers kills the leader with SIGKILL in the middle of
// an advance. Until another is elected, 10 to 21 s later, far wake-ups are not made
// ready, and the runner's sweep stands in.
func TestAKilledServersWakeUpsGoToTheOthers(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(nil)
	kill, told := victim(t, dsn)
	hear(t, told, "started")
	until(t, pool, "the victim leads", "SELECT count(*) = 1 FROM river_leader WHERE leader_id = 'victim'")
	b, err := newServer(t, dsn, "b", dispatch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, pool, b, false, time.Now(), 1)
	hear(t, told, "advance 1")
	if err := b.Start(t.Context(), f.by("b")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, b) })

	due := time.Now().Add(6 * time.Second)
	ask(t, pool, b, false, due, 2)
	kill()
	killed := time.Now()
	// What runs for a minute counts as lost; a test need not wait for it.
	if _, err := pool.Exec(t.Context(), "UPDATE river_job SET attempted_at = attempted_at - interval '2 minutes' WHERE state = 'running'"); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for range 2 {
		got := f.next(t)
		seen[got.task] = true
		t.Logf("task %d was woken %v after the kill, %v after the second was due", got.task, got.at.Sub(killed), got.at.Sub(due))
	}
	if !seen[1] || !seen[2] {
		t.Errorf("woken: %v", seen)
	}
}

// TestALeaderThatStopsHandsOver: with listening at once, without within 6 s.
func TestALeaderThatStopsHandsOver(t *testing.T) {
	t.Parallel()
	for _, listen := range []bool{true, false} {
		dsn := storetest.Postgres(t)
		pool, f := connect(t, dsn), gather(nil)
		a := start(t, dsn, "a", f, dispatch.Options{Listen: listen})
		until(t, pool, "a leads", "SELECT count(*) = 1 FROM river_leader WHERE leader_id = 'a'")
		start(t, dsn, "b", f, dispatch.Options{Listen: listen})
		stop(t, a)
		stopped := time.Now()
		until(t, pool, "b leads", "SELECT count(*) = 1 FROM river_leader WHERE leader_id = 'b'")
		if took := time.Since(stopped); took > 9*time.Second { // nobody waits for the 15 s after which a dead leader is replaced
			t.Errorf("listening %v: led again after %v", listen, took)
		}
	}
}

func TestRowsOfJobsAreCleanedUp(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(nil)
	d, err := newServer(t, dsn, "a", dispatch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, pool, d, false, time.Now().Add(time.Hour), 1, 2, 3, 4)
	for id, state := range map[int]string{1: "completed", 2: "cancelled", 3: "discarded"} {
		if _, err := pool.Exec(t.Context(),
			"UPDATE river_job SET state = $2::text::river_job_state, finalized_at = now() - interval '2 hours' WHERE args->>'task' = $1", strconv.Itoa(id), state); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Start(t.Context(), f.by("a")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, d) })
	until(t, pool, "what ended is gone", "SELECT count(*) = 1 AND bool_and(state = 'scheduled') FROM river_job")
}
