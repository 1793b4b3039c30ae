package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	given := fault.Precondition("already a fault")
	tests := map[string]struct {
		err   error
		want  fault.Code
		fault bool
	}{
		"Nil":        {nil, "", false},
		"Fault":      {fmt.Errorf("save: %w", given), fault.CodePrecondition, true},
		"Canceled":   {fmt.Errorf("query: %w", context.Canceled), fault.CodeInternal, false},
		"Deadline":   {context.DeadlineExceeded, fault.CodeInternal, false},
		"NotFound":   {fmt.Errorf("load: %w", &ent.NotFoundError{}), fault.CodeNotFound, true},
		"Unique":     {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintUnique}, fault.CodeConflict, true},
		"PrimaryKey": {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintPrimaryKey}, fault.CodeConflict, true},
		"ForeignKey": {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintForeignKey}, fault.CodeConflict, true},
		"NotNull":    {sqlite3.Error{Code: sqlite3.ErrConstraint, ExtendedCode: sqlite3.ErrConstraintNotNull}, fault.CodeInternal, false},
		"Busy":       {fmt.Errorf("begin: %w", sqlite3.Error{Code: sqlite3.ErrBusy}), fault.CodeExhausted, true},
		"Locked":     {sqlite3.Error{Code: sqlite3.ErrLocked}, fault.CodeExhausted, true},
		"Full":       {sqlite3.Error{Code: sqlite3.ErrFull}, fault.CodeExhausted, true},
		"TooBig":     {sqlite3.Error{Code: sqlite3.ErrTooBig}, fault.CodeExhausted, true},
		"Corrupt":    {sqlite3.Error{Code: sqlite3.ErrCorrupt}, fault.CodeInternal, false},
		"Starting":   {fmt.Errorf("begin: %w", &pgconn.PgError{Code: "57P03"}), fault.CodeExhausted, true},
		"Abandoned":  {&pgconn.PgError{Code: "25P03"}, fault.CodeExhausted, true},
		"NUL":        {&pgconn.PgError{Code: "22021"}, fault.CodeInvalid, true},
		"ShutDown":   {&pgconn.PgError{Code: "57P01"}, fault.CodeInternal, false},
		"Other":      {errors.New("other"), fault.CodeInternal, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := store.Translate(test.err)
			if fault.CodeOf(got) != test.want || (fault.As(got) != nil) != test.fault {
				t.Errorf("got %v (%s)", got, fault.CodeOf(got))
			}
			if !errors.Is(got, test.err) {
				t.Error("the cause is lost")
			}
		})
	}
}
