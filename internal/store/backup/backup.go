// Package backup copies SQLite files that servers may have open, checks copies, and
// puts a file in the place of a database without any moment at which there is half of
// one.
//
// It knows files, locks and the version of the schema. It must not know what the rows
// mean: what becomes of tasks after a restore is decided by its caller.
package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Options say what to copy where.
type Options struct {
	// From is the database, which may be in use. To is the file that is made.
	From, To string
	// Replace lets To be replaced. Otherwise it must not be there.
	Replace bool
}

// Make writes a copy of a database and checks it. The copy is what the database was
// at one moment after the call began; servers go on reading and writing meanwhile. To
// is there only when the copy is complete, checked and on the disk; it can be read by
// its owner alone. The errors are those of Take and Check.
//
// The copy is made by VACUUM INTO and not by SQLite's backup API: both read one
// snapshot beside the writers, but only the former leaves out the pages that deleted
// rows were on, reads every row on its way, and gives a file without a log beside it.
func Make(ctx context.Context, o Options) (Facts, error) {
	if same(o.From, o.To) {
		return Facts{}, errors.New("a database cannot be copied onto itself")
	}
	place, err := Take(ctx, o.To, o.Replace)
	if err != nil {
		return Facts{}, err
	}
	defer func() { _ = place.Close() }() // after Put there is nothing to do
	if err := place.Fill(ctx, o.From); err != nil {
		return Facts{}, err
	}
	facts, err := Check(ctx, place.File())
	if err != nil {
		return Facts{}, fmt.Errorf("the copy: %w", err)
	}
	return facts, place.Put()
}

// same tells whether two names lead to one file.
func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
