package realcall_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/plugin"
	"rehearse.dev/internal/realcall"
)

// chain is a tree of activities in a row; each is "id code version data".
func chain(t *testing.T, constants string, activities ...[4]string) *flow.Pipeline {
	t.Helper()
	var acts, flows []string
	last := "s"
	for i, a := range append(activities, [4]string{"e"}) {
		flows = append(flows, fmt.Sprintf(`"l%d": {"id": "l%d", "source": %q, "target": %q, "is_default": false}`, i, i, last, a[0]))
		last = a[0]
		if a[1] != "" {
			acts = append(acts, fmt.Sprintf(`%q: {"id": %q, "name": %q, "type": "ServiceActivity", "incoming": ["l%d"], "outgoing": "l%d", "error_ignorable": false,
				"component": {"code": %q, "version": %q, "data": {%s}}}`, a[0], a[0], a[0], i, i+1, a[1], a[2], a[3]))
		}
	}
	p, err := flow.Parse([]byte(fmt.Sprintf(`{"id": "p", "start_event": {"id": "s", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": "l0"},
		"end_event": {"id": "e", "name": "", "type": "EmptyEndEvent", "incoming": ["l%d"], "outgoing": ""},
		"activities": {%s}, "gateways": {}, "flows": {%s}, "constants": {%s}, "outputs": [], "line": [], "location": []}`,
		len(activities), strings.Join(acts, ","), strings.Join(flows, ","), constants)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func field(key, value string) string {
	return fmt.Sprintf(`%q: {"hook": false, "need_render": true, "value": %s}`, key, value)
}

// A run with the real engine: a request, a polled call and one that waits for a
// callback, each with the result of the one before.
func TestEngineAndCallsGoTogether(t *testing.T) {
	t.Parallel()
	var polls atomic.Int64
	w := newWorld(t, func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/order":
			_, _ = io.WriteString(out, `{"id": 41}`)
		case "/begin":
			fmt.Fprintf(out, `{"result": true, "job": "J%v"}`, members(t, string(body))["order"])
		case "/state":
			fmt.Fprintf(out, `{"result": true, "phase": "run", "state": %d, "of": %q}`, min(polls.Add(1), 3), r.URL.Query().Get("task_tag"))
		default:
			_, _ = io.WriteString(out, ok)
		}
	})
	bound := func(key, node string) string {
		return fmt.Sprintf(`"${%s}": {"key": "${%s}", "name": "n", "index": 0, "show_type": "hide", "source_type": "component_outputs", "source_info": {%q: ["data"]},
			"source_tag": "", "custom_type": "", "validation": "", "value": ""}`, key, key, node)
	}
	link := func(path string) string { return fmt.Sprintf("%q", w.url+path) }
	tree := chain(t, bound("a", "a")+","+bound("b", "b"),
		[4]string{"a", "bk_http_request", "v1.0", field("bk_http_request_method", `"GET"`) + "," + field("bk_http_request_url", link("/order"))},
		[4]string{"b", "uniform_api", "v3.0.0", field("uniform_api_plugin_url", link("/begin")) + "," + field("uniform_api_plugin_method", `"POST"`) + "," +
			field("order", `"${a['id']}"`) + "," + field("uniform_api_plugin_polling", `{"url": `+link("/state")+`, "task_tag_key": "job",
			"success_tag": {"key": "state", "value": 3, "data_key": "of"}, "fail_tag": {"key": "state", "value": 9}, "running_tag": {"key": "phase", "value": "run"}}`)},
		[4]string{"c", "uniform_api", "v2.0.0", field("uniform_api_plugin_url", link("/wait")) + "," + field("uniform_api_plugin_method", `"POST"`) + "," + field("job", `"${b}"`) + "," +
			field("uniform_api_plugin_callback", `{"success_tag": {"key": "ok", "value": "yes", "data_key": "v"}, "fail_tag": {"key": "ok", "value": "no"}}`)},
	)
	plan, err := engine.Compile(tree, engine.Options{Plugins: plugin.Builtin()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	state := engine.NewState(plan, engine.Init{})
	todo := []engine.Event{{Kind: engine.EventStart, At: now}}
	var calls, waits int
	called := false
	for steps := 0; len(todo) > 0 && steps < 50; steps++ {
		event := todo[0]
		todo = todo[1:]
		var result engine.Result
		if state, result, err = engine.Step(plan, state, event); err != nil {
			t.Fatal(err)
		}
		for _, effect := range result.Effects {
			switch {
			case effect.Call != nil:
				calls++
				call := realcall.Call{Task: task, Effect: *effect.Call, At: event.At}
				if err := w.Prepare(t.Context(), &call); err != nil {
					t.Fatal(err)
				}
				r := w.Do(t.Context(), call)
				todo = append(todo, engine.Event{Kind: engine.EventOutcome, At: event.At, Outcome: &r.Outcome})
			case effect.Wake != nil:
				waits++
				todo = append(todo, engine.Event{Kind: engine.EventWake, At: effect.Wake.At, Wake: effect.Wake})
			}
		}
		if c := state.Rows["c"]; len(todo) == 0 && c != nil && c.State == engine.Running && !called {
			called = true
			todo = append(todo, engine.Event{Kind: engine.EventOperation, At: event.At, Operation: &engine.Operation{
				Op: engine.OpCallback, Node: "c", Data: engine.Value{Any: expr.DictOf("ok", "yes", "v", int64(5))},
			}})
		}
	}
	for _, id := range []string{"a", "b", "c", "p"} {
		if row := state.Rows[id]; row == nil || row.State != engine.Finished {
			t.Fatalf("%s: %+v", id, row)
		}
	}
	data := func(id string) string {
		v, _ := state.Rows[id].Outputs.Get("data")
		return encoded(t, v)
	}
	if data("a") != `{"id":41}` || data("b") != `"J41"` || data("c") != `5` {
		t.Errorf("%s, %s, %s", data("a"), data("b"), data("c"))
	}
	// One request; a first call and three polls, each waited for; a first call and the
	// reading of the callback, which sends nothing.
	if calls != 7 || waits != 3 || w.sent() != 6 {
		t.Errorf("%d calls, %d waits, %d requests", calls, waits, w.sent())
	}
}
