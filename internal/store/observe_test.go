package store_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// diary is an observer that writes everything down.
type diary struct {
	mu     sync.Mutex
	texts  []string
	ended  int
	errs   []error
	waited []time.Duration
}

func (d *diary) Statement(_ context.Context, text string) func(error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.texts = append(d.texts, text)
	return func(err error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.ended++
		if err != nil {
			d.errs = append(d.errs, err)
		}
	}
}

func (d *diary) Waited(_ context.Context, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waited = append(d.waited, wait)
}

func (d *diary) seen(verb string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, text := range d.texts {
		if strings.HasPrefix(text, verb) {
			n++
		}
	}
	return n
}

func TestAnObserverIsToldOfEveryStatementAndItsEnd(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	d := &diary{}
	s.Observe(d)
	if err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "s3cret-code") }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read.App.Query().Where(app.Code("s3cret-code")).Only(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.ReadDriver().Query(t.Context(), "SELEKT", []any{}, new(entsql.Rows)); err == nil {
		t.Fatal("nonsense was run")
	}
	for verb, want := range map[string]int{"BEGIN": 1, "INSERT": 1, "COMMIT": 1, "SELECT": 1, "SELEKT": 1} {
		if got := d.seen(verb); got != want {
			t.Errorf("told of %d %s, not %d: %q", got, verb, want, d.texts)
		}
	}
	if d.ended != len(d.texts) || len(d.errs) != 1 || len(d.waited) != 1 {
		t.Errorf("%d began, %d ended, %v, waited %v", len(d.texts), d.ended, d.errs, d.waited)
	}
	if strings.Contains(strings.Join(d.texts, "\n"), "s3cret-code") {
		t.Errorf("a value shows in %q", d.texts)
	}
	s.Observe(nil)
	before := len(d.texts)
	if countApps(t, s); len(d.texts) != before {
		t.Error("told after the end")
	}
}

func TestAnObserverLearnsHowLongAWriterWaited(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	d := &diary{}
	s.Observe(d)
	second := make(chan error, 1)
	start := time.Now()
	err := s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		go func() {
			second <- s.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error { return insertApp(ctx, tx, "b") })
		}()
		for deadline := time.Now().Add(5 * time.Second); store.Waiting(s) == 0 && time.Now().Before(deadline); {
			runtime.Gosched()
		}
		return insertApp(ctx, tx, "c")
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	last := d.waited[len(d.waited)-1]
	if last <= 0 || last > time.Since(start) {
		t.Errorf("waited %v", d.waited)
	}
}
