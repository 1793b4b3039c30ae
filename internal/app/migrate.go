package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/migration"
)

// MigrateCmd is "rehearse migrate". Killed at any moment it leaves a database with
// which the next one goes on.
type MigrateCmd struct {
	Database
	Check bool `help:"Change nothing; the exit code is 1 unless the schema is up to date."`
}

// Run brings the schema of the database up to date, and prints each step and the
// version.
func (c *MigrateCmd) Run(ctx context.Context, out Streams) error {
	if c.keyFile() == c.DB {
		return refuse("db", errors.New("a name that ends in .key is for the file of the key"))
	}
	version := migration.Latest(c.dialect())
	if c.Check {
		if err := explainSchema(store.CheckSchema(ctx, c.DB)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out.Out, "version %d, up to date\n", version)
		return err
	}
	steps := 0
	err := explainSchema(store.Migrate(ctx, c.DB, func(s migration.Step) {
		steps++
		_, _ = fmt.Fprintln(out.Out, s)
	}))
	if err != nil {
		return err
	}
	if steps == 0 {
		_, err = fmt.Fprintf(out.Out, "version %d, it was up to date\n", version)
	} else {
		_, err = fmt.Fprintf(out.Out, "version %d, up to date\n", version)
	}
	return err
}

// dialect is that of the database, as store tells them apart.
func (d Database) dialect() string {
	if strings.Contains(d.DB, "://") {
		return dialect.Postgres
	}
	return dialect.SQLite
}

// explainSchema names the flag that the error is about.
func explainSchema(err error) error {
	switch {
	case err == nil:
		return nil
	case fault.CodeOf(err) == fault.CodeInvalid:
		return refuse("db", err)
	}
	return about("db", err)
}
