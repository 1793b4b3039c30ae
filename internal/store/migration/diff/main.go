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
	sum := flag.Bool("sum", false, "write no migration: put the checksums right after an edit")
	flag.Parse()
	var err error
	if *sum {
		err = writeSums(*folder)
	} else {
		err = run(context.Background(), *folder, flag.Arg(0), os.Getenv("TEST_DATABASE_URL"), os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "diff:", err)
		os.Exit(1)
	}
}

// dialects are the folders, and what opens an empty database for each.
var dialects = []struct {
	name string
	open func(ctx context.Context, server string) (*entsql.Driver, func() error, error)
}{{"sqlite", openSQLite}, {"postgres", openPostgres}}

var slug = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// run writes a file for each dialect, under one number, unless there is nothing to do
// for any of them.
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
	var same []string
	for _, d := range dialects {
		drv, closing, err := d.open(ctx, server)
		if err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
		err = write(ctx, drv, filepath.Join(folder, d.name), file)
		switch err := errors.Join(err, closing()); {
		case errors.Is(err, migrate.ErrNoPlan):
			same = append(same, d.name)
		case err != nil:
			return fmt.Errorf("%s: %w", d.name, err)
		default:
			_, _ = fmt.Fprintln(out, "read and commit", filepath.Join(folder, d.name, file))
		}
	}
	if len(same) == len(dialects) {
		_, err := fmt.Fprintln(out, "nothing has changed")
		return err
	}
	for _, name := range same {
		if err := writeNothing(filepath.Join(folder, name), file); err != nil {
			return fmt.Errorf("%s: %w", name, err)
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

// writeNothing writes a migration that takes a number only.
func writeNothing(folder, file string) error {
	dir, err := sqltool.NewGooseDir(folder)
	if err != nil {
		return err
	}
	if err := dir.WriteFile(file, []byte("-- +goose Up\n-- nothing: this change is one of the other dialect\n")); err != nil {
		return err
	}
	return writeSum(dir)
}

// writeSums is for migrations that were edited before they were committed.
func writeSums(folder string) error {
	for _, d := range dialects {
		dir, err := sqltool.NewGooseDir(filepath.Join(folder, d.name))
		if err != nil {
			return err
		}
		if err := writeSum(dir); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	return nil
}

func writeSum(dir migrate.Dir) error {
	sum, err := dir.Checksum()
	if err != nil {
		return err
	}
	return migrate.WriteSumFile(dir, sum)
}
