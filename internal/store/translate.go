package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
)

// Translate gives an error of Ent or of the driver the fault that a caller can
// act on: not found, conflict for a broken unique or foreign key, exhausted for
// a busy or full database. Faults and errors of the context pass, nil stays nil,
// and everything else stays as it is, which is internal.
//
// The message says nothing of tables or SQL; the original error stays in the
// chain, so ent.IsConstraintError and the log still see it.
func Translate(err error) error {
	if err == nil || fault.As(err) != nil {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if f := classify(err); f != nil {
		return &translated{fault: f, cause: err}
	}
	return err
}

func classify(err error) *fault.Error {
	if ent.IsNotFound(err) {
		return fault.NotFound("there is no such object")
	}
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return classifyPostgres(p.Code)
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code {
	case sqlite3.ErrConstraint:
		return classifyConstraint(e)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return busy()
	case sqlite3.ErrFull:
		return full()
	case sqlite3.ErrTooBig:
		return tooLarge()
	}
	return nil
}

// classifyPostgres knows the codes of PostgreSQL's appendix A.
func classifyPostgres(code string) *fault.Error {
	switch code {
	case "23505": // unique_violation
		return taken()
	case "23503": // foreign_key_violation
		return linked()
	case "40001", "40P01", "55P03", "57014": // serialization, deadlock, lock not available, query cancelled
		return busy()
	case "53300", "57P03", "25P03": // too many connections, still starting, idle for too long in a transaction
		return busy()
	case "53100": // disk_full
		return full()
	case "54000": // program_limit_exceeded
		return tooLarge()
	case "22021", "22P05": // character_not_in_repertoire, untranslatable_character
		return fault.Newf(fault.CodeInvalid, "a text holds NUL or is not UTF-8, and cannot be stored")
	}
	return nil
}

func taken() *fault.Error { return fault.Conflict("a value that must be unique is taken") }
func linked() *fault.Error {
	return fault.Conflict("a linked object is missing or still in use")
}
func busy() *fault.Error { return fault.Newf(fault.CodeExhausted, "the database is busy; try again") }
func full() *fault.Error { return fault.Newf(fault.CodeExhausted, "the storage is full") }
func tooLarge() *fault.Error {
	return fault.Newf(fault.CodeExhausted, "a value is too large to be stored")
}

func classifyConstraint(e sqlite3.Error) *fault.Error {
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return taken()
	case sqlite3.ErrConstraintForeignKey, sqlite3.ErrConstraintTrigger:
		return linked()
	}
	return nil // NOT NULL or CHECK: our defect, not the caller's
}

// translated reads as its fault and remembers its cause.
type translated struct {
	fault *fault.Error
	cause error
}

// Error returns the text of the fault.
func (t *translated) Error() string { return t.fault.Message }

// Unwrap gives errors.As both the fault and its cause.
func (t *translated) Unwrap() []error { return []error{t.fault, t.cause} }
