package task_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/plugin"
	"rehearse.dev/internal/relay"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/task"
	"rehearse.dev/internal/task/run"
	"rehearse.dev/internal/template"
)

// tree is a start, one node that shows a text, and an end; value is its constant.
const tree = `{
	"name": "n",
	"start_event": {"id": "s", "type": "EmptyStartEvent", "incoming": "", "outgoing": "f1", "name": ""},
	"end_event": {"id": "e", "type": "EmptyEndEvent", "incoming": ["f2"], "outgoing": "", "name": ""},
	"activities": {"a": {"id": "a", "type": "ServiceActivity", "name": "show", "incoming": ["f1"], "outgoing": "f2",
		"optional": false, "error_ignorable": false, "skippable": true, "retryable": true,
		"component": {"code": "bk_display", "version": "v1.0", "data": {"bk_display_message": {"hook": true, "need_render": true, "value": "${value}"}}}}},
	"gateways": {},
	"flows": {"f1": {"id": "f1", "source": "s", "target": "a", "is_default": false}, "f2": {"id": "f2", "source": "a", "target": "e", "is_default": false}},
	"constants": {"${value}": {"key": "${value}", "name": "value", "value": "x", "custom_type": "input", "source_type": "custom",
		"source_info": {}, "source_tag": "", "show_type": "show", "index": 0, "desc": "", "validation": "", "version": "legacy", "is_meta": false}},
	"outputs": [], "line": [], "location": []
}`

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// server is one of the servers of an installation.
type server struct {
	*task.Service
	store     *store.Store
	templates *template.Service
	runs      *run.Runner
}

var instances atomic.Int64

func newServer(t *testing.T, s *store.Store, keys *seal.Keyring) *server {
	t.Helper()
	clock := func() time.Time { return at }
	trees := template.NewTrees(template.DefaultTreeBytes, engine.CheckVariables)
	spaces := space.New(space.Deps{Store: s, Now: clock, Changed: func(context.Context, int) error { return nil }, Keys: keys})
	runs := run.New(run.Deps{
		Store: s, Trees: trees, Plans: run.NewPlans(trees, plugin.Builtin()), Settings: spaces, Keys: keys,
		Relay: relay.New(event.NewHub(), nil), Now: clock, Log: slog.New(slog.DiscardHandler), Owner: fmt.Sprint(instances.Add(1)),
	})
	t.Cleanup(func() { runs.Stop(context.WithoutCancel(t.Context())) })
	return &server{
		store: s, runs: runs,
		templates: template.New(template.Deps{Store: s, Settings: spaces, Trees: trees, Now: clock}),
		Service: task.New(task.Deps{
			Store: s, Trees: trees, Keys: keys, Credentials: spaces, CheckVariables: engine.CheckVariables,
			KnownPlugin: func(string, string) bool { return true }, Runs: runs, Now: clock,
			NewInstanceID: func() string { return fmt.Sprintf("%032x", instances.Add(1)) },
		}),
	}
}

// world is an installation of two servers with an application and its space.
type world struct {
	t       *testing.T
	servers [2]*server
	caller  auth.Caller
	space   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys := ring(t, 1)
	first := storetest.New(t)
	w := &world{t: t, servers: [2]*server{newServer(t, first, keys), newServer(t, storetest.Again(t, first), keys)}}
	spaces := space.New(space.Deps{Store: first, Now: func() time.Time { return at }, Changed: func(context.Context, int) error { return nil }})
	_, err := spaces.CreateApp(t.Context(), "ours", false)
	w.must(err)
	app, err := first.Read.App.Query().OnlyID(t.Context())
	w.must(err)
	w.caller = auth.Caller{AppID: app, AppCode: "ours", Username: "kim"}
	w.space, err = spaces.Create(t.Context(), w.caller, space.CreateParams{Name: "work"})
	w.must(err)
	w.caller.Spaces = []int{w.space}
	return w
}

// ring is a keyring whose current key is the first; each is named by a byte.
func ring(t *testing.T, keys ...byte) *seal.Keyring {
	t.Helper()
	texts := make([][]byte, len(keys))
	for i, k := range keys {
		texts[i] = bytes.Repeat([]byte{k}, seal.KeySize)
	}
	made, err := seal.New(texts[0], texts[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v: %v", err, codes(err))
	}
}

// turn is one of the servers; turns are taken.
func (w *world) turn(i int) *server { return w.servers[i%2] }

// read is the first server's store, which sees what all have committed.
func (w *world) read() *store.Store { return w.servers[0].store }

func (w *world) template() int {
	w.t.Helper()
	made, err := w.servers[0].templates.Create(w.t.Context(), w.caller, template.CreateParams{
		SpaceID: w.space, Name: "t", PipelineTree: []byte(tree),
	})
	w.must(err)
	return made.TemplateID
}

// params ask for a task; value is that of the constant, "" for the template's own.
func params(templateID int, value, key string) task.CreateParams {
	p := task.CreateParams{TemplateID: strconv.Itoa(templateID), Name: "try", Creator: "kim", IdempotencyKey: key}
	if value != "" {
		p.Constants = json.RawMessage(`{"${value}": "` + value + `"}`)
	}
	return p
}

// codes are the codes of the problems of a refusal.
func codes(err error) (list []string) {
	if f := fault.As(err); f != nil {
		for _, p := range f.Problems {
			list = append(list, p.Code)
		}
	}
	return list
}

// together runs do n times at once and returns the errors.
func together(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	group.Wait()
	return errs
}

// waiting returns when n transactions of the world's database wait for a lock of
// PostgreSQL.
func (w *world) waiting(n int) {
	w.t.Helper()
	const query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	for found := -1; found != n; {
		w.must(w.read().Pool().QueryRow(ctx, query).Scan(&found))
	}
}
