package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"

	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/store/backup"
	"rehearse.dev/internal/store/transfer"
)

// CopyCmd is "rehearse copy": it moves an installation from a file to PostgreSQL.
type CopyCmd struct {
	From string `default:"rehearse.db" placeholder:"FILE" help:"The SQLite file, ${default} if not given. Its server must be stopped."`
	To   string `required:"" placeholder:"URL" help:"The PostgreSQL database: postgres://USER@HOST/NAME. It must be migrated and empty."`
}

// Run moves every row, or none, and tells what is left to do.
func (c *CopyCmd) Run(ctx context.Context, out Streams) error {
	source, target := Database{DB: c.From}, Database{DB: c.To}
	if !source.inFile() {
		return refuse("from", errors.New("this takes an SQLite file; PostgreSQL databases are copied with pg_dump"))
	}
	if u, err := url.Parse(c.To); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return refuse("to", errors.New("this takes the URL of a PostgreSQL database: postgres://USER@HOST/NAME"))
	}
	tables, err := transfer.Run(ctx, transfer.Options{From: c.From, To: c.To, Moved: func(t transfer.Table) {
		_, _ = fmt.Fprintf(out.Out, "%-18s %s\n", t.Name, some(int(t.Rows), "row")) // who does not listen misses nothing
	}})
	if err != nil {
		return explainCopy(err)
	}
	rows := 0
	for _, t := range tables {
		rows += int(t.Rows)
	}
	_, err = fmt.Fprintf(out.Out, "%s of %s in %s are the same in %s: each was read back and compared\n",
		some(rows, "row"), some(len(tables), "table"), c.From, target.shown())
	return errors.Join(err, c.tellNext(ctx, out.Out, source))
}

// tellNext says what the move could not do.
func (c *CopyCmd) tellNext(ctx context.Context, out io.Writer, source Database) error {
	ids, err := sealedIn(ctx, c.From)
	if err != nil {
		return err
	}
	lines := []string{"- do not start a server on " + c.From + " again: both would go on with the same tasks"}
	if len(ids) > 0 {
		lines = append(lines, fmt.Sprintf("- give the servers of PostgreSQL %s, which is not in the database: %s as --key-file or in %s",
			named("key", ids), source.keyPlace(), seal.Variable))
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

// explainCopy names the flag that an error is about.
func explainCopy(err error) error {
	var full *transfer.NotEmptyError
	switch {
	case errors.Is(err, transfer.ErrURL):
		return refuse("to", err)
	case errors.As(err, &full):
		return about("to", fmt.Errorf("%w; make a new database, and run rehearse migrate --db on it", err))
	case errors.Is(err, backup.ErrInUse), errors.Is(err, backup.ErrDamaged), errors.Is(err, fs.ErrNotExist):
		return about("from", err)
	}
	return err
}
