package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rehearse.dev/ent/migrate"
	"rehearse.dev/internal/store"
)

// templateLock is the advisory lock of whoever makes the template.
const templateLock = 7310868735423801

// template is made once for each process; its name changes with the schema, so that
// processes of other revisions have their own.
var template = struct {
	sync.Mutex
	name string
}{}

// cloneTemplate makes a database out of one that has the schema already, which takes a
// fraction of the time that migrating takes.
func cloneTemplate(t testing.TB, server string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*time.Minute)
	defer cancel()
	admin, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to %s: %v", Variable, err)
	}
	defer func() { _ = admin.Close(ctx) }()
	from, err := ensureTemplate(ctx, admin, server)
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	name := "rehearse_test_" + hex.EncodeToString(random[:])
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		t.Fatalf("make the test database: %v", err)
	}
	t.Cleanup(func() { drop(t, server, name) })
	return named(server, name)
}

func drop(t testing.TB, server, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	admin, err := pgx.Connect(ctx, server)
	if err == nil {
		_, err = admin.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		_ = admin.Close(ctx)
	}
	if err != nil {
		t.Errorf("drop the test database: %v", err)
	}
}

// ensureTemplate makes the template, unless this or another process has. It is made
// under another name, so that a half-made one is not taken for it.
func ensureTemplate(ctx context.Context, admin *pgx.Conn, server string) (string, error) {
	template.Lock()
	defer template.Unlock()
	if template.name != "" {
		return template.name, nil
	}
	name := "rehearse_template_" + fingerprint()
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return "", err
	}
	defer func() { _, _ = admin.Exec(ctx, "SELECT pg_advisory_unlock($1)", templateLock) }()
	var there bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil {
		return "", err
	}
	if there {
		template.name = name
		return name, nil
	}
	making := name + "_making"
	for _, text := range []string{"DROP DATABASE IF EXISTS " + making + " WITH (FORCE)", "CREATE DATABASE " + making} {
		if _, err := admin.Exec(ctx, text); err != nil {
			return "", err
		}
	}
	s, err := store.Open(ctx, store.Options{DSN: named(server, making), Migrate: true})
	if err != nil {
		return "", err
	}
	if err := s.Close(); err != nil {
		return "", err
	}
	if _, err := admin.Exec(ctx, "ALTER DATABASE "+making+" RENAME TO "+name); err != nil {
		return "", err
	}
	template.name = name
	return name, nil
}

// fingerprint tells schemas apart.
func fingerprint() string {
	var all strings.Builder
	for _, table := range migrate.Tables {
		fmt.Fprintln(&all, table.Name)
		for _, c := range table.Columns {
			fmt.Fprintln(&all, c.Name, c.Type, c.Nullable, c.Unique, c.Size, c.Default, c.Enums)
		}
		for _, i := range table.Indexes {
			fmt.Fprintln(&all, i.Name, i.Unique, len(i.Columns))
		}
	}
	sum := sha256.Sum256([]byte(all.String()))
	return hex.EncodeToString(sum[:6])
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
