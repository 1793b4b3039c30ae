package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

func (b *baseline) close() error { return errors.Join(b.read.Close(), b.write.Close()) }

// pageSize is how many tasks a list shows; one more tells whether there is a next page.
const pageSize = 20

const (
	narrowColumns = "id, space_id, create_time, name, state, creator, template_id"
	wideColumns   = narrowColumns + ", instance_id, create_method, trigger_method, executor, description"
)

// prepare prepares the reads. It comes after the data, whose tables it needs.
func (b *baseline) prepare(ctx context.Context) error {
	page := " FROM tasks WHERE app_id = ? AND is_deleted = 0 ORDER BY create_time DESC, id DESC LIMIT ?"
	in := strings.TrimSuffix(strings.Repeat("?, ", pageSize), ", ")
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&b.list, "SELECT " + narrowColumns + page},
		{&b.listWide, "SELECT " + wideColumns + page},
		{&b.one, "SELECT " + wideColumns + " FROM tasks WHERE id = ? AND is_deleted = 0"},
		{&b.templates, "SELECT id, space_id, name FROM templates WHERE id IN (" + in + ")"},
		{&b.templatesByID, "SELECT id, space_id, name FROM templates WHERE id = ?"},
	} {
		var err error
		if *s.to, err = b.read.PrepareContext(ctx, s.text); err != nil {
			return fmt.Errorf("prepare %q: %w", s.text, err)
		}
	}
	return nil
}
