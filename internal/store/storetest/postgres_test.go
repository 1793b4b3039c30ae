package storetest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

func TestNamesTellWhenADatabaseWasMade(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 3, 4, 5, 6, time.UTC)
	name := newName(now)
	if at, ok := madeAt(name); !ok || !at.Equal(now.Truncate(time.Second)) || name == newName(now) {
		t.Errorf("%s was made at %v, %v", name, at, ok)
	}
	for _, other := range []string{"postgres", testPrefix, testPrefix + "0123456789abcdef", "x" + name, "20261122030405_x"} {
		if at, ok := madeAt(other); ok {
			t.Errorf("%s was made at %v", other, at)
		}
	}
}

func TestWhatKilledTestsLeftIsSwept(t *testing.T) {
	t.Parallel()
	Postgres(t)
	ctx := t.Context()
	admin, err := pgx.Connect(ctx, os.Getenv(Variable))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	left, running := newName(time.Now().Add(-stale-time.Second)), newName(time.Now())
	for _, name := range []string{left, running} {
		t.Cleanup(func() { drop(t, os.Getenv(Variable), name) })
		if _, err := admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(ctx, admin, time.Now()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{left: false, running: true} {
		var there bool
		if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there != want {
			t.Errorf("%s is there: %v, %v", name, there, err)
		}
	}
}

// TestManyDatabasesAreMadeAtOnce is what go test ./... does.
func TestManyDatabasesAreMadeAtOnce(t *testing.T) {
	t.Parallel()
	Postgres(t)
	const n = 12
	names := make([]string, n)
	var g errgroup.Group
	start := time.Now()
	for i := range n {
		g.Go(func() error {
			names[i] = Database(t)
			conn, err := pgx.Connect(t.Context(), names[i])
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close(t.Context()) }()
			_, err = conn.Exec(t.Context(), "INSERT INTO apps (create_time, code, secret_digest, superuser) VALUES (now(), 'a', '', false)")
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d databases in %v", n, time.Since(start))
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	if len(seen) != n {
		t.Error(fmt.Sprint("some are the same: ", names))
	}
}

func BenchmarkDatabase(b *testing.B) {
	if !OnPostgres() {
		b.Skip("no PostgreSQL: " + Variable + " is not set")
	}
	for b.Loop() {
		b.StopTimer()
		Database(b) // the first makes the template
		b.StartTimer()
		Database(b)
	}
}
