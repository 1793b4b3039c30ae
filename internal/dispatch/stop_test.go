package dispatch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
)

func TestStopWaitsForAdvancesAndHandsTheRestBack(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool := connect(t, dsn)
	free := make(chan struct{})
	f := gather(func(ctx context.Context, one firing) (*time.Time, error) {
		if one.server == "a" {
			<-free
		}
		return nil, ctx.Err()
	})
	a := start(t, dsn, "a", f, dispatch.Options{Advances: 1})
	ask(t, pool, a, false, time.Now(), 1, 2)
	first := f.next(t)
	until(t, pool, "both wait in a", "SELECT count(*) = 2 FROM river_job WHERE state = 'running'")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		stop(t, a)
	}()
	until(t, pool, "the second is handed back", "SELECT count(*) = 1 FROM river_job WHERE state = 'available'")
	select {
	case <-stopped:
		t.Error("Stop did not wait")
	default:
	}
	close(free)
	<-stopped
	start(t, dsn, "b", f, dispatch.Options{})
	if second := f.next(t); second.server != "b" || second.task+first.task != 3 {
		t.Errorf("%+v after %+v", second, first)
	}
	until(t, pool, "both completed at the first attempt", "SELECT bool_and(state = 'completed' AND attempt = 1) FROM river_job")
}

// TestStopCancelsWhatTakesTooLong: the advance is another server's then.
func TestStopCancelsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool := connect(t, dsn)
	f := gather(func(ctx context.Context, one firing) (*time.Time, error) {
		if one.server == "a" {
			<-ctx.Done()
		}
		return nil, ctx.Err()
	})
	a := start(t, dsn, "a", f, dispatch.Options{})
	ask(t, pool, a, false, time.Now(), 1)
	f.next(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Stop(ctx); err != nil {
		t.Error(err)
	}
	start(t, dsn, "b", f, dispatch.Options{})
	if got := f.next(t); got.server != "b" || got.task != 1 {
		t.Errorf("%+v", got)
	}
}

func TestStartAndStopInAnyOrder(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	f := gather(nil)
	d, err := newServer(t, dsn, "a", dispatch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stop(t, d) // before Start
	if err := d.Start(t.Context(), f.by("a")); !errors.Is(err, dispatch.ErrStopped) {
		t.Errorf("start after stop: %v", err)
	}
	d = start(t, dsn, "b", f, dispatch.Options{})
	if err := d.Start(t.Context(), f.by("b")); !errors.Is(err, dispatch.ErrStopped) {
		t.Errorf("second start: %v", err)
	}
	stop(t, d)
	stop(t, d)
}

// TestAStartThatFailedCanBeRepeated: first a table is missing, then it is there.
func TestAStartThatFailedCanBeRepeated(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	pool, f := connect(t, dsn), gather(nil)
	rename(t, pool, "river_queue", "hidden")
	d, err := newServer(t, dsn, "a", dispatch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context(), f.by("a")); err == nil {
		t.Fatal("started without tables")
	}
	rename(t, pool, "hidden", "river_queue")
	if err := d.Start(t.Context(), f.by("a")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, d) })
	ask(t, pool, d, false, time.Now(), 1)
	f.next(t)
}

func rename(t *testing.T, pool *pgxpool.Pool, from, to string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
		t.Fatal(err)
	}
}

func TestStartFailsWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	d, err := newServer(t, "postgres://rehearse@127.0.0.1:1/none", "a", dispatch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	if err := d.Start(ctx, gather(nil).by("a")); err == nil {
		t.Error("started")
	}
	stop(t, d)
}

func TestOptionsThatRiverRefusesAreAnError(t *testing.T) {
	t.Parallel()
	if _, err := newServer(t, "postgres://rehearse@127.0.0.1:1/none", "a", dispatch.Options{Schema: "no schema"}); err == nil {
		t.Error("no error")
	}
}
