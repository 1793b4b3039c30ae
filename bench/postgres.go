package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/internal/store"
)

// postgres is a PostgreSQL that databases are made in for one run, and dropped again.
type postgres struct {
	url     string
	admin   *pgx.Conn
	master  int    // the process that all its others are children of, 0 if it is not on this machine
	keyFile string // of all servers
	empty   string // a database with nothing but the schema, which the others are copies of
	made    []string
}

func openPostgres(ctx context.Context, dsn, dir string) (_ *postgres, err error) {
	p := &postgres{url: dsn, keyFile: filepath.Join(dir, "servers.key")}
	if err := os.WriteFile(p.keyFile, []byte(random(32)+"\n"), 0o600); err != nil {
		return nil, err
	}
	if p.admin, err = pgx.Connect(ctx, dsn); err != nil {
		return nil, errors.New("no connection to the PostgreSQL that -postgres or TEST_DATABASE_URL names")
	}
	if s, ok := readStat(int(p.admin.PgConn().PID())); ok && strings.HasPrefix(s.name, "postgres") {
		p.master = s.parent
	}
	if p.empty, err = p.database(ctx, "CREATE DATABASE %s"); err == nil {
		err = store.Migrate(ctx, p.named(p.empty), nil)
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// close drops what was made.
func (p *postgres) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var failed []error
	for _, name := range p.made {
		_, err := p.admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		failed = append(failed, err)
	}
	return errors.Join(append(failed, p.admin.Close(ctx))...)
}

// fresh makes a database with the schema and returns its URL.
func (p *postgres) fresh(ctx context.Context) (string, error) {
	name, err := p.database(ctx, "CREATE DATABASE %s TEMPLATE "+p.empty)
	return p.named(name), err
}

func (p *postgres) database(ctx context.Context, text string) (string, error) {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	name := "rehearse_bench_" + hex.EncodeToString(b[:])
	if _, err := p.admin.Exec(ctx, fmt.Sprintf(text, name)); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	p.made = append(p.made, name)
	return name, nil
}

// named is the URL of a database.
func (p *postgres) named(name string) string {
	u, err := url.Parse(p.url)
	if err != nil {
		return p.url // connecting to it has told
	}
	u.Path = "/" + name
	return u.String()
}

// mute has NOTIFY do nothing in a database: a function of the same name is found before
// PostgreSQL's own. So the same program shows what NOTIFY costs.
func (p *postgres) mute(ctx context.Context, dsn string) error {
	db, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	for _, text := range []string{
		"CREATE FUNCTION public.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS 'BEGIN END'",
		"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$",
	} {
		if _, err := db.Exec(ctx, text); err != nil {
			return fmt.Errorf("mute: %w", err)
		}
	}
	return nil
}

// as is a URL whose connections have a name of their own in pg_stat_activity.
func as(dsn, name string) string {
	mark := "?"
	if strings.Contains(dsn, "?") {
		mark = "&"
	}
	return dsn + mark + "application_name=" + name
}

// describe tells what it is and how it is set where that decides what a commit costs.
func (p *postgres) describe(ctx context.Context) (string, error) {
	parts := []string{}
	for _, name := range []string{"server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections"} {
		var value string
		if err := p.admin.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return "", err
		}
		parts = append(parts, name+" "+value)
	}
	return "PostgreSQL: " + strings.Join(parts, ", "), nil
}

// connections is how many connections servers have to a database.
func (p *postgres) connections(ctx context.Context, dsn string) (n int, err error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return 0, err
	}
	err = p.admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'rehearse'",
		strings.TrimPrefix(u.Path, "/")).Scan(&n)
	return n, err
}
