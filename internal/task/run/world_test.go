package run_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"rehearse.dev/ent"
	"rehearse.dev/ent/noderun"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskevent"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
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

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a database with a space, and a clock that all of it goes by.
type world struct {
	*clock
	t         *testing.T
	store     *store.Store
	calls     *calls
	trees     *template.Trees
	spaces    *space.Service
	templates *template.Service
	keys      *seal.Keyring
	caller    auth.Caller
	space     int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		clock: &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		t:     t, store: storetest.New(t), calls: &calls{}, trees: template.NewTrees(template.DefaultTreeBytes, engine.CheckVariables),
	}
	var err error
	w.keys, err = seal.New(make([]byte, seal.KeySize))
	w.must(err)
	w.spaces = space.New(space.Deps{Store: w.store, Now: w.now, Changed: func(context.Context, int) error { return nil }, Keys: w.keys})
	w.templates = template.New(template.Deps{Store: w.store, Settings: w.spaces, Trees: w.trees, Now: w.now})
	_, err = w.spaces.CreateApp(t.Context(), "ours", false)
	w.must(err)
	app, err := w.store.Read.App.Query().OnlyID(t.Context())
	w.must(err)
	w.caller = auth.Caller{AppID: app, AppCode: "ours", Username: "kim"}
	w.space, err = w.spaces.Create(t.Context(), w.caller, space.CreateParams{Name: "work"})
	w.must(err)
	w.caller.Spaces = []int{w.space}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		if f := fault.As(err); f != nil {
			w.t.Fatalf("%v: %+v", err, f.Problems)
		}
		w.t.Fatal(err)
	}
}

// runner makes a runner with a name of its own; it is stopped when the test ends.
func (w *world) runner(owner string, change ...func(*run.Deps)) *run.Runner {
	w.t.Helper()
	deps := run.Deps{
		Store: w.store, Trees: w.trees, Plans: run.NewPlans(w.trees, plugin.Builtin()), Settings: w.spaces, Calls: w.calls,
		Keys: w.keys, Relay: relay.New(event.NewHub(), nil), Now: w.now, Log: slog.New(slog.DiscardHandler), Owner: owner,
	}
	for _, f := range change {
		f(&deps)
	}
	r := run.New(deps)
	w.t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		r.Stop(ended)
	})
	return r
}

var instances atomic.Int64

// tasks is the service that makes tasks, with a runner that starts them.
func (w *world) tasks(r *run.Runner) *task.Service {
	return task.New(task.Deps{
		Store: w.store, Trees: w.trees, Keys: w.keys, Credentials: w.spaces, CheckVariables: engine.CheckVariables,
		KnownPlugin: func(string, string) bool { return true }, Runs: r, Now: w.now,
		NewInstanceID: func() string { return fmt.Sprintf("%032x", instances.Add(1)) },
	})
}

// template stores a tree.
func (w *world) template(tree []byte) string {
	w.t.Helper()
	made, err := w.templates.Create(w.t.Context(), w.caller, template.CreateParams{SpaceID: w.space, Name: "t", PipelineTree: tree})
	w.must(err)
	return strconv.Itoa(made.TemplateID)
}

// create makes a task of a tree that is not started.
func (w *world) create(r *run.Runner, tree []byte, mock task.MockParams) int {
	w.t.Helper()
	made, err := w.tasks(r).CreateMock(w.t.Context(), w.caller, task.CreateParams{
		TemplateID: w.template(tree), Name: "debug", Creator: "kim", Mock: mock,
	})
	w.must(err)
	return made.TaskID
}

// begin makes a task and starts it.
func (w *world) begin(r *run.Runner, tree []byte, mocked ...string) int {
	w.t.Helper()
	id := w.create(r, tree, task.MockParams{Nodes: mocked})
	w.start(r, id)
	return id
}

func (w *world) start(r *run.Runner, id int) {
	w.t.Helper()
	_, err := r.StartTask(w.t.Context(), w.caller, strconv.Itoa(id), "")
	w.must(err)
}

// task reads a task.
func (w *world) task(id int) *ent.Task {
	w.t.Helper()
	row, err := w.store.Read.Task.Query().Where(enttask.ID(id)).Only(w.t.Context())
	w.must(err)
	return row
}

// nodes are the executions of a node, oldest first.
func (w *world) nodes(id int, node string) []run.Execution {
	w.t.Helper()
	rows, err := w.store.Read.NodeRun.Query().Where(noderun.TaskID(id), noderun.NodeID(node)).
		Order(noderun.ByNumber()).All(w.t.Context())
	w.must(err)
	list := make([]run.Execution, len(rows))
	for i, row := range rows {
		if row.Number != i+1 || row.IsCurrent != (i == len(rows)-1) {
			w.t.Errorf("row %d of %s has number %d, current %v", i, node, row.Number, row.IsCurrent)
		}
		list[i], err = run.DecodeExecution(row.Row)
		w.must(err)
		if list[i].State != string(row.State) {
			w.t.Errorf("%s %d is %s in the column and %s in the row", node, i+1, row.State, list[i].State)
		}
	}
	return list
}

// node is the last execution of a node.
func (w *world) node(id int, node string) run.Execution {
	w.t.Helper()
	all := w.nodes(id, node)
	if len(all) == 0 {
		return run.Execution{}
	}
	return all[len(all)-1]
}

// called are the calls of a task by number.
func (w *world) called(id int) []*ent.TaskCall {
	w.t.Helper()
	rows, err := w.store.Read.TaskCall.Query().Where(taskcall.TaskID(id)).Order(taskcall.ByNumber()).All(w.t.Context())
	w.must(err)
	return rows
}

