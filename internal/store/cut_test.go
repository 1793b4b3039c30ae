package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// far is a bound that is reached only when something waits that must not.
const far = 30 * time.Second

// proxied is a store whose way to its database may fail, and one beside it whose way
// does not.
type proxied struct {
	proxy  *storetest.Proxy
	s      *store.Store
	direct *store.Store
}

// throughProxy opens both with short times.
func throughProxy(t *testing.T, patience, abandoned time.Duration) proxied {
	t.Helper()
	dsn := storetest.Postgres(t)
	p := storetest.NewProxy(t, dsn)
	open := func(dsn string) *store.Store {
		s, err := store.Open(t.Context(), store.WithTimes(store.Options{DSN: dsn, Writers: 3, Readers: 3}, patience, abandoned))
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("application_name", "cut") // which is left as it is given
	u.RawQuery = query.Encode()
	return proxied{p, open(u.String()), open(dsn)}
}

// recovers waits until the pools have got rid of what the failure spoiled.
func (p proxied) recovers(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), far)
	defer cancel()
	for good := 0; good < 6; { // in a row: more than there are connections
		err := p.s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.Update().SetSuperuser(true).Exec(ctx)
		})
		if err == nil {
			_, err = p.s.Read.App.Query().Count(ctx)
		}
		if ctx.Err() != nil {
			t.Fatalf("the store does not recover: %v", err)
		}
		good++
		if err != nil {
			good = 0
		}
	}
	// What is broken counts as in use until it is closed.
	until(t, "all connections to be given back", func() bool { return p.s.Pool().Stat().AcquiredConns() == 0 })
}

// TestASilentServerLosesItsLocks: what a server leaves open that was cut off is in
// nobody's way for long, though nothing tells PostgreSQL that it has gone.
func TestASilentServerLosesItsLocks(t *testing.T) {
	t.Parallel()
	const abandoned = 400 * time.Millisecond
	p := throughProxy(t, far, abandoned)
	addApp(t, p.direct, "row")
	lock := func(ctx context.Context, tx *ent.Tx) error {
		return tx.App.Update().Where(app.Code("row")).SetSuperuser(true).Exec(ctx)
	}
	type transaction func(context.Context, func(context.Context, *ent.Tx) error) error
	for name, kinds := range map[string][2]transaction{
		"InTx": {p.s.InTx, p.direct.InTx}, "Guarded": {p.s.Guarded, p.direct.Guarded},
	} {
		err := kinds[0](t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			if err := lock(ctx, tx); err != nil {
				return err
			}
			p.proxy.Swallow()
			start := time.Now()
			if err := kinds[1](t.Context(), lock); err != nil {
				t.Errorf("%s of the other server: %v", name, err)
			}
			if took := time.Since(start); took < abandoned/2 || took > far/2 {
				t.Errorf("%s of the other server took %v", name, took)
			}
			p.proxy.Heal()
			return insertApp(ctx, tx, "late")
		})
		if err == nil {
			t.Errorf("%s of the silent server was committed", name)
		}
		p.recovers(t)
	}
	if n := countApps(t, p.direct); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// TestACutConnectionIsAnErrorAndThePoolRecovers cuts at each point of a transaction.
func TestACutConnectionIsAnErrorAndThePoolRecovers(t *testing.T) {
	t.Parallel()
	p := throughProxy(t, far, far)
	cut := map[string]func(ctx context.Context, tx *ent.Tx) error{
		"between statements": func(ctx context.Context, tx *ent.Tx) error {
			p.proxy.Cut()
			return insertApp(ctx, tx, "more")
		},
		"in a statement": func(ctx context.Context, tx *ent.Tx) error {
			go func() {
				awaitStatement(t, p.direct, "%pg_sleep(20)")
				p.proxy.Cut()
			}()
			_, err := tx.ExecContext(ctx, "SELECT pg_sleep(20)")
			return err
		},
		"before the commit": func(context.Context, *ent.Tx) error {
			p.proxy.Cut()
			return nil
		},
		"before what waits for the commit": func(ctx context.Context, tx *ent.Tx) error {
			p.proxy.Cut()
			return appLater(ctx, p.s, tx, "more")
		},
		"before what waits for a statement": func(ctx context.Context, tx *ent.Tx) error {
			p.proxy.Cut()
			return errors.Join(appLater(ctx, p.s, tx, "more"), insertApp(ctx, tx, "most"))
		},
		"though fn goes on": func(ctx context.Context, tx *ent.Tx) error {
			p.proxy.Cut()
			for range 3 {
				_ = insertApp(ctx, tx, "more")
			}
			return nil
		},
		"by an administrator": func(ctx context.Context, tx *ent.Tx) error {
			_, err := p.direct.Pool().Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut' AND datname = current_database()")
			if err != nil {
				t.Errorf("end the connections: %v", err)
			}
			return insertApp(ctx, tx, "more")
		},
		"then cancelled": func(ctx context.Context, tx *ent.Tx) error {
			p.proxy.Cut()
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return insertApp(ctx, tx, "more")
		},
	}
	for name, fn := range cut {
		err := p.s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			store.AfterCommit(ctx, func() { t.Errorf("%s: a hook ran", name) })
			if err := insertApp(ctx, tx, "lost"); err != nil {
				return err
			}
			return fn(ctx, tx)
		})
		if err == nil {
			t.Errorf("cut %s, it was committed", name)
		}
		p.recovers(t)
		if n := countApps(t, p.direct); n != 0 {
			t.Errorf("cut %s, %d rows", name, n)
		}
	}
}

