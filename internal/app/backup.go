package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/internal/store/backup"
)

// BackupCmd is "rehearse backup": a copy of the database while servers use it.
type BackupCmd struct {
	Database
	To    string `required:"" placeholder:"FILE" help:"The file to write. It appears when it is complete."`
	Force bool   `help:"Replace the file if it is there."`
}

// Run makes the copy, checks it and tells what is in it.
func (c *BackupCmd) Run(ctx context.Context, out Streams) error {
	if err := c.mustBeFile("PostgreSQL is backed up with pg_dump: see docs/operations.md"); err != nil {
		return err
	}
	if err := c.exists(); err != nil {
		return err
	}
	facts, err := backup.Make(ctx, backup.Options{From: c.DB, To: c.To, Replace: c.Force})
	if err != nil {
		return explainBackup("to", err)
	}
	if err := tell(out.Out, c.To, facts); err != nil {
		return err
	}
	ids, err := sealedIn(ctx, c.To)
	switch {
	case err != nil:
		return err
	case len(ids) == 0:
		_, err = fmt.Fprintln(out.Out, "nothing in it is sealed")
	default:
		_, err = fmt.Fprintf(out.Out, "sealed with %s, which is not in it: without that key its credentials are lost; keep a copy of %s, apart from the backup\n",
			named("key", ids), c.keyPlace())
	}
	return err
}

// mustBeFile refuses a database that is not an SQLite file, with what to do instead.
func (d Database) mustBeFile(instead string) error {
	if !d.inFile() {
		return refuse("db", fmt.Errorf("this takes an SQLite file; %s", instead))
	}
	return nil
}

// keyPlace is where the keys are kept, for people.
func (d Database) keyPlace() string {
	if from := d.keySource(); !from.InFile() {
		return "the secret in the environment"
	}
	return d.keyFile()
}

// explainBackup tells how to get around what was refused.
func explainBackup(flag string, err error) error {
	switch {
	case errors.Is(err, backup.ErrExists):
		return about(flag, fmt.Errorf("%w; --force replaces it", err))
	case errors.Is(err, backup.ErrInUse):
		return about(flag, err)
	}
	return err
}

// tell says what a file holds.
func tell(out io.Writer, path string, f backup.Facts) error {
	_, err := fmt.Fprintf(out, "%s: %s, %s, schema %d; pages, indexes and references agree\n", path, size(f.Bytes), some(f.Tasks, "task"), f.Schema)
	return err
}

// sealedIn lists the keys that anything in a file is sealed with.
func sealedIn(ctx context.Context, path string) (ids []string, err error) {
	db, err := backup.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return sealedBy(ctx, ent.NewClient(ent.Driver(entsql.OpenDB(dialect.SQLite, db))))
}

// some is a number of things.
func some(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// named is a list of things that have names.
func named(thing string, names []string) string {
	if len(names) > 1 {
		thing += "s"
	}
	return thing + " " + strings.Join(names, ", ")
}

// size is a number of bytes in the unit that people read.
func size(n int64) string {
	const step = 1000
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	v := float64(n)
	for v >= step && len(units) > 1 {
		v, units = v/step, units[1:]
	}
	if units[0] == "bytes" {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[0])
}
