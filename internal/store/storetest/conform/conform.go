// Package conform holds what package store promises of every dialect, as tests that each
// must pass.
//
// It must not know how a dialect keeps a promise, and must not be imported by anything
// that ships.
package conform

import (
	"context"
	"errors"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/store"
)

// Run holds a dialect to the promises. open makes a database and opens it twice, as two
// servers do. Each case has a database of its own.
func Run(t *testing.T, open func(t testing.TB) (a, b *store.Store)) {
	t.Helper()
	for _, cases := range []map[string]func(*testing.T, pair){
		transactions, queues, guards, hooks, refusals, endings, values, identities, takenIDs, observations,
	} {
		for name, check := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				a, b := open(t)
				check(t, pair{a, b})
			})
		}
	}
}

// pair is one database, opened twice.
type pair struct{ a, b *store.Store }

func (p pair) both() map[string]*store.Store {
	return map[string]*store.Store{"the same store": p.a, "the other store": p.b}
}

// kinds are the two kinds of transactions of a store.
func kinds(s *store.Store) map[string]transaction {
	return map[string]transaction{"InTx": s.InTx, "Guarded": s.Guarded}
}

type transaction func(context.Context, func(context.Context, *ent.Tx) error) error

// insert returns what adds one app.
func insert(code string) func(context.Context, *ent.Tx) error {
	return func(ctx context.Context, tx *ent.Tx) error {
		return tx.App.Create().SetCode(code).SetSecretDigest([]byte("d")).Exec(ctx)
	}
}

func nothing(context.Context, *ent.Tx) error { return nil }

// apps reads the codes of all apps, in their order.
func apps(t testing.TB, s *store.Store) []string {
	t.Helper()
	rows, err := s.Read.App.Query().Order(ent.Asc("id")).All(t.Context())
	if err != nil {
		t.Fatalf("read the apps: %v", err)
	}
	codes := make([]string, len(rows))
	for i, row := range rows {
		codes[i] = row.Code
	}
	return codes
}

// space is a space of its own app, with a template that has no versions.
type space struct{ app, space, template, snapshot int }

func addSpace(t testing.TB, s *store.Store) (made space) {
	t.Helper()
	tree, err := flow.Parse([]byte(`{"id":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	err = s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		app, err := tx.App.Create().SetCode("owner").SetSecretDigest([]byte("d")).Save(ctx)
		if err != nil {
			return err
		}
		sp, err := tx.Space.Create().SetAppID(app.ID).SetName("space").Save(ctx)
		if err != nil {
			return err
		}
		tpl, err := addTemplate(tx, app.ID, sp.ID, "template").Save(ctx)
		if err != nil {
			return err
		}
		made = space{app: app.ID, space: sp.ID, template: tpl.ID}
		made.snapshot, err = store.EnsureSnapshot(ctx, tx, tree, time.Now())
		return err
	})
	if err != nil {
		t.Fatalf("add a space: %v", err)
	}
	return made
}

func addTemplate(tx *ent.Tx, app, space int, name string) *ent.TemplateCreate {
	return tx.Template.Create().SetAppID(app).SetSpaceID(space).SetName(name).SetNotifyConfig([]byte("{}"))
}

// patience bounds the wait for what must happen.
const patience = 20 * time.Second

// soon waits for a goroutine of the test.
func soon[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %v for %s", patience, what)
		panic("not reached")
	}
}

// hold runs a transaction that stays open until release is called, which waits for its
// end.
func hold(t testing.TB, run transaction, fn func(context.Context, *ent.Tx) error) (release func()) {
	t.Helper()
	running, free, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
			err := fn(ctx, tx)
			close(running)
			<-free
			return err
		})
	}()
	soon(t, running, "a transaction to begin")
	return func() {
		t.Helper()
		close(free)
		if err := soon(t, ended, "a transaction to end"); err != nil {
			t.Errorf("the transaction that was open: %v", err)
		}
	}
}

// caught runs fn on a goroutine of its own, which may panic or end inside.
func caught(t testing.TB, fn func() error) (panicked any, err error) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { panicked = recover() }()
		err = errors.New("the goroutine ended")
		err = fn()
	}()
	soon(t, ended, "a goroutine to end")
	return panicked, err
}
