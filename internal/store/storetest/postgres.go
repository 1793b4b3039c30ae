package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/migration"
)

// template is made once for each process; its name changes with the migrations, so that
// processes of other revisions have their own.
var template = struct {
	sync.Mutex
	name, clone string // clone is the text that makes a database of it, with a %s
}{}

// cloneTemplate makes a database out of one that has the schema already, which takes a
// fraction of the time that migrating takes.
func cloneTemplate(t testing.TB, server string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	admin, giveBack, err := connectAdmin(ctx, server)
	if err != nil {
		t.Fatalf("connect to %s: %v", Variable, err)
	}
	defer giveBack()
	clone, err := ensureTemplate(ctx, admin, server)
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	name := newName(time.Now())
	if err := insist(ctx, admin, fmt.Sprintf(clone, name)); err != nil {
		t.Fatalf("make the test database: %v", err)
	}
	t.Cleanup(func() { drop(t, server, name) })
	return named(server, name)
}

func drop(t testing.TB, server, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	admin, giveBack, err := connectAdmin(ctx, server)
	if err == nil {
		_, err = admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		giveBack()
	}
	if err != nil {
		t.Errorf("drop the test database: %v", err)
	}
}

// admins are connections that make and drop databases. They are kept until the process
// ends: a password is made to take long to check. None of them has a goroutine.
var admins = make(chan *pgx.Conn, 4)

// connectAdmin lends a connection.
func connectAdmin(ctx context.Context, server string) (admin *pgx.Conn, giveBack func(), err error) {
	select {
	case admin = <-admins:
	default:
		if admin, err = pgx.Connect(ctx, server); err != nil {
			return nil, nil, err
		}
	}
	return admin, func() {
		if !admin.IsClosed() {
			select {
			case admins <- admin:
				return
			default:
			}
		}
		_ = admin.Close(context.WithoutCancel(ctx))
	}, nil
}

// insist runs a statement that makes a database, again while PostgreSQL says that
// somebody uses the one that is copied, such as autovacuum or whoever made it.
func insist(ctx context.Context, admin *pgx.Conn, text string) error {
	const objectInUse = "55006"
	for {
		_, err := admin.Exec(ctx, text)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != objectInUse {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// templateLock is the advisory lock of whoever makes the template.
const templateLock = 7310868735423801

// ensureTemplate makes the template, unless this or another process has. It is made
// under another name, so that a half-made one is not taken for it.
func ensureTemplate(ctx context.Context, admin *pgx.Conn, server string) (clone string, err error) {
	template.Lock()
	defer template.Unlock()
	if template.name != "" {
		return template.clone, nil
	}
	name := "rehearse_template_" + migration.Sum(dialect.Postgres)[:12]
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return "", err
	}
	defer func() { _, _ = admin.Exec(ctx, "SELECT pg_advisory_unlock($1)", templateLock) }()
	if err := sweep(ctx, admin, time.Now()); err != nil {
		return "", fmt.Errorf("drop what killed tests left behind: %w", err)
	}
	var there bool
	var version int
	look := "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1), current_setting('server_version_num')::int"
	if err := admin.QueryRow(ctx, look, name).Scan(&there, &version); err != nil {
		return "", err
	}
	if !there {
		if err := makeTemplate(ctx, admin, server, name); err != nil {
			return "", err
		}
	}
	template.name, template.clone = name, "CREATE DATABASE %s TEMPLATE "+name
	if version >= 150_000 { // the only way before; the new one writes everything twice
		template.clone += " STRATEGY file_copy"
	}
	return template.clone, nil
}

func makeTemplate(ctx context.Context, admin *pgx.Conn, server, name string) error {
	making := name + "_making"
	for _, text := range []string{"DROP DATABASE IF EXISTS " + making + " WITH (FORCE)", "CREATE DATABASE " + making} {
		if err := insist(ctx, admin, text); err != nil {
			return err
		}
	}
	if err := store.Migrate(ctx, named(server, making), nil); err != nil {
		return err
	}
	return insist(ctx, admin, "ALTER DATABASE "+making+" RENAME TO "+name)
}

// Test databases have the moment of their making in their names, because PostgreSQL
// keeps none.
const (
	testPrefix = "rehearse_test_"
	nameTime   = "20060102150405"
	// stale is the age at which the test of a database has ended, one way or another.
	stale = time.Hour
)

func newName(now time.Time) string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	return testPrefix + now.UTC().Format(nameTime) + "_" + hex.EncodeToString(random[:])
}

// madeAt reads a name.
func madeAt(name string) (time.Time, bool) {
	text, _, _ := strings.Cut(strings.TrimPrefix(name, testPrefix), "_")
	at, err := time.Parse(nameTime, text)
	return at, err == nil && strings.HasPrefix(name, testPrefix)
}

// sweep drops the databases of tests that were killed before they could.
func sweep(ctx context.Context, admin *pgx.Conn, now time.Time) error {
	rows, err := admin.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", testPrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if at, ok := madeAt(name); !ok || now.Sub(at) < stale {
			continue
		}
		if _, err := admin.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

// named is the URL of another database of the same server.
func named(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // connecting to it has told
	}
	u.Path = "/" + database
	return u.String()
}
