package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the driver that the server uses, as it is

	"rehearse.dev/internal/store"
)

// baseline is what the server is compared with: the same file with the same
// settings (see internal/store/dsn.go) through database/sql and prepared
// statements, scanned into structs, without any edge around it.
type baseline struct {
	read, write              *sql.DB
	list, listWide, one      *sql.Stmt
	templates, templatesByID *sql.Stmt
	writer                   *rawWriter
}

const (
	readSettings  = "?_busy_timeout=5000&_fk=1&_query_only=1&_mutex=no"
	writeSettings = "?_busy_timeout=10000&_fk=1&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_mutex=no"
)

func newBaseline(ctx context.Context, path string) (*baseline, error) {
	open := func(settings string, size int) (*sql.DB, error) {
		db, err := sql.Open("sqlite3", "file:"+path+settings)
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(size)
		db.SetMaxIdleConns(size)
		return db, db.PingContext(ctx)
	}
	var b baseline
	var err error
	if b.write, err = open(writeSettings, 1); err != nil {
		return nil, err
	}
	if b.read, err = open(readSettings, store.DefaultReaders); err != nil {
		return nil, errors.Join(err, b.write.Close())
	}
	return &b, nil
}

func (b *baseline) close() error {
	var err error
	if b.writer != nil {
		err = b.writer.conn.Close()
	}
	return errors.Join(err, b.read.Close(), b.write.Close())
}

// pageSize is how many tasks a list shows; one more tells whether there is a next page.
const pageSize = 20

const (
	narrowColumns = "id, space_id, create_time, name, state, creator, template_id"
	wideColumns   = narrowColumns + ", instance_id, create_method, trigger_method, executor, description"
)

// prepare prepares all statements and takes the connection that writes. It comes
// after the data is there.
func (b *baseline) prepare(ctx context.Context) error {
	page := " FROM tasks WHERE NOT is_deleted AND app_id = ? ORDER BY create_time DESC, id DESC LIMIT ?"
	in := strings.TrimSuffix(strings.Repeat("?, ", pageSize), ", ")
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&b.list, "SELECT " + narrowColumns + page},
		{&b.listWide, "SELECT " + wideColumns + page},
		{&b.one, "SELECT " + wideColumns + " FROM tasks WHERE id = ? AND NOT is_deleted"},
		{&b.templates, "SELECT id, space_id, name FROM templates WHERE id IN (" + in + ")"},
		{&b.templatesByID, "SELECT id, space_id, name FROM templates WHERE id = ?"},
	} {
		var err error
		if *s.to, err = b.read.PrepareContext(ctx, s.text); err != nil {
			return fmt.Errorf("prepare %q: %w", s.text, err)
		}
		// A baseline that is slow would make the server look good.
		switch slow, err := b.slow(ctx, s.text); {
		case err != nil:
			return err
		case slow != "":
			return fmt.Errorf("%q has no index: %s", s.text, slow)
		}
	}
	var err error
	b.writer, err = newRawWriter(ctx, b.write)
	return err
}

// fixed are what a plan may read whole, since it does not grow with the data: the rows
// of the statement itself, and SQLite's table of the last ids, one row for each table.
var fixed = regexp.MustCompile(`VALUES CLAUSE$|^SCAN sqlite_sequence$`)

// slow returns the steps of a statement's plan that grow with the data: reading all of
// a table, or sorting.
func (b *baseline) slow(ctx context.Context, text string) (string, error) {
	nulls := make([]any, strings.Count(text, "?"))
	found, err := b.read.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, nulls...)
	if err != nil {
		return "", fmt.Errorf("explain %q: %w", text, err)
	}
	defer found.Close()
	var steps []string
	for found.Next() {
		var id, parent, unused int
		var step string
		if err := found.Scan(&id, &parent, &unused, &step); err != nil {
			return "", err
		}
		if strings.HasPrefix(step, "SCAN ") && !fixed.MatchString(step) || strings.Contains(step, "TEMP B-TREE") {
			steps = append(steps, step)
		}
	}
	return strings.Join(steps, "; "), found.Err()
}
