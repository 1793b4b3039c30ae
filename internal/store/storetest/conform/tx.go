package conform

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store"
)

// transactions commit as a whole or not at all.
var transactions = map[string]func(*testing.T, pair){
	"WhatIsCommittedIsSeenByAll":        committedIsSeen,
	"WhatIsRolledBackLeavesNothing":     rolledBackLeavesNothing,
	"WhatIsOpenIsSeenByItselfAlone":     openIsSeenByItself,
	"AStatementOutsideIsCommittedAlone": statementsOutside,
	"TransactionsDoNotNest":             noNesting,
	"ReadersNeverWait":                  readersNeverWait,
	"TheReadClientCannotWrite":          readersCannotWrite,
}

func committedIsSeen(t *testing.T, p pair) {
	var want []string
	for name, s := range p.both() {
		for kind, run := range kinds(s) {
			code := kind + " of " + name
			if err := run(t.Context(), insert(code)); err != nil {
				t.Fatalf("%s: %v", code, err)
			}
			want = append(want, code)
			for reader, s := range p.both() {
				if got := apps(t, s); !slices.Equal(got, want) {
					t.Errorf("%s reads %q after %s", reader, got, code)
				}
			}
		}
	}
}

func rolledBackLeavesNothing(t *testing.T, p pair) {
	refusal := fault.Conflict("no")
	tests := map[string]struct {
		end   func(ctx context.Context, cancel context.CancelFunc) error
		want  error
		panic any
	}{
		"Error": {end: func(context.Context, context.CancelFunc) error { return refusal }, want: refusal},
		"Panic": {end: func(context.Context, context.CancelFunc) error { panic("boom") }, panic: "boom"},
		"Goexit": {end: func(context.Context, context.CancelFunc) error {
			runtime.Goexit()
			return nil
		}},
		"Cancelled": {end: func(_ context.Context, cancel context.CancelFunc) error {
			cancel()
			return nil
		}, want: context.Canceled},
		"CancelledBeforeAStatement": {end: func(ctx context.Context, cancel context.CancelFunc) error {
			cancel()
			_, err := p.a.Read.App.Query().Count(ctx)
			return err
		}, want: context.Canceled},
		"Deadline": {end: func(ctx context.Context, _ context.CancelFunc) error {
			<-ctx.Done()
			return nil
		}, want: context.DeadlineExceeded},
	}
	for kind, run := range kinds(p.a) {
		for name, test := range tests {
			ctx, cancel := context.WithCancel(t.Context())
			if name == "Deadline" {
				ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
			}
			panicked, err := caught(t, func() error {
				return run(ctx, func(ctx context.Context, tx *ent.Tx) error {
					store.AfterCommit(ctx, func() { t.Errorf("%s, %s: a hook ran", kind, name) })
					if err := insert("lost")(ctx, tx); err != nil {
						t.Errorf("%s, %s: insert: %v", kind, name, err)
					}
					return test.end(ctx, cancel)
				})
			})
			cancel()
			if err == nil || test.want != nil && !errors.Is(err, test.want) || panicked != test.panic {
				t.Errorf("%s, %s: %v, panic %v", kind, name, err, panicked)
			}
			if !errors.Is(test.want, refusal) && fault.As(err) != nil {
				t.Errorf("%s, %s: what the caller did became a fault: %v", kind, name, err)
			}
			for reader, s := range p.both() {
				if got := apps(t, s); len(got) != 0 {
					t.Errorf("%s, %s: %s reads %q", kind, name, reader, got)
				}
			}
			if err := run(t.Context(), nothing); err != nil {
				t.Errorf("%s, %s: the next one: %v", kind, name, err)
			}
		}
	}
}