// events reads all events of a task and checks that no number is left out.
func (w *world) events(id int) []event.Event {
	w.t.Helper()
	rows, err := w.store.Read.TaskEvent.Query().Where(taskevent.TaskID(id)).Order(taskevent.ByFirstSeq()).All(w.t.Context())
	w.must(err)
	var all []event.Event
	for _, row := range rows {
		if row.FirstSeq != len(all)+1 {
			w.t.Fatalf("event %d follows event %d", row.FirstSeq, len(all))
		}
		list, err := event.Decode(row.Events, row.FirstSeq)
		w.must(err)
		if all = append(all, list...); row.LastSeq != len(all) {
			w.t.Fatalf("a row ends with event %d and says %d", len(all), row.LastSeq)
		}
	}
	if one, err := w.store.Read.TaskRun.Query().Where(ofTask(id)).Only(w.t.Context()); err == nil && one.LastSeq != len(all) {
		w.t.Errorf("%d events, and the run has counted %d", len(all), one.LastSeq)
	}
	return all
}

// operations are the kinds in the record of a task.
func (w *world) operations(id int) []string {
	w.t.Helper()
	rows, err := w.task(id).QueryOperations().All(w.t.Context())
	w.must(err)
	slices.SortFunc(rows, func(a, b *ent.TaskOperation) int { return a.ID - b.ID })
	kinds := make([]string, len(rows))
	for i, row := range rows {
		kinds[i] = string(row.Kind)
	}
	return kinds
}

// state expects the state of a task.
func (w *world) state(id int, want enttask.State) {
	w.t.Helper()
	if got := w.task(id).State; got != want {
		w.t.Fatalf("task is %s, want %s", got, want)
	}
}

// until waits for something that another goroutine brings about.
func (w *world) until(what string, met func() bool) {
	w.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for !met() {
		if time.Now().After(end) {
			w.t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(2 * time.Millisecond) //nolint:forbidigo // there is no signal to wait for
	}
}

// problems are the codes of a refusal.
func problems(err error) (codes []string) {
	if f := fault.As(err); f != nil {
		for _, p := range f.Problems {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

// tree builds the web form of a tree: nodes by id, and lines such as "s a b e".
type tree struct {
	activities, gateways, flows, constants map[string]any
	out, in                                map[string][]string
}

func newTree(lines ...string) *tree {
	t := &tree{map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}, map[string][]string{}, map[string][]string{}}
	for _, line := range lines {
		ids := splitFields(line)
		for i, id := range ids {
			if id != "s" && id != "e" && t.gateways[id] == nil && t.activities[id] == nil {
				t.node(id, "bk_display", "v1.0", nil)
			}
			if i == 0 {
				continue
			}
			from, name := ids[i-1], ids[i-1]+"__"+id
			t.flows[name] = map[string]any{"id": name, "source": from, "target": id, "is_default": false}
			t.out[from], t.in[id] = append(t.out[from], name), append(t.in[id], name)
		}
	}
	return t
}

// node names the plugin and inputs of an activity; extra are more of its members.
func (t *tree) node(id, code, version string, inputs map[string]any, extra ...map[string]any) *tree {
	data := map[string]any{}
	for key, v := range inputs {
		data[key] = map[string]any{"hook": false, "need_render": true, "value": v}
	}
	n := map[string]any{
		"id": id, "name": id, "type": "ServiceActivity", "error_ignorable": false, "skippable": true, "retryable": true, "optional": true,
		"component": map[string]any{"code": code, "version": version, "data": data},
	}
	for _, more := range extra {
		for key, v := range more {
			n[key] = v
		}
	}
	t.activities[id] = n
	return t
}

// http makes a node call out.
func (t *tree) http(id string, extra ...map[string]any) *tree {
	return t.node(id, "bk_http_request", "v1.0", map[string]any{"bk_http_request_method": "GET", "bk_http_request_url": "http://host/"}, extra...)
}

// gateway makes a node a gateway; conditions are by target.
func (t *tree) gateway(id, kind string, conditions map[string]string) *tree {
	delete(t.activities, id)
	list := map[string]any{}
	for target, text := range conditions {
		list[id+"__"+target] = map[string]any{"evaluate": text, "name": target, "tag": ""}
	}
	t.gateways[id] = map[string]any{"id": id, "name": id, "type": kind, "conditions": list}
	return t
}

// bind makes a variable of an output.
func (t *tree) bind(name, node, output string) *tree {
	key := "${" + name + "}"
	t.constants[key] = map[string]any{
		"key": key, "name": name, "value": "", "custom_type": "", "source_type": "component_outputs", "show_type": "hide",
		"source_info": map[string]any{node: []string{output}}, "source_tag": "", "index": 0, "validation": "",
	}
	return t
}

func (t *tree) json() []byte {
	for id, v := range t.activities {
		n := v.(map[string]any)
		n["incoming"], n["outgoing"] = t.in[id], t.out[id][0]
	}
	for id, v := range t.gateways {
		n := v.(map[string]any)
		n["incoming"], n["outgoing"] = t.in[id], t.out[id]
		if n["type"] == string(flow.ConvergeGateway) {
			n["outgoing"] = t.out[id][0]
		}
	}
	raw, err := json.Marshal(map[string]any{
		"id": "p", "activities": t.activities, "gateways": t.gateways, "flows": t.flows, "constants": t.constants, "outputs": []any{},
		"start_event": map[string]any{"id": "s", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": t.out["s"][0]},
		"end_event":   map[string]any{"id": "e", "name": "", "type": "EmptyEndEvent", "incoming": t.in["e"], "outgoing": ""},
		"line":        []any{}, "location": []any{},
	})
	if err != nil {
		panic(err) // maps of texts encode
	}
	return raw
}
