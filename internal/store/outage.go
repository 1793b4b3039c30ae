package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/internal/fault"
)

// outageError is a database that several servers share and that was not there in time. It
// hides its cause: errors of contexts in a chain are those of the caller.
type outageError struct {
	cause error
	shown *fault.Error
}

// Error tells the cause, for the log.
func (e *outageError) Error() string { return "the database is slow or away: " + e.cause.Error() }

// As makes the error the fault that callers see.
func (e *outageError) As(target any) bool {
	f, ok := target.(**fault.Error)
	if ok {
		*f = e.shown
	}
	return ok
}

// overdue makes errors that may be repeated of those that say nothing against what was
// asked for, while the caller still waits. It is for what leaves nothing behind when it
// fails: reads, and transactions that did not come to their COMMIT.
func overdue(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if shown := outage(err); shown != nil {
		return &outageError{err, shown}
	}
	return err
}

// doubtful is for what changes the database as it ends: when our patience ended first, it
// may have been carried out, so that nobody must be told to try again.
func doubtful(ctx context.Context, err error) error {
	if errors.Is(err, errLost) || unconnected(err) { // it was not sent
		return overdue(ctx, err)
	}
	if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &outageError{err, fault.Newf(fault.CodeInternal, "nobody knows whether the database has stored this")}
}

// outage is the fault of a database that is away, or of our own patience that has ended,
// or nil.
func outage(err error) *fault.Error {
	never := unconnected(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && !never:
		return busy()
	case !never && !errors.Is(err, errLost):
		return nil
	}
	var told *pgconn.PgError
	if errors.As(err, &told) {
		// What keeps one from connecting need not pass by itself, such as a wrong password.
		if f := classifyPostgres(told.Code); f != nil || never {
			return f
		}
	}
	return fault.Newf(fault.CodeExhausted, "the database cannot be reached; try again")
}

// errLost is in the chain of every error of a connection that ended.
var errLost = errors.New("the connection is lost")

// lost marks an error of a statement as one of its connection, if that has ended.
func lost(err error) error {
	if !broken(err) || unconnected(err) || errors.Is(err, errLost) {
		return err
	}
	return fmt.Errorf("%w: %w", errLost, err)
}

// unconnected tells whether there was no connection to be had.
func unconnected(err error) bool {
	var connecting *pgconn.ConnectError
	return errors.As(err, &connecting)
}

// broken tells whether what a statement came back with says that its connection ended.
func broken(err error) bool {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return told.SeverityUnlocalized == "FATAL" || told.SeverityUnlocalized == "PANIC"
	}
	var network *net.OpError
	return errors.Is(err, errLost) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &network) || pgconn.SafeToRetry(err)
}

// unbroken does what leaves nothing behind until it meets a connection that is not broken,
// or none at all. When the database has gone, most of a pool's connections are broken, and
// each is found out by its use.
func unbroken(ctx context.Context, pool *pgxpool.Pool, do func() error) error {
	err := do()
	if !broken(err) {
		return err
	}
	for more := pool.Stat().MaxConns(); more > 0 && ctx.Err() == nil && broken(err) && !unconnected(err); more-- {
		err = do()
	}
	return err
}
