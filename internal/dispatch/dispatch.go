package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store"
)

// Options are the settings of a Dispatcher. The zero value is good.
type Options struct {
	// ID names this server; no two that run at once have the same. Empty lets River make one.
	ID string
	// Schema is where River's tables are; empty for the search path.
	Schema string
	// Near is the distance below which a wake-up gets no job, because the server that
	// asks keeps a timer of its own. 0 makes a job for each. River moves jobs about every
	// 5 s to where they are fetched from, so what is nearer than 8 s may come late.
	Near time.Duration
	// Poll is how often each server looks for jobs: 0 for a second. Longer means less
	// work for the database and no less exact wake-ups: jobs are fetched ahead of their
	// time by more than that.
	Poll time.Duration
	// Advances bounds the advances that run at once here: 0 for 16.
	Advances int
	// Listen has the server listen for River's notifications, on one more connection. It
	// then learns at once that the leader went in order, and of jobs that are late already.
	Listen bool
	// Now is the clock that the times of wake-ups come from; nil for the machine's.
	Now func() time.Time
}

// Advance takes a task further if anything is due. It returns when the task wants to be
// woken if nothing was due yet, and nil otherwise. A task that has gone is no error.
type Advance func(ctx context.Context, taskID int) (next *time.Time, err error)

// Times of jobs. Advances take milliseconds: one that takes jobTimeout is given up, and
// a job is taken for that of a dead server after rescueAfter, up to 30 s late. What
// ended is kept for a while for people to look at.
const (
	jobTimeout  = 20 * time.Second
	rescueAfter = time.Minute
	keepDone    = time.Minute
	keepFailed  = time.Hour
	// stopGrace is how long Stop waits for River after everything was canceled.
	stopGrace = 2 * time.Second
)

// Dispatcher makes and works wake-ups. Until Start it makes them only. It is safe for
// concurrent use.
type Dispatcher struct {
	near   time.Duration
	now    func() time.Time
	client *river.Client[pgx.Tx]
	pool   *pgxpool.Pool
	worker *worker
	log    *limited

	mu      sync.Mutex
	started bool
	stopped bool
}

var (
	// ErrStopped says that a Dispatcher that was started or stopped cannot start.
	ErrStopped = errors.New("the dispatcher was started before")
	// ErrNoTransaction says that Wake was called outside of a transaction of PostgreSQL.
	ErrNoTransaction = errors.New("a wake-up needs a transaction of PostgreSQL")
)

// New makes a Dispatcher for the database of pool, whose owner closes it after Stop.
// The tables of River must be there by the time of Wake and Start. It fails on options
// that River refuses.
func New(pool *pgxpool.Pool, log *slog.Logger, o Options) (*Dispatcher, error) {
	if o.Poll == 0 {
		o.Poll = time.Second
	}
	if o.Advances == 0 {
		o.Advances = 16
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Now().UTC() }
	}
	quiet := newLimited(log, o.Now)
	w := newWorker(&o, quiet)
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, w); err != nil {
		return nil, fmt.Errorf("set up dispatch: %w", err)
	}
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ID: o.ID, Schema: o.Schema, Logger: slog.New(quiet), PollOnly: !o.Listen,
		Workers: workers,
		// Jobs wait for their time in here, so there are more than advance at once.
		Queues:            map[string]river.QueueConfig{queue: {MaxWorkers: 16 * o.Advances}},
		FetchPollInterval: o.Poll,
		// Nothing notifies of single jobs, so this is the pace of many at once only.
		FetchCooldown: min(o.Poll, 100*time.Millisecond),
		JobTimeout:    jobTimeout, RescueStuckJobsAfter: rescueAfter,
		MaxAttempts: maxAttempts, RetryPolicy: soon{o.Now},
		CompletedJobRetentionPeriod: keepDone, CancelledJobRetentionPeriod: keepDone, DiscardedJobRetentionPeriod: keepFailed,
	})
	if err != nil {
		return nil, fmt.Errorf("set up dispatch: %w", err)
	}
	return &Dispatcher{near: o.Near, now: o.Now, client: client, pool: pool, worker: w, log: quiet}, nil
}

// Wake asks for an advance of the task at that time, if the transaction of ctx is
// committed; nil asks for none. What was asked before is not taken back: it fires for
// nothing. It returns ErrNoTransaction, or why the job could not be written; then the
// transaction is spoilt.
func (d *Dispatcher) Wake(ctx context.Context, _ *ent.Tx, taskID int, at *time.Time) error {
	if at == nil || d.near > 0 && at.Sub(d.now()) < d.near {
		return nil
	}
	tx, ok := store.PgxTx(ctx)
	if !ok {
		return ErrNoTransaction
	}
	return d.insert(ctx, tx, taskID, *at)
}

// insert writes the job of a wake-up. Each is a job of its own: among unique jobs a
// signal that comes while the earlier one is worked would be dropped. A job with a time
// is written without a NOTIFY, whose lock would hold up other commits.
func (d *Dispatcher) insert(ctx context.Context, tx pgx.Tx, taskID int, at time.Time) error {
	at = at.UTC().Truncate(time.Microsecond)
	_, err := d.client.InsertTx(ctx, tx, wake{Task: taskID, At: at}, &river.InsertOpts{ScheduledAt: at.Add(-d.worker.ahead)})
	if err != nil {
		return fmt.Errorf("ask for a wake-up of task %d: %w", taskID, err)
	}
	return nil
}

// Start works wake-ups with advance until Stop. ctx bounds the start only. It fails when
// the database is out of reach or has no tables of River; then Start may be called again.
func (d *Dispatcher) Start(ctx context.Context, advance Advance) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.started || d.stopped {
		return ErrStopped
	}
	// River pings as well, but under the context that ends its work.
	if err := d.pool.Ping(ctx); err != nil {
		return fmt.Errorf("start dispatch: %w", err)
	}
	d.worker.advance = advance
	if err := d.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start dispatch: %w", err)
	}
	d.log.open()
	d.started = true
	return nil
}

// Stop begins no advance any more, waits for those that run, and cancels them when ctx
// ends. When it returns, none runs. What waits here for its time is handed back for
// other servers. The error says that River has not ended its own affairs by then, which
// is so when the database is out of reach, and does no harm.
func (d *Dispatcher) Stop(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped || !d.started {
		d.stopped = true
		return nil
	}
	d.stopped = true
	d.worker.stop()
	err := d.client.Stop(ctx)
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		err = d.client.StopAndCancel(ctx)
	}
	d.worker.wait()
	if err != nil {
		return fmt.Errorf("stop dispatch: %w", err)
	}
	return nil
}
