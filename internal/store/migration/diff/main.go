// Command diff writes the next migration of both dialects from what the committed
// migrations make and what ent/schema asks for. It is for developers and no part of
// the product; CONTRIBUTING.md tells when to run it.
//
// It needs TEST_DATABASE_URL, a PostgreSQL in which it may make a database, and knows
// nothing of what the tables are for.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/sqltool"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	entmigrate "rehearse.dev/ent/migrate"
)

func main() {
	folder := flag.String("dir", "internal/store/migration", "the `folder` that holds sqlite and postgres")
	flag.Parse()
	if err := run(context.Background(), *folder, flag.Arg(0), os.Getenv("TEST_DATABASE_URL"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "diff:", err)
		os.Exit(1)
	}
}

var slug = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// run writes one file for each dialect whose schema differs, under one number.
func run(ctx context.Context, folder, name, server string, out io.Writer) error {
	if !slug.MatchString(name) {
		return errors.New("give the migration a name, such as add_owner_to_task")
	}
	if server == "" {
		return errors.New("TEST_DATABASE_URL names no PostgreSQL to compare in")
	}
	next, err := nextNumber(folder)
	if err != nil {
		return err
	}
	file := fmt.Sprintf("%04d_%s.sql", next, name)
	for _, d := range []struct {
		name string
		open func(context.Context, string) (*entsql.Driver, func() error, error)
	}{{"sqlite", openSQLite}, {"postgres", openPostgres}} {
		drv, closing, err := d.open(ctx, server)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		err = write(ctx, drv, filepath.Join(folder, d.name), file)
		switch err := errors.Join(err, closing()); {
		case errors.Is(err, migrate.ErrNoPlan):
			_, _ = fmt.Fprintf(out, "%s: nothing has changed\n", d.name)
		case err != nil:
			return fmt.Errorf("%s: %w", d.name, err)
		default:
			_, _ = fmt.Fprintf(out, "%s: read and commit %s\n", d.name, filepath.Join(folder, d.name, file))
		}
	}
	return nil
}

// nextNumber is one more than the highest number in either folder, so that one
// number means one change whatever the dialect.
func nextNumber(folder string) (int, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.sql"))
	if err != nil {
		return 0, err
	}
	highest := 0
	for _, f := range files {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(f), "%04d_", &n); err != nil {
			return 0, fmt.Errorf("%s has no number: %w", f, err)
		}
		highest = max(highest, n)
	}
	return highest + 1, nil
}

// write replays the folder in the empty database of the driver and writes what is
// missing, with the checksums in atlas.sum.
func write(ctx context.Context, drv dialect.Driver, folder, file string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	dir, err := sqltool.NewGooseDir(folder)
	if err != nil {
		return err
	}
	tables, err := schema.CopyTables(entmigrate.Tables)
	if err != nil {
		return err
	}
	form, err := newFormatter(file, tables)
	if err != nil {
		return err
	}
	m, err := schema.NewMigrate(drv,
		schema.WithDir(dir), schema.WithFormatter(form), schema.WithMigrationMode(schema.ModeReplay),
		// Files are read before they are committed, so they may drop, too.
		schema.WithDropColumn(true), schema.WithDropIndex(true), schema.WithErrNoPlan(true),
	)
	if err != nil {
		return err
	}
	return m.NamedDiff(ctx, file, tables...)
}
