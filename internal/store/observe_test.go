package store_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/ent"
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
