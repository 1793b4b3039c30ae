package graph

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"entgo.io/ent/dialect"

	"rehearse.dev/ent"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/task/run"
)

// lateDriver is that of a database that does not answer in time, or that fails.
type lateDriver struct {
	dialect.Driver
	err   error
	asked *atomic.Int32
}

func (d lateDriver) Query(context.Context, string, any, any) error {
	d.asked.Add(1)
	return d.err
}

// TestNobodyWaitsTwiceForALateDatabase: a compiled query that fails is run again by the
// generated code, which must not ask a database that does not answer once more.
func TestNobodyWaitsTwiceForALateDatabase(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err   error
		asked int32
	}{
		"late":   {fault.Newf(fault.CodeExhausted, "the database is busy; try again"), 1},
		"broken": {fmt.Errorf("no such column"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEdge(t)
			driver := lateDriver{e.store.ReadDriver(), tt.err, new(atomic.Int32)}
			services := e.resolver.Services
			services.Reader = read.New(ent.NewClient(ent.Driver(driver)), driver, services.Trees, run.NewPlans(services.Trees, nil), Schema())
			exec, err := NewExecutor(services, slog.New(slog.DiscardHandler), Options{})
			must(t, err)
			r := posted(t, map[string]any{"query": fmt.Sprintf(`{ mine: task(id: "%d") { name } }`, e.tasks[0])})
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			exec.serve(w, r.WithContext(e.ctx))
			for _, part := range []string{`"data":{"mine":null}`, `"path":["mine"]`, `"code":"` + string(fault.CodeOf(tt.err)) + `"`} {
				if !strings.Contains(w.Body.String(), part) {
					t.Errorf("no %s in %s", part, w.Body)
				}
			}
			if n := driver.asked.Load(); n != tt.asked {
				t.Errorf("%d statements, want %d", n, tt.asked)
			}
		})
	}
}
