package dispatch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
)

func TestOnlyWhatIsCommittedFires(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(nil)
	a := start(t, dsn, "a", f, dispatch.Options{})
	start(t, dsn, "b", f, dispatch.Options{})
	ask(t, pool, a, true, time.Now(), 1)
	ask(t, pool, a, false, time.Now(), 2)
	if got := f.next(t); got.task != 2 {
		t.Errorf("task %d was woken, want 2", got.task)
	}
	until(t, pool, "one job, completed", "SELECT count(*) = 1 AND bool_and(state = 'completed') FROM river_job")
	if n := f.count(); n != 1 {
		t.Errorf("%d were woken, want 1", n)
	}
}

func TestTheSameWakeUpTwiceFiresTwice(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(nil)
	a := start(t, dsn, "a", f, dispatch.Options{})
	at := time.Now().Add(time.Second)
	ask(t, pool, a, false, at, 7, 7)
	for range 2 {
		if got := f.next(t); got.task != 7 || got.at.Before(at) {
			t.Errorf("task %d was woken at %v, want 7 not before %v", got.task, got.at, at)
		}
	}
}

// TestAFarWakeUpIsExact: it is fetched ahead of its time, which is then waited for.
func TestAFarWakeUpIsExact(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(nil)
	a := start(t, dsn, "a", f, dispatch.Options{})
	until(t, pool, "a leader", "SELECT count(*) = 1 FROM river_leader")
	at := time.Now().Add(9 * time.Second)
	ask(t, pool, a, false, at, 1, 2, 3, 4, 5)
	for range 5 {
		if late := f.next(t).at.Sub(at); late < 0 || late > 500*time.Millisecond {
			t.Errorf("late by %v", late)
		} else {
			t.Log("late by", late)
		}
	}
}

// TestWhatComesTooEarlyComesAgain: the clocks of two servers differ by 3 s.
func TestWhatComesTooEarlyComesAgain(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	at := time.Now().UTC().Add(4 * time.Second).Truncate(time.Microsecond)
	pool, f := connect(t, dsn), gather(func(_ context.Context, one firing) (*time.Time, error) {
		if one.at.Before(at) {
			return &at, nil
		}
		return nil, nil
	})
	a := start(t, dsn, "a", f, dispatch.Options{Now: func() time.Time { return time.Now().Add(3 * time.Second) }})
	ask(t, pool, a, false, at, 1)
	early := f.next(t)
	for early.at.Before(at) {
		early = f.next(t)
	}
	until(t, pool, "one job, completed at the first attempt", "SELECT count(*) = 1 AND bool_and(state = 'completed' AND attempt = 1) FROM river_job")
}

// TestAnOldWakeUpEnds: the task wants to be woken later by now, which has its own job.
func TestAnOldWakeUpEnds(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	later := time.Now().Add(time.Hour)
	pool, f := connect(t, dsn), gather(func(context.Context, firing) (*time.Time, error) { return &later, nil })
	a := start(t, dsn, "a", f, dispatch.Options{})
	ask(t, pool, a, false, time.Now(), 1)
	f.next(t)
	until(t, pool, "the job, completed", "SELECT bool_and(state = 'completed') FROM river_job")
}

func TestAFailingAdvanceIsTriedThreeTimes(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(func(context.Context, firing) (*time.Time, error) { return nil, errors.New("boom") })
	a := start(t, dsn, "a", f, dispatch.Options{})
	ask(t, pool, a, false, time.Now(), 1)
	for range 3 {
		f.next(t)
	}
	until(t, pool, "the job, discarded", "SELECT bool_and(state = 'discarded') FROM river_job")
	if n := f.count(); n != 3 {
		t.Errorf("%d tries, want 3", n)
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(func(_ context.Context, one firing) (*time.Time, error) {
		if one.task == 1 {
			panic("boom")
		}
		return nil, nil
	})
	a := start(t, dsn, "a", f, dispatch.Options{})
	ask(t, pool, a, false, time.Now(), 1, 2)
	until(t, pool, "one completed and one to try again",
		"SELECT count(*) FILTER (WHERE state = 'completed') = 1 AND count(*) FILTER (WHERE errors IS NOT NULL) = 1 FROM river_job")
}

func TestNearWakeUpsNeedNoJob(t *testing.T) {
	t.Parallel()
	d, err := newServer(t, "postgres://rehearse@127.0.0.1:1/none", "a", dispatch.Options{Near: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	near, far := time.Now().Add(9*time.Second), time.Now().Add(time.Minute)
	for _, c := range []struct {
		at   *time.Time
		want error
	}{{nil, nil}, {&near, nil}, {&far, dispatch.ErrNoTransaction}} {
		if err := d.Wake(t.Context(), nil, 1, c.at); !errors.Is(err, c.want) {
			t.Errorf("%v: %v, want %v", c.at, err, c.want)
		}
	}
}
