package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

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

// overdue makes errors that may be repeated of those that say nothing about a statement,
// while the caller still waits: there was no connection to send it over, or our own
// patience has ended.
func overdue(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	shown := unconnected(err)
	if shown == nil && errors.Is(err, context.DeadlineExceeded) {
		shown = busy()
	}
	if shown == nil {
		return err
	}
	return &outageError{err, shown}
}

// unconnected is the fault of a connection that could not be made, or nil. What does not
// pass by itself, such as a password that is wrong, is none.
func unconnected(err error) *fault.Error {
	var connecting *pgconn.ConnectError
	if !errors.As(err, &connecting) {
		return nil
	}
	var told *pgconn.PgError
	if errors.As(connecting, &told) {
		return classifyPostgres(told.Code)
	}
	return fault.Newf(fault.CodeExhausted, "the database cannot be reached; try again")
}

// doubtful is for what changes the database as it ends: when our patience ended first, it
// may have been carried out, so that nobody must be told to try again.
func doubtful(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &outageError{err, fault.Newf(fault.CodeInternal, "nobody knows whether the database has stored this")}
}
