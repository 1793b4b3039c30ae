package conform

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
)

// refusals have the same codes everywhere, and tell nothing of SQL.
var refusals = map[string]func(*testing.T, pair){
	"ErrorsHaveTheSameCodes":          errorCodes,
	"ARefusedTransactionLeavesNoMark": refusedLeavesNoMark,
	"TheCallersDeadlineIsNoFault":     callersDeadline,
}

func errorCodes(t *testing.T, p pair) {
	made := addSpace(t, p.a)
	tests := map[string]struct {
		run        func(ctx context.Context, tx *ent.Tx) error
		want       fault.Code
		constraint bool
	}{
		"Unique": {func(ctx context.Context, tx *ent.Tx) error { return insert("owner")(ctx, tx) }, fault.CodeConflict, true},
		"UniqueOfTwo": {func(ctx context.Context, tx *ent.Tx) error {
			return tx.Space.Create().SetAppID(made.app).SetName("space").Exec(ctx)
		}, fault.CodeConflict, true},
		"PrimaryKey": {func(ctx context.Context, tx *ent.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO apps SELECT * FROM apps")
			return err
		}, fault.CodeConflict, false},
		"MissingParent": {func(ctx context.Context, tx *ent.Tx) error {
			return tx.Space.Create().SetAppID(4711).SetName("orphan").Exec(ctx)
		}, fault.CodeConflict, true},
		"ParentInUse": {func(ctx context.Context, tx *ent.Tx) error {
			return tx.App.DeleteOneID(made.app).Exec(ctx)
		}, fault.CodeConflict, true},
		"NotNull": {func(ctx context.Context, tx *ent.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE apps SET code = NULL")
			return err
		}, fault.CodeInternal, false},
		"NoSuchColumn": {func(ctx context.Context, tx *ent.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE apps SET colour = 1")
			return err
		}, fault.CodeInternal, false},
		"NotFound": {func(ctx context.Context, tx *ent.Tx) error {
			_, err := tx.App.Get(ctx, 4711)
			return err
		}, fault.CodeNotFound, false},
		"OurOwn": {func(context.Context, *ent.Tx) error { return fault.Precondition("ours") }, fault.CodePrecondition, false},
	}
	for name, test := range tests {
		for kind, run := range kinds(p.b) {
			err := run(t.Context(), test.run)
			if err == nil || fault.CodeOf(err) != test.want || ent.IsConstraintError(err) != test.constraint {
				t.Errorf("%s in %s: %v (%s)", name, kind, err, fault.CodeOf(err))
				continue
			}
			if f := fault.As(err); f != nil {
				for _, raw := range []string{"constraint", "sql", "apps", "key", "duplicate", "null"} {
					if strings.Contains(strings.ToLower(f.Message), raw) {
						t.Errorf("%s: the message shows %q: %s", name, raw, f.Message)
					}
				}
			}
		}
	}
}

// refusedLeavesNoMark: what a transaction did before a statement failed is gone, and so
// is the failure.
func refusedLeavesNoMark(t *testing.T, p pair) {
	if err := p.a.InTx(t.Context(), insert("taken")); err != nil {
		t.Fatal(err)
	}
	for kind, run := range kinds(p.a) {
		for range 20 { // more than there are connections
			err := run(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				if err := insert("before")(ctx, tx); err != nil {
					t.Errorf("%s: %v", kind, err)
				}
				return insert("taken")(ctx, tx)
			})
			if fault.CodeOf(err) != fault.CodeConflict {
				t.Fatalf("%s: %v", kind, err)
			}
		}
	}
	if got := apps(t, p.b); len(got) != 1 {
		t.Errorf("there are %q", got)
	}
	if n, err := p.a.Write.App.Update().Where(app.Code("taken")).SetSuperuser(true).Save(t.Context()); err != nil || n != 1 {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

func callersDeadline(t *testing.T, p pair) {
	passed, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for kind, run := range kinds(p.a) {
		if err := run(passed, insert("late")); !errors.Is(err, context.DeadlineExceeded) || fault.As(err) != nil {
			t.Errorf("%s after the deadline: %v", kind, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err := run(ctx, func(ctx context.Context, tx *ent.Tx) error {
			if err := insert("gone")(ctx, tx); err != nil {
				return err
			}
			cancel()
			return insert("more")(ctx, tx)
		})
		if !errors.Is(err, context.Canceled) || fault.As(err) != nil {
			t.Errorf("%s, cancelled between two statements: %v", kind, err)
		}
	}
	_, err := p.a.Read.App.Query().Count(passed)
	if !errors.Is(err, context.DeadlineExceeded) || fault.As(store.Translate(err)) != nil {
		t.Errorf("read after the deadline: %v", err)
	}
	if got := apps(t, p.a); len(got) != 0 {
		t.Errorf("there are %q", got)
	}
}
