package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"rehearse.dev/internal/dispatch"
	"rehearse.dev/internal/store/storetest"
)

// TestAServerComesBackByItself: its connections are cut, stand still, or are lost without
// a word, and are fine again later. What was asked for meanwhile fires.
func TestAServerComesBackByItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ fail, repair func(*proxy) }{
		"Cut":    {(*proxy).Cut, (*proxy).Heal},
		"Frozen": {(*proxy).Freeze, (*proxy).Thaw},
		"Lost":   {(*proxy).Swallow, (*proxy).Heal},
	} {
		for _, listen := range []bool{false, true} {
			t.Run(fmt.Sprintf("%sListening%v", name, listen), func(t *testing.T) {
				t.Parallel()
				dsn := storetest.Postgres(t)
				p, through := newProxy(t, dsn)
				pool, f, log := connect(t, dsn), gather(nil), newHeard()
				d, err := dispatch.New(connect(t, through), slog.New(log), dispatch.Options{ID: "a", Listen: listen})
				if err != nil {
					t.Fatal(err)
				}
				if err := d.Start(t.Context(), f.by("a")); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { stop(t, d) })
				ask(t, pool, d, false, time.Now(), 1)
				f.next(t)

				c.fail(p)
				ask(t, pool, d, false, time.Now(), 2)
				select { // the first look for jobs that fails, after 10 s when nobody answers
				case <-log.any:
				case <-time.After(deadline):
					t.Fatal("nobody tells of the outage")
				}
				c.repair(p)
				repaired := time.Now()
				if got := f.next(t); got.task != 2 {
					t.Errorf("%+v", got)
				}
				t.Logf("back %v after it was repaired", time.Since(repaired))
				seen := map[string]bool{}
				for _, line := range log.all() {
					_, what, _ := strings.Cut(line, " in=")
					what, _, _ = strings.Cut(what, " error=")
					if seen[what] || !strings.Contains(line, `msg="dispatch has trouble; the sweep stands in for it"`) {
						t.Error("told:", line)
					}
					seen[what] = true
				}
			})
		}
	}
}

func TestStopDoesNotWaitForADatabaseThatIsOutOfReach(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*proxy){"Cut": (*proxy).Cut, "Frozen": (*proxy).Freeze} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.Postgres(t)
			p, through := newProxy(t, dsn)
			inside := make(chan struct{})
			pool, f := connect(t, dsn), gather(func(ctx context.Context, _ firing) (*time.Time, error) {
				defer close(inside)
				<-ctx.Done()
				return nil, ctx.Err()
			})
			d, err := newServer(t, through, "a", dispatch.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Start(t.Context(), f.by("a")); err != nil {
				t.Fatal(err)
			}
			ask(t, pool, d, false, time.Now(), 1)
			f.next(t)
			fail(p)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			began := time.Now()
			err = d.Stop(ctx)
			if took := time.Since(began); took > 8*time.Second {
				t.Error("took", took)
			}
			t.Log(time.Since(began), err)
			select {
			case <-inside:
			default:
				t.Error("an advance still runs")
			}
			p.Thaw()
			p.Heal()
			<-dispatch.Ended(d) // what River left over ends once the database answers
		})
	}
}