func openIsSeenByItself(t *testing.T, p pair) {
	for kind, run := range kinds(p.a) {
		err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			if err := insert(kind)(ctx, tx); err != nil {
				return err
			}
			if seen, err := tx.App.Query().Where(app.Code(kind)).Exist(ctx); err != nil || !seen {
				t.Errorf("%s does not see its own row: %v", kind, err)
			}
			for reader, s := range p.both() {
				if slices.Contains(apps(t, s), kind) {
					t.Errorf("%s sees a row of a %s that is open", reader, kind)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func statementsOutside(t *testing.T, p pair) {
	ctx := t.Context()
	add := func(code string) *ent.AppCreate {
		return p.a.Write.App.Create().SetCode(code).SetSecretDigest([]byte("d"))
	}
	if err := add("one").Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.b.Write.App.CreateBulk(add("two"), add("three")).Exec(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.b.Write.App.CreateBulk(add("four"), add("one")).Exec(ctx); !ent.IsConstraintError(err) {
		t.Errorf("a code twice: %v", err)
	}
	if n, err := p.a.Write.App.Update().Where(app.Code("two")).SetSuperuser(true).Save(ctx); err != nil || n != 1 {
		t.Errorf("update: %d, %v", n, err)
	}
	if n, err := p.b.Write.App.Delete().Where(app.Superuser(true)).Exec(ctx); err != nil || n != 1 {
		t.Errorf("delete: %d, %v", n, err)
	}
	if got, want := apps(t, p.a), []string{"one", "three"}; !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := add("gone").Exec(gone); !errors.Is(err, context.Canceled) || fault.As(store.Translate(err)) != nil {
		t.Errorf("under a context that is done: %v", err)
	}
}

func noNesting(t *testing.T, p pair) {
	for kind, run := range kinds(p.a) {
		err := run(t.Context(), func(ctx context.Context, _ *ent.Tx) error {
			for inner, run := range kinds(p.a) {
				if err := run(ctx, nothing); !errors.Is(err, store.ErrNested) {
					t.Errorf("%s in %s: %v", inner, kind, err)
				}
			}
			write := p.a.Write.App
			_, queried := write.Query().Count(ctx)
			_, deleted := write.Delete().Exec(ctx)
			inserted := write.Create().SetCode("w").SetSecretDigest([]byte("d")).Exec(ctx)
			_, begun := p.a.Write.Tx(ctx)
			for what, err := range map[string]error{"query": queried, "insert": inserted, "delete": deleted, "begin": begun} {
				if !errors.Is(err, store.ErrNested) {
					t.Errorf("%s by the write client in %s: %v", what, kind, err)
				}
			}
			_, err := p.a.Read.App.Query().Count(ctx) // sees the state before, and is allowed
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if got := apps(t, p.b); len(got) != 0 {
		t.Errorf("%q was written", got)
	}
}

// readersNeverWait has more transactions that stay open, or wait for one that does, than
// there are connections.
func readersNeverWait(t *testing.T, p pair) {
	running, free, ended := make(chan struct{}, 40), make(chan struct{}), make(chan error, 40)
	for i := range cap(ended) {
		run := p.a.InTx
		if i%2 == 0 {
			run = p.a.Guarded
		}
		go func() {
			ended <- run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				err := insert(strconv.Itoa(i))(ctx, tx)
				running <- struct{}{}
				<-free
				return err
			})
		}()
	}
	soon(t, running, "a transaction to begin")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for range 20 {
		for reader, s := range p.both() {
			if n, err := s.Read.App.Query().Count(ctx); err != nil || n != 0 {
				t.Errorf("%s reads %d rows, %v", reader, n, err)
			}
		}
	}
	close(free)
	for range cap(ended) {
		if err := soon(t, ended, "a transaction to end"); err != nil {
			t.Errorf("a transaction: %v", err)
		}
	}
	if n := len(apps(t, p.b)); n != cap(ended) {
		t.Errorf("%d rows of %d", n, cap(ended))
	}
}

func readersCannotWrite(t *testing.T, p pair) {
	if err := p.a.InTx(t.Context(), insert("kept")); err != nil {
		t.Fatal(err)
	}
	for reader, s := range p.both() {
		ctx := t.Context()
		_, updated := s.Read.App.Update().SetSuperuser(true).Save(ctx)
		_, deleted := s.Read.App.Delete().Exec(ctx)
		for what, err := range map[string]error{
			"insert": s.Read.App.Create().SetCode("a").SetSecretDigest([]byte("d")).Exec(ctx),
			"update": updated, "delete": deleted,
			"text": s.ReadDriver().Exec(ctx, "DELETE FROM apps", []any{}, nil),
		} {
			if err == nil || fault.As(store.Translate(err)) != nil {
				t.Errorf("%s by the read client of %s: %v, want an internal error", what, reader, err)
			}
		}
		if got := apps(t, s); !slices.Equal(got, []string{"kept"}) {
			t.Errorf("there are %q", got)
		}
	}
}
