package read

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
)

// Times of a replica that does not answer.
const (
	// replicaPatience is how long the first row of a statement may take to come.
	replicaPatience = 3 * time.Second
	// replicaPause is how long the replica is left alone after it did not answer. Then one
	// operation tries.
	replicaPause = 5 * time.Second
	// replicaSilence is how often the log says that it still does not.
	replicaSilence = time.Minute
)

// WithReplica makes a client and its driver that read from the replica what FromReplica
// marks, and everything else from the primary. What the replica does not answer the
// primary does, and the log says so now and then.
func WithReplica(primary, replica dialect.Driver, log *slog.Logger) (*ent.Client, dialect.Driver) {
	d := &replicated{Driver: primary, replica: replica, log: log, now: time.Now, patience: replicaPatience}
	client := ent.NewClient(ent.Driver(d))
	client.Intercept(ent.InterceptFunc(func(next ent.Querier) ent.Querier {
		return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
			v, err := next.Query(ctx, q)
			if cutShort(err) {
				return next.Query(ctx, q)
			}
			return v, err
		})
	}))
	return client, d
}

// replicated is the driver of the primary, but for marked reads.
type replicated struct {
	dialect.Driver
	replica  dialect.Driver
	log      *slog.Logger
	now      func() time.Time
	patience time.Duration

	mu sync.Mutex
	// away tells that the replica did not answer last; until is when the next try is due,
	// said when the log told of it.
	away        bool
	until, said time.Time
}

// Query implements dialect.Driver.
func (d *replicated) Query(ctx context.Context, query string, args, v any) error {
	s := sourceOf(ctx)
	if !s.replica(d.open) {
		return d.Driver.Query(ctx, query, args, v)
	}
	err := d.ask(ctx, s, query, args, v)
	if err == nil || !unanswered(ctx, err) {
		d.answered(ctx)
		return err
	}
	d.failed(ctx, err)
	s.primary()
	return d.Driver.Query(ctx, query, args, v)
}

// ask sends a statement to the replica and waits for its first row for so long only.
func (d *replicated) ask(ctx context.Context, s *source, query string, args, v any) error {
	limited, cancel := context.WithCancel(ctx)
	tooLate := time.AfterFunc(d.patience, cancel)
	err := d.replica.Query(limited, query, args, v)
	tooLate.Stop()
	found, ok := v.(*sql.Rows)
	if err != nil || !ok {
		cancel()
		return err
	}
	found.ColumnScanner = &replicaRows{ColumnScanner: found.ColumnScanner, end: cancel, lost: func(err error) error {
		if !unanswered(ctx, err) {
			return err
		}
		d.failed(ctx, err)
		s.primary()
		return &cutError{err}
	}}
	return nil
}

// open tells whether the replica is to be asked: while it does not answer, by one
// operation after each pause.
func (d *replicated) open() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.away {
		return true
	}
	if d.now().Before(d.until) {
		return false
	}
	d.until = d.now().Add(replicaPause)
	return true
}

func (d *replicated) answered(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away {
		d.away, d.said = false, time.Time{}
		d.log.InfoContext(ctx, "the replica database answers again")
	}
}

func (d *replicated) failed(ctx context.Context, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	d.away, d.until = true, now.Add(replicaPause)
	if now.Sub(d.said) >= replicaSilence {
		d.said = now
		d.log.WarnContext(ctx, "the replica database does not answer; reads go to the primary", "error", err)
	}
}

// unanswered tells whether an error of the replica says nothing about the statement: the
// connection is gone or was never made, the server ends, starts or is full, it had to
// give way to what it follows, or it has not the tables of this version yet.
func unanswered(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil { // the caller has gone
		return false
	}
	var told interface{ SQLState() string }
	if !errors.As(err, &told) {
		return true
	}
	for _, class := range []string{
		"08", "53", "57", "58", "XX", // connection, resources, operator, system, internal
		"28", "3D", // refused when connecting
		"40001",                   // conflict with recovery
		"42P01", "42703", "42501", // behind a migration, or without the right to read it
	} {
		if strings.HasPrefix(told.SQLState(), class) {
			return true
		}
	}
	return false
}

// replicaRows are rows that notice when the replica goes away between them.
type replicaRows struct {
	sql.ColumnScanner
	end  func()
	lost func(error) error
}

// Err implements sql.ColumnScanner.
func (r *replicaRows) Err() error {
	if err := r.ColumnScanner.Err(); err != nil {
		return r.lost(err)
	}
	return nil
}

// Close implements sql.ColumnScanner.
func (r *replicaRows) Close() error {
	defer r.end()
	return r.ColumnScanner.Close()
}

// cutError is the end of a replica in the midst of its rows. The same read begun again
// goes to the primary.
type cutError struct{ cause error }

// Error tells the cause.
func (e *cutError) Error() string { return "the replica database went away: " + e.cause.Error() }

// Unwrap gives the cause.
func (e *cutError) Unwrap() error { return e.cause }

func cutShort(err error) bool {
	var cut *cutError
	return errors.As(err, &cut)
}
