package dispatch_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"rehearse.dev/ent"
	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
)

// TestWakeBelongsToTheTransactionOfTheStore, of either kind.
func TestWakeBelongsToTheTransactionOfTheStore(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	s, f := storetest.Open(t, dsn), gather(nil)
	d, err := dispatch.New(s.Pool(), quiet, dispatch.Options{ID: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context(), f.by("a")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, d) })
	at, undone := time.Now(), errors.New("undone")
	for i, in := range []func(context.Context, func(context.Context, *ent.Tx) error) error{s.InTx, s.Guarded} {
		for _, want := range []error{undone, nil} {
			err := in(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
				if err := d.Wake(ctx, tx, 10*i+1, nil); err != nil {
					return err
				}
				if err := d.Wake(ctx, tx, 10*i+2, &at); err != nil {
					return err
				}
				return want
			})
			if !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
		}
	}
	if one, two := f.next(t), f.next(t); one.task+two.task != 2+12 {
		t.Errorf("%+v, %+v", one, two)
	}
	until(t, connect(t, dsn), "two jobs", "SELECT count(*) = 2 AND bool_and(state = 'completed') FROM river_job")
}
