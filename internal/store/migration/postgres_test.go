package migration

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sync/errgroup"
)

// newDatabase makes a database of its own on the PostgreSQL of TEST_DATABASE_URL.
func newDatabase(t testing.TB) *pgxpool.Pool {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Skip("no PostgreSQL: TEST_DATABASE_URL is not set; scripts/postgres run go test ./... sets it")
	}
	name := strings.ToLower("rehearse_migration_" + rand.Text())
	admin := func(text string) {
		ctx := context.WithoutCancel(t.Context())
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close(ctx) }()
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	admin("CREATE DATABASE " + name)
	of, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	of.Path = "/" + name
	pool := openPool(t, of.String())
	t.Cleanup(func() {
		pool.Close()
		admin("DROP DATABASE " + name + " WITH (FORCE)")
	})
	return pool
}

// openPool opens connections with the impatience of a server.
func openPool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		config.ConnConfig.RuntimeParams[name] = "300"
	}
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return pool
}

func run(t testing.TB, pool *pgxpool.Pool, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := pool.Exec(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

func TestANewDatabaseGetsTheSchemaAndTheQueue(t *testing.T) {
	t.Parallel()
	pool := newDatabase(t)
	m := Postgres(pool)
	wantKind(t, m.Check(t.Context()), Empty)
	steps := up(t, m)
	ours := len(m.source.files)
	if len(steps) <= ours || steps[ours-1].Version != Latest(dialect.Postgres) || steps[ours-1].Queue {
		t.Fatalf("applied %v", steps)
	}
	if queue := steps[ours]; !queue.Queue || queue.Version != 1 || !strings.HasPrefix(queue.String(), "river 1 create river migration (") {
		t.Errorf("the first step of the queue is %v", queue)
	}
	if err := m.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if again := up(t, m); again != nil {
		t.Errorf("applied once more: %v", again)
	}
}

// TestManyMigrateAtOnce: each waits longer than its pool lets a statement take.
func TestManyMigrateAtOnce(t *testing.T) {
	t.Parallel()
	pool := newDatabase(t)
	source := with(t, dialect.Postgres, map[string]string{
		"0002_slow.sql": "SELECT pg_sleep(1);\nINSERT INTO apps (create_time, code, secret_digest) VALUES (now(), 'once', '');",
	})
	var g errgroup.Group
	for range 4 {
		m := Postgres(pool)
		m.source = source
		g.Go(func() error { return m.Up(t.Context(), nil) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM apps").Scan(&n); err != nil || n != 1 {
		t.Errorf("the second migration was applied %d times, %v", n, err)
	}
	// A lock ends with its session, which ends soon after its connection.
	locks := 1
	for limit := time.Now().Add(10 * time.Second); locks > 0 && time.Now().Before(limit); {
		err := pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&locks)
		if err != nil {
			t.Fatal(err)
		}
	}
	if locks != 0 {
		t.Errorf("%d locks are left", locks)
	}
}

func TestADatabaseOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	pool := newDatabase(t)
	m := Postgres(pool)
	up(t, m)
	for name, test := range map[string]struct {
		change, undo string
		kind         Kind
		text         string
	}{
		"Newer": {
			"INSERT INTO schema_versions (version_id, is_applied) SELECT max(version_id) + 1, true FROM schema_versions",
			"DELETE FROM schema_versions WHERE version_id = (SELECT max(version_id) FROM schema_versions)",
			Newer, "this server is older than its database: upgrade it, or restore a backup",
		},
		"Gap": {
			"UPDATE schema_versions SET version_id = 70 WHERE version_id = 1",
			"UPDATE schema_versions SET version_id = 1 WHERE version_id = 70",
			Foreign, "version 1 is not",
		},
		"OtherVersions": {
			"ALTER TABLE schema_versions RENAME version_id TO v", "ALTER TABLE schema_versions RENAME v TO version_id",
			Foreign, "is not ours",
		},
		"NoVersions": {
			"ALTER TABLE schema_versions RENAME TO v", "ALTER TABLE v RENAME TO schema_versions",
			Foreign, "the database has a table apps that no migration made",
		},
		"NewerQueue": {
			"INSERT INTO river_migration (line, version) VALUES ('main', 999)", "DELETE FROM river_migration WHERE version = 999",
			Newer, "the tables of River, the queue, have version 999",
		},
		"NoQueue": {
			"ALTER TABLE river_job RENAME TO v", "ALTER TABLE v RENAME TO river_job",
			Broken, "the table river_job of River, the queue, is gone",
		},
	} {
		t.Run(name, func(t *testing.T) { // in turn: a database is dear to make
			run(t, pool, test.change)
			for _, err := range []error{m.Check(t.Context()), m.Up(t.Context(), nil)} {
				if miss := wantKind(t, err, test.kind); !strings.Contains(miss.Error(), test.text) {
					t.Errorf("says %q", miss)
				}
			}
			run(t, pool, test.undo)
			if err := m.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnOlderQueueIsBroughtUp(t *testing.T) {
	t.Parallel()
	pool := newDatabase(t)
	m := Postgres(pool)
	up(t, m)
	queue, err := newQueue(pool)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := queue.Migrate(t.Context(), rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{MaxSteps: 2}); err != nil {
		t.Fatal(err)
	}
	miss := wantKind(t, m.Check(t.Context()), Older)
	if !strings.Contains(miss.Error(), "the tables of River, the queue, are older") || !strings.Contains(miss.Error(), "run `rehearse migrate --db …`") {
		t.Errorf("says %q", miss)
	}
	if steps := up(t, m); len(steps) != 2 || !steps[0].Queue {
		t.Errorf("applied %v", steps)
	}
	if err := m.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestASecondRunFinishesOnPostgres: the connection is cut in the middle of a step.
func TestASecondRunFinishesOnPostgres(t *testing.T) {
	t.Parallel()
	pool := newDatabase(t)
	m := Postgres(pool)
	cut := "CREATE TABLE half (id int);\nSELECT pg_terminate_backend(pg_backend_pid());\nCREATE TABLE rest (id int);"
	m.source = with(t, dialect.Postgres, map[string]string{"0002_cut.sql": cut})
	if err := m.Up(t.Context(), nil); err == nil {
		t.Fatal("a session that was ended went on")
	}
	if miss := wantKind(t, m.Check(t.Context()), Older); miss.Have != 1 || miss.Want != 2 {
		t.Errorf("has %d of %d", miss.Have, miss.Want)
	}
	m.source = with(t, dialect.Postgres, map[string]string{"0002_cut.sql": "CREATE TABLE half (id int);"})
	steps := up(t, m)
	if len(steps) < 2 || steps[0].Version != 2 || !steps[1].Queue {
		t.Errorf("applied %v", steps)
	}
}

// TestAStepDoesNotWaitForATableForEver: it would keep everybody else waiting meanwhile.
func TestAStepDoesNotWaitForATableForEver(t *testing.T) {
	t.Parallel()
	pool, err := patient(t.Context(), newDatabase(t).Config())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for name, want := range map[string]string{
		"lock_timeout": "10s", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0",
	} {
		var got string
		if err := pool.QueryRow(t.Context(), "SHOW "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v", name, got, err)
		}
	}
}