// TestADatabaseThatGoesAwayComesBack: nobody can connect for a while. Who could not even
// connect has changed nothing, and is told to try again.
func TestADatabaseThatGoesAwayComesBack(t *testing.T) {
	t.Parallel()
	p := throughProxy(t, far, far)
	p.proxy.Down()
	for what, try := range map[string]func() error{
		"InTx":    func() error { return p.s.InTx(t.Context(), func(context.Context, *ent.Tx) error { return nil }) },
		"Guarded": func() error { return p.s.Guarded(t.Context(), func(context.Context, *ent.Tx) error { return nil }) },
		"Ready":   func() error { return p.s.Ready(t.Context()) },
		"Write":   func() error { return p.s.Write.App.Update().SetSuperuser(true).Exec(t.Context()) },
		"NewID":   func() error { _, err := p.s.NewID(t.Context(), app.Table); return err },
	} {
		// The first ones may still find connections that are no more.
		until(t, what+" to be told to try again", func() bool {
			err := try()
			if err == nil {
				t.Errorf("%s works", what)
			}
			f := fault.As(err)
			return f != nil && f.Code == fault.CodeExhausted && strings.Contains(f.Message, "cannot be reached")
		})
	}
	p.proxy.Up()
	p.recovers(t)
}

// TestConnectionsThatBrokeWhileNobodyUsedThemAreNobodysError: a database that has been
// restarted is asked over a connection to the one before, and answers.
func TestConnectionsThatBrokeWhileNobodyUsedThemAreNobodysError(t *testing.T) {
	t.Parallel()
	p := throughProxy(t, far, far)
	for range 20 {
		fill(t, p.s)
		p.proxy.Cut() // they seem fine until they are used
		for what, try := range map[string]func() error{
			"a transaction": func() error {
				return p.s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error { _, err := tx.App.Query().Count(ctx); return err })
			},
			"a read": func() error { _, err := p.s.Read.App.Query().Count(t.Context()); return err },
		} {
			if err := try(); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

// fill makes a store open all its connections.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	var all sync.WaitGroup
	in := make(chan struct{}, 3)
	for range cap(in) {
		all.Go(func() {
			err := s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				in <- struct{}{}
				for len(in) < cap(in) { // all are here
					if err := ctx.Err(); err != nil {
						return err
					}
					runtime.Gosched()
				}
				return nil
			})
			if err != nil {
				t.Errorf("open the connections: %v", err)
			}
		})
	}
	all.Wait()
}

// TestABlackHoleEndsWithOurPatience: nothing comes back, and nothing says why.
func TestABlackHoleEndsWithOurPatience(t *testing.T) {
	t.Parallel()
	const patience = 500 * time.Millisecond
	p := throughProxy(t, patience, far)
	nothing := func(context.Context, *ent.Tx) error { return nil }
	swallowed := func(fn func(context.Context, *ent.Tx) error) func(context.Context, *ent.Tx) error {
		return func(ctx context.Context, tx *ent.Tx) error {
			if err := insertApp(ctx, tx, "lost"); err != nil {
				return fmt.Errorf("before: %w", err)
			}
			p.proxy.Swallow()
			return fn(ctx, tx)
		}
	}
	more := func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "more") }
	later := func(ctx context.Context, tx *ent.Tx) error { return appLater(ctx, p.s, tx, "more") }
	tests := map[string]func(ctx context.Context) error{
		"read":        func(ctx context.Context) error { return p.s.Ready(ctx) },
		"write":       func(ctx context.Context) error { return p.s.Write.App.Update().SetSuperuser(true).Exec(ctx) },
		"begin alone": func(ctx context.Context) error { return p.s.InTx(ctx, nothing) },
		"begin":       func(ctx context.Context) error { return p.s.Guarded(ctx, nothing) },
		"statement":   func(ctx context.Context) error { return p.s.InTx(ctx, swallowed(more)) },
		"commit":      func(ctx context.Context) error { return p.s.Guarded(ctx, swallowed(nothing)) },
		"later":       func(ctx context.Context) error { return p.s.Guarded(ctx, swallowed(later)) },
	}
	for name, run := range tests {
		for _, callers := range []time.Duration{far, patience / 4} {
			if name != "statement" && name != "commit" && name != "later" {
				p.proxy.Swallow()
			}
			ctx, cancel := context.WithTimeout(t.Context(), callers)
			start := time.Now()
			err := store.Translate(run(ctx))
			cancel()
			if took := time.Since(start); took > 8*patience {
				t.Errorf("%s took %v", name, took)
			}
			p.proxy.Heal()
			want := fault.CodeExhausted
			if name == "write" || name == "commit" || name == "later" { // it may have been carried out
				want = fault.CodeInternal
			}
			ours := fault.CodeOf(err) == want && fault.As(err) != nil
			theirs := errors.Is(err, context.DeadlineExceeded) && fault.As(err) == nil
			if callers == far && !ours || callers < patience && !theirs {
				t.Errorf("%s within %v: %v (%s)", name, callers, err, fault.CodeOf(err))
			}
			p.recovers(t)
		}
	}
}

// TestATransactionThatIsLeftOpenIsExhausted: fn does something else for too long.
func TestATransactionThatIsLeftOpenIsExhausted(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	s := openCluster(t, store.WithTimes(store.Options{DSN: dsn}, far, 200*time.Millisecond))
	c := beside(t, dsn)
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if err := insertApp(ctx, tx, "lost"); err != nil {
			return err
		}
		until(t, "PostgreSQL to end it", func() bool { return backends(t, c, "state LIKE 'idle in transaction%'") == 0 })
		return insertApp(ctx, tx, "late")
	})
	if fault.CodeOf(err) != fault.CodeExhausted {
		t.Errorf("%v (%s)", err, fault.CodeOf(err))
	}
	if n := countApps(t, s); n != 0 {
		t.Errorf("%d rows", n)
	}
}
