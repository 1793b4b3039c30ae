package conform

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

// hooks run after a commit, and only then.
var hooks = map[string]func(*testing.T, pair){
	"HooksRunInOrderAfterTheCommit": hooksRunInOrder,
	"AFailedCommitRunsNoHook":       failedCommit,
}

func hooksRunInOrder(t *testing.T, p pair) {
	for kind, run := range kinds(p.a) {
		var ran []string
		err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			for _, name := range []string{"first", "second"} {
				store.AfterCommit(ctx, func() { ran = append(ran, name) })
			}
			store.AfterCommit(ctx, func() { // the context of the transaction still serves
				for reader, s := range p.both() {
					if !slices.Contains(apps(t, s), kind) {
						t.Errorf("a hook of %s does not see the row in %s", kind, reader)
					}
				}
				if err := p.a.InTx(ctx, insert("hook of "+kind)); err != nil {
					t.Errorf("write from a hook of %s: %v", kind, err)
				}
				store.AfterCommit(ctx, func() { ran = append(ran, "inner") })
			})
			if len(ran) != 0 {
				t.Errorf("%s: hooks %q ran before the commit", kind, ran)
			}
			return insert(kind)(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"first", "second", "inner"}; !slices.Equal(ran, want) {
			t.Errorf("%s: ran %q, want %q", kind, ran, want)
		}
	}
	at := false
	if store.AfterCommit(t.Context(), func() { at = true }); !at {
		t.Error("a hook without a transaction did not run at once")
	}
}

func failedCommit(t *testing.T, p pair) {
	disk := errors.New("disk")
	for kind, run := range kinds(p.a) {
		err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			store.AfterCommit(ctx, func() { t.Errorf("a hook of %s ran", kind) })
			tx.OnCommit(func(ent.Committer) ent.Committer {
				return ent.CommitFunc(func(context.Context, *ent.Tx) error { return errors.Join(disk, tx.Rollback()) })
			})
			return insert("lost")(ctx, tx)
		})
		if !errors.Is(err, disk) {
			t.Errorf("%s: %v", kind, err)
		}
		if err := run(t.Context(), insert(kind)); err != nil {
			t.Errorf("%s: the next: %v", kind, err)
		}
	}
	if n := len(apps(t, p.b)); n != 2 {
		t.Errorf("%d rows, want the two that were committed", n)
	}
}

// endings: Close waits for what runs and refuses the rest.
var endings = map[string]func(*testing.T, pair){
	"CloseWaitsAndThenRefuses": closeWaits,
}

func closeWaits(t *testing.T, p pair) {
	for kind := range kinds(p.a) {
		s := storetest.Again(t, p.a)
		if err := s.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
		release := hold(t, kinds(s)[kind], insert("last "+kind))
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		release()
		if err := soon(t, closed, "Close"); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close again: %v", err)
		}
		for late, run := range kinds(s) {
			if err := run(t.Context(), insert("late")); err == nil || fault.CodeOf(err) != fault.CodeInternal {
				t.Errorf("%s after Close: %v", late, err)
			}
		}
		if err := s.Write.App.Create().SetCode("late").SetSecretDigest([]byte("d")).Exec(t.Context()); err == nil {
			t.Error("the write client writes after Close")
		}
		if err := s.Ready(t.Context()); err == nil {
			t.Error("ready after Close")
		}
	}
	if got := apps(t, p.b); len(got) != 2 || slices.Contains(got, "late") {
		t.Errorf("there are %q", got)
	}
	if err := p.a.InTx(t.Context(), insert("other")); err != nil {
		t.Errorf("another store of the database: %v", err)
	}
}
