package dispatch_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"rehearse.dev/internal/dispatch"
)

func TestMain(m *testing.M) {
	if dsn := os.Getenv(victimEnv); dsn != "" {
		beVictim(dsn)
		return
	}
	// The tests wait most of the time: for River's clocks, which are not to be set.
	flag.Parse()
	if err := flag.Set("test.parallel", "24"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// deadline bounds every wait.
const deadline = 90 * time.Second

func connect(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.PingTimeout = 2 * time.Second // as the store does
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

var quiet = slog.New(slog.DiscardHandler)

// firing is one call of advance.
type firing struct {
	server string
	task   int
	at     time.Time
}

// firings gathers the calls of advance of all servers of a test.
type firings struct {
	answer func(ctx context.Context, f firing) (*time.Time, error)
	each   chan firing

	mu  sync.Mutex
	all []firing
}

func gather(answer func(ctx context.Context, f firing) (*time.Time, error)) *firings {
	return &firings{answer: answer, each: make(chan firing, 1000)}
}

// by is the advance of one server.
func (f *firings) by(server string) dispatch.Advance {
	return func(ctx context.Context, taskID int) (*time.Time, error) {
		one := firing{server, taskID, time.Now()}
		f.mu.Lock()
		f.all = append(f.all, one)
		f.mu.Unlock()
		f.each <- one
		if f.answer == nil {
			return nil, nil
		}
		return f.answer(ctx, one)
	}
}

func (f *firings) next(t *testing.T) firing {
	t.Helper()
	select {
	case one := <-f.each:
		return one
	case <-time.After(deadline):
		t.Fatal("nobody was woken")
		return firing{}
	}
}

func (f *firings) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.all)
}

// start starts a server that stops with the test.
func start(t *testing.T, dsn, name string, f *firings, o dispatch.Options) *dispatch.Dispatcher {
	t.Helper()
	d, err := newServer(t, dsn, name, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context(), f.by(name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, d) })
	return d
}

func newServer(t *testing.T, dsn, name string, o dispatch.Options) (*dispatch.Dispatcher, error) {
	t.Helper()
	o.ID = name
	return dispatch.New(connect(t, dsn), quiet, o)
}

func stop(t *testing.T, d *dispatch.Dispatcher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), deadline)
	defer cancel()
	if err := d.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// ask inserts wake-ups in one transaction, which is committed unless undo is set.
func ask(t testing.TB, pool *pgxpool.Pool, d *dispatch.Dispatcher, undo bool, at time.Time, tasks ...int) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }() // after a failure
	for _, task := range tasks {
		if err := dispatch.Insert(t.Context(), d, tx, task, at); err != nil {
			t.Fatal(err)
		}
	}
	end := tx.Commit
	if undo {
		end = tx.Rollback
	}
	if err := end(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// until waits for a condition on the database.
func until(t *testing.T, pool *pgxpool.Pool, what, query string, args ...any) {
	t.Helper()
	for end := time.Now().Add(deadline); ; {
		var ok bool
		if err := pool.QueryRow(t.Context(), query, args...).Scan(&ok); err != nil {
			t.Fatal(err)
		}
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatal("not in time: " + what + "\n" + jobs(t, pool))
		}
		<-time.After(20 * time.Millisecond)
	}
}

// jobs shows the jobs, for failures.
func jobs(t *testing.T, pool *pgxpool.Pool) string {
	t.Helper()
	rows, err := pool.Query(t.Context(), "SELECT concat_ws(' ', id, state, args, attempt, scheduled_at, attempted_by) FROM river_job ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d jobs: %q", len(lines), lines)
}
