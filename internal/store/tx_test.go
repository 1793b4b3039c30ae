package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

func insertApp(ctx context.Context, tx *ent.Tx, code string) error {
	return tx.App.Create().SetCode(code).SetSecretDigest([]byte("d")).Exec(ctx)
}

func countApps(t testing.TB, s *store.Store) int {
	t.Helper()
	n, err := s.Read.App.Query().Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInTxCommits(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "a") })
	if err != nil || countApps(t, s) != 1 {
		t.Fatalf("err %v, %d apps", err, countApps(t, s))
	}
}

func TestInTxRollsBack(t *testing.T) {
	t.Parallel()
	refusal := fault.Conflict("no")
	tests := map[string]struct {
		end  func(cancel context.CancelFunc) error
		want error
	}{
		"Error": {func(context.CancelFunc) error { return refusal }, refusal},
		"Panic": {func(context.CancelFunc) error { panic("boom") }, nil},
		"ContextDone": {func(cancel context.CancelFunc) error {
			cancel()
			return nil
		}, context.Canceled},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := func() (err error) {
				defer func() {
					if r := recover(); r != nil && name != "Panic" {
						t.Errorf("panic: %v", r)
					}
				}()
				return s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
					store.AfterCommit(ctx, func() { t.Error("hook ran after a rollback") })
					if err := insertApp(ctx, tx, "a"); err != nil {
						t.Error(err)
					}
					return test.end(cancel)
				})
			}()
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("err = %v, want %v", err, test.want)
			}
			if n := countApps(t, s); n != 0 {
				t.Errorf("%d apps after a rollback", n)
			}
			// The writer is free and sound.
			if err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "b") }); err != nil {
				t.Errorf("next transaction: %v", err)
			}
		})
	}
}

func TestStatementsInATransactionSeeTheirContextEnd(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		cancel()
		return insertApp(ctx, tx, "a")
	})
	if !errors.Is(err, context.Canceled) || fault.As(err) != nil {
		t.Fatalf("err = %v, want the context's", err)
	}
}

func TestInTxRefusesNesting(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if err := s.InTx(ctx, nil); !errors.Is(err, store.ErrNested) {
			t.Errorf("InTx inside: %v", err)
		}
		if _, err := s.Write.App.Query().Count(ctx); !errors.Is(err, store.ErrNested) {
			t.Errorf("query by the write client inside: %v", err)
		}
		if err := s.Write.App.Create().SetCode("w").SetSecretDigest([]byte("d")).Exec(ctx); !errors.Is(err, store.ErrNested) {
			t.Errorf("insert by the write client inside: %v", err)
		}
		if _, err := s.Write.App.Delete().Exec(ctx); !errors.Is(err, store.ErrNested) {
			t.Errorf("delete by the write client inside: %v", err)
		}
		_, err := s.Read.App.Query().Count(ctx) // sees the state before, and is allowed
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAfterCommitRunsInOrderAndMayWrite(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	var ran []string
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		for _, name := range []string{"first", "second"} {
			store.AfterCommit(ctx, func() { ran = append(ran, name) })
		}
		store.AfterCommit(ctx, func() {
			if countApps(t, s) != 1 {
				t.Error("the hook does not see the row")
			}
			if err := s.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "b") }); err != nil {
				t.Errorf("write from a hook: %v", err)
			}
		})
		if len(ran) != 0 {
			t.Error("a hook ran before the commit")
		}
		return insertApp(ctx, tx, "a")
	})
	if err != nil {
		t.Fatal(err)
	}
	store.AfterCommit(t.Context(), func() { ran = append(ran, "no transaction") })
	if want := []string{"first", "second", "no transaction"}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
}

func TestAFailedCommitRunsNoHook(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		store.AfterCommit(ctx, func() { t.Error("hook ran") })
		tx.OnCommit(func(ent.Committer) ent.Committer {
			return ent.CommitFunc(func(context.Context, *ent.Tx) error { return errors.Join(errors.New("disk"), tx.Rollback()) })
		})
		return nil
	})
	if err == nil {
		t.Fatal("no error")
	}
}
