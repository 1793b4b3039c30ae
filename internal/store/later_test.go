package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// appLater inserts an app with a statement that waits.
func appLater(ctx context.Context, s *store.Store, tx *ent.Tx, code string) error {
	insert := s.Builder().Insert(app.Table).Columns(app.FieldCode, app.FieldSecretDigest, app.FieldSuperuser, app.FieldCreateTime)
	query, args := insert.Values(code, []byte("d"), false, time.Now().UTC()).Query()
	return store.Later(ctx, tx, query, args...)
}

// both runs a test in the two kinds of transactions.
func both(t *testing.T, test func(t *testing.T, s *store.Store, run func(context.Context, func(context.Context, *ent.Tx) error) error)) {
	t.Helper()
	for _, alone := range []bool{true, false} {
		name := map[bool]string{true: "InTx", false: "Guarded"}[alone]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t)
			run := s.Guarded
			if alone {
				run = s.InTx
			}
			test(t, s, run)
		})
	}
}

func TestLaterIsSeenByWhatComesNextAndCommitted(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *store.Store, run func(context.Context, func(context.Context, *ent.Tx) error) error) {
		d := &diary{}
		s.Observe(d)
		defer s.Observe(nil)
		ctx, counter := store.WithCounter(t.Context())
		err := run(ctx, func(ctx context.Context, tx *ent.Tx) error {
			if err := errors.Join(appLater(ctx, s, tx, "a"), appLater(ctx, s, tx, "b")); err != nil {
				return err
			}
			if n, err := tx.App.Query().Count(ctx); err != nil || n != 2 {
				t.Errorf("the next statement sees %d rows, %v", n, err)
			}
			return appLater(ctx, s, tx, "c")
		})
		if n := countApps(t, s); err != nil || n != 3 {
			t.Fatalf("%d rows, %v", n, err)
		}
		if counter.Statements() != 4 || d.seen("COMMIT") != 1 || d.seen("INSERT") != 3 {
			t.Errorf("counted %q, told of %q", counter.Texts(), d.texts)
		}
		if d.ended != len(d.texts) || len(d.errs) > 0 {
			t.Errorf("told of %d ends of %d statements: %v", d.ended, len(d.texts), d.errs)
		}
	})
}

func TestLaterFailsWithWhatItGoesWith(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *store.Store, run func(context.Context, func(context.Context, *ent.Tx) error) error) {
		for name, last := range map[string]func(context.Context, *ent.Tx) error{
			"the COMMIT": func(context.Context, *ent.Tx) error { return nil },
			"the next statement": func(ctx context.Context, tx *ent.Tx) error {
				_, err := tx.App.Query().Count(ctx)
				return err
			},
		} {
			after := false
			err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				store.AfterCommit(ctx, func() { after = true })
				if err := appLater(ctx, s, tx, "same"); err != nil {
					return err
				}
				if err := appLater(ctx, s, tx, "same"); err != nil {
					return err
				}
				return last(ctx, tx)
			})
			if fault.CodeOf(err) != fault.CodeConflict || after {
				t.Errorf("with %s: %v (%s), hooks ran: %v", name, err, fault.CodeOf(err), after)
			}
			if n := countApps(t, s); n != 0 {
				t.Errorf("with %s: %d rows are left", name, n)
			}
		}
		if err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return appLater(ctx, s, tx, "next") }); err != nil {
			t.Errorf("the next transaction: %v", err)
		}
	})
}

func TestLaterGoesWithTheTransactionThatIsRefused(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, s *store.Store, run func(context.Context, func(context.Context, *ent.Tx) error) error) {
		d := &diary{}
		s.Observe(d)
		defer s.Observe(nil)
		refused := errors.New("refused")
		err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			return errors.Join(appLater(ctx, s, tx, "a"), refused)
		})
		if !errors.Is(err, refused) || countApps(t, s) != 0 {
			t.Errorf("%v, %d rows", err, countApps(t, s))
		}
		if d.ended != len(d.texts) {
			t.Errorf("told of %d ends of %q", d.ended, d.texts)
		}
	})
}

// On PostgreSQL what waits does not reach the connection before something goes with it.
func TestLaterWaits(t *testing.T) {
	t.Parallel()
	s := openCluster(t, store.Options{})
	err := s.Guarded(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if err := store.Later(ctx, tx, "SELECT no_such_function()"); err != nil {
			t.Errorf("it was sent: %v", err)
		}
		_, err := tx.App.Query().Count(ctx)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "no_such_function") {
		t.Errorf("the next statement brings %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		cancel()
		return appLater(ctx, s, tx, "late")
	})
	if !errors.Is(err, context.Canceled) || countApps(t, s) != 0 {
		t.Errorf("under a context that has ended: %v", err)
	}
}
