package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// openCluster opens a PostgreSQL database of the test's own, or one that has a name.
func openCluster(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	if o.DSN == "" {
		o.DSN = storetest.Postgres(t)
	}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// backends counts the connections to the database of a store, its own among them, of
// the kind that a condition on pg_stat_activity names.
func backends(t *testing.T, c *pgx.Conn, where string) (n int) {
	t.Helper()
	query := "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND " + where
	if err := c.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Errorf("look at the connections: %v", err)
	}
	return n
}

// beside is a connection to a database that no store knows of.
func beside(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	return c
}

// until waits for a condition.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(far); !met(); {
		if time.Now().After(deadline) {
			t.Errorf("waited %v for %s", far, what)
			return
		}
	}
}

func awaitStatement(t *testing.T, s *store.Store, like string) {
	t.Helper()
	until(t, like, func() bool {
		var n int
		err := s.Pool().QueryRow(t.Context(),
			"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE $1", like).Scan(&n)
		return err != nil || n > 0
	})
}

func nothing(context.Context, *ent.Tx) error { return nil }

func TestPoolsKeepTheirSize(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	const writers, readers = 3, 2
	s := openCluster(t, store.Options{DSN: dsn, Writers: writers, Readers: readers})
	c := beside(t, dsn)
	var g errgroup.Group
	var running atomic.Int64
	running.Add(40)
	for i := range 40 {
		g.Go(func() error {
			defer running.Add(-1)
			for r := range 5 {
				err := s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
					if err := insertApp(ctx, tx, fmt.Sprint(i, "-", r)); err != nil {
						return err
					}
					_, err := s.Read.App.Query().Count(ctx) // while it holds one that writes
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	most := 0
	until(t, "the transactions", func() bool {
		most = max(most, backends(t, c, "true"))
		return running.Load() == 0
	})
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if most > writers+readers || most < 2 {
		t.Errorf("%d connections, want up to %d", most, writers+readers)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "all connections to end", func() bool { return backends(t, c, "true") == 0 })
}

// TestThoseWhoWaitHoldNoConnection has a hundred transactions that wait for their turn,
// in a pool of two.
func TestThoseWhoWaitHoldNoConnection(t *testing.T) {
	t.Parallel()
	s := openCluster(t, store.Options{Writers: 2, Readers: 1})
	const n = 100
	var g errgroup.Group
	err := s.InTx(t.Context(), func(context.Context, *ent.Tx) error {
		for i := range n {
			g.Go(func() error {
				return s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, fmt.Sprint("w", i)) })
			})
		}
		until(t, "all to wait", func() bool { return store.Waiting(s) == n })
		ctx, cancel := context.WithTimeout(t.Context(), far)
		defer cancel()
		for i := range 10 {
			if err := s.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, fmt.Sprint("g", i)) }); err != nil {
				t.Errorf("guarded: %v", err)
			}
			if err := s.Ready(ctx); err != nil {
				t.Error(err)
			}
		}
		if used := s.Pool().Stat().AcquiredConns(); used != 1 {
			t.Errorf("%d connections are in use", used)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := countApps(t, s); got != n+10 {
		t.Errorf("%d rows of %d", got, n+10)
	}
}

// TestWaitingForAnotherServerEnds: with the context, or with our patience.
func TestWaitingForAnotherServerEnds(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	a := openCluster(t, store.Options{DSN: dsn})
	b := openCluster(t, store.WithTimes(store.Options{DSN: dsn}, 300*time.Millisecond, far))
	err := a.InTx(t.Context(), func(context.Context, *ent.Tx) error {
		start := time.Now()
		if err := b.InTx(t.Context(), nothing); fault.CodeOf(err) != fault.CodeExhausted {
			t.Errorf("our patience: %v (%s)", err, fault.CodeOf(err))
		}
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- b.InTx(ctx, nothing) }()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) || fault.As(err) != nil {
			t.Errorf("the caller's: %v", err)
		}
		if took := time.Since(start); took > far/2 {
			t.Errorf("it took %v", took)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.InTx(t.Context(), nothing); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestSettingsOfTheDatabaseDoNotMatter: somebody has set them for other programs.
func TestSettingsOfTheDatabaseDoNotMatter(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	c := beside(t, dsn)
	for _, setting := range []string{
		"default_transaction_isolation = 'serializable'", "default_transaction_read_only = on", "timezone = 'Asia/Shanghai'",
		"statement_timeout = '300ms'", "lock_timeout = '300ms'", "idle_in_transaction_session_timeout = '300ms'", "DateStyle = 'German'", "bytea_output = 'escape'",
	} {
		do := "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET ' || " + "'" + strings.ReplaceAll(setting, "'", "''") + "'" + ", current_database()); END $$"
		if _, err := c.Exec(t.Context(), do); err != nil {
			t.Fatal(err)
		}
	}
	a, b := openCluster(t, store.Options{DSN: dsn}), openCluster(t, store.Options{DSN: dsn})
	err := a.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if n, err := tx.App.Query().Count(ctx); err != nil || n != 0 {
			t.Errorf("%d rows, %v", n, err)
		}
		row := addApp(t, b, "meanwhile")
		// Each statement sees what was committed before it.
		seen, err := tx.App.Query().Where(app.Code("meanwhile")).Only(ctx)
		if err != nil {
			return err
		}
		if !seen.CreateTime.Equal(row.CreateTime.Truncate(time.Microsecond)) || seen.CreateTime.Location() != time.UTC || string(seen.SecretDigest) != "digest" {
			t.Errorf("read %v", seen)
		}
		return tx.App.Update().SetSuperuser(true).Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Read.App.Delete().Exec(t.Context()); err == nil {
		t.Error("the read client writes")
	}
	for what, client := range map[string]*ent.Client{"read": a.Read, "write": a.Write} {
		for name, want := range map[string]string{"statement_timeout": "10s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "5s"} {
			if got := show(t, client, name); got != want {
				t.Errorf("%s of sessions that %s is %s, want %s", name, what, got, want)
			}
		}
	}
}

// show returns a setting of a client's session.
func show(t *testing.T, client *ent.Client, name string) (value string) {
	t.Helper()
	rows, err := client.QueryContext(t.Context(), "SHOW "+name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestOneOfTwoThatLockEachOtherIsExhausted: PostgreSQL finds it out after a second.
func TestOneOfTwoThatLockEachOtherIsExhausted(t *testing.T) {
	t.Parallel()
	s := openCluster(t, store.Options{})
	addApp(t, s, "a")
	addApp(t, s, "b")
	touch := func(ctx context.Context, tx *ent.Tx, code string) error {
		return tx.App.Update().Where(app.Code(code)).SetSuperuser(true).Exec(ctx)
	}
	met := make(chan struct{}, 2)
	errs := make(chan error, 2)
	meet := make(chan struct{})
	for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		go func() {
			errs <- s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				err := touch(ctx, tx, order[0])
				met <- struct{}{}
				<-meet
				return errors.Join(err, touch(ctx, tx, order[1]))
			})
		}()
	}
	<-met
	<-met
	close(meet)
	first, second := <-errs, <-errs
	if (first == nil) == (second == nil) {
		t.Errorf("%v and %v", first, second)
	}
	if err := errors.Join(first, second); fault.CodeOf(err) != fault.CodeExhausted {
		t.Errorf("%v (%s)", err, fault.CodeOf(err))
	}
}

func TestPgxTxIsTheTransaction(t *testing.T) {
	t.Parallel()
	s := openCluster(t, store.Options{})
	if _, ok := store.PgxTx(t.Context()); ok {
		t.Error("there is one outside")
	}
	insert := func(ctx context.Context, code string) error {
		tx, ok := store.PgxTx(ctx)
		if !ok {
			return errors.New("there is none")
		}
		_, err := tx.Exec(ctx, "INSERT INTO apps (create_time, code, secret_digest, superuser) VALUES (now(), $1, '', false)", code)
		return err
	}
	refused := errors.New("refused")
	var ended []context.Context
	for name, run := range map[string]func(context.Context, func(context.Context, *ent.Tx) error) error{"InTx": s.InTx, "Guarded": s.Guarded} {
		err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			ended = append(ended, ctx)
			if err := insert(ctx, name); err != nil {
				return err
			}
			if seen, err := tx.App.Query().Where(app.Code(name)).Exist(ctx); err != nil || !seen {
				t.Errorf("%s does not see it: %v", name, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = run(t.Context(), func(ctx context.Context, _ *ent.Tx) error { return errors.Join(insert(ctx, "lost"), refused) })
		if !errors.Is(err, refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, ctx := range ended {
		if _, ok := store.PgxTx(ctx); ok {
			t.Error("there is one after its end")
		}
	}
	if n := countApps(t, s); n != 2 {
		t.Errorf("%d rows", n)
	}
}
