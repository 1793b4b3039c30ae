package realcall_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/space"
)

// seen is one request that a host got.
type seen struct {
	method, path, query, body string
	header                    http.Header
}

// world is a service, a space and a host that remembers what it is asked.
type world struct {
	*realcall.Service
	t        *testing.T
	settings space.CallSettings
	broken   error // of reading the settings
	deps     realcall.Deps
	url      string

	mu       sync.Mutex
	requests []seen
}

func newWorld(t *testing.T, host http.HandlerFunc) *world {
	t.Helper()
	w := &world{t: t, settings: space.CallSettings{
		CredentialName: "N", Credential: &credential.Pair{AppCode: "space-app", Secret: "space-secret"},
	}}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		w.requests = append(w.requests, seen{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header})
		w.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		host(out, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	policy, err := outbound.ParsePolicy([]string{"127.0.0.1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.deps = realcall.Deps{HTTP: outbound.New(outbound.Config{Policy: policy}), Spaces: w, Now: time.Now}
	w.Service = realcall.New(w.deps)
	return w
}

// answers is a host that always says the same.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// ForCalls is the space of the world.
func (w *world) ForCalls(context.Context, int, string, string) (space.CallSettings, error) {
	return w.settings, w.broken
}

func (w *world) last() seen {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.requests) == 0 {
		w.t.Fatal("nothing was sent")
	}
	return w.requests[len(w.requests)-1]
}

func (w *world) sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.requests)
}

var task = realcall.Task{
	ID: 7, SpaceID: 3, TemplateID: 5, Name: "my task", ScopeType: "project", ScopeValue: "1", Operator: "kim",
	Credentials: map[string]map[string]any{
		"C": {"bk_app_code": "task-app", "bk_app_secret": "task-secret", "extra": "other-secret"},
		"N": {"bk_app_code": "named-app", "bk_app_secret": "named-secret"},
	},
}

// effect is a call of a node; the inputs are JSON with $URL for the host's address.
func (w *world) effect(plugin, version, inputs string) engine.CallPlugin {
	w.t.Helper()
	v, err := expr.Decode([]byte(strings.ReplaceAll(inputs, "$URL", w.url)))
	if err != nil {
		w.t.Fatal(err)
	}
	d, ok := v.(*expr.Dict)
	if !ok {
		w.t.Fatal("inputs are an object")
	}
	return engine.CallPlugin{
		Node: "n1", Version: "v1", Number: 4, Plugin: plugin, PluginVersion: version, Loop: 1, InnerLoop: 1,
		Inputs: engine.Fields{Dict: d}, Outputs: engine.Fields{Dict: expr.NewDict(0)},
	}
}

func (w *world) do(e engine.CallPlugin) realcall.Result {
	w.t.Helper()
	call := realcall.Call{Task: task, Effect: e, At: time.Now()}
	if err := w.Prepare(w.t.Context(), &call); err != nil {
		w.t.Fatal(err)
	}
	r := w.Do(w.t.Context(), call)
	if o := r.Outcome; o.Node != e.Node || o.Version != e.Version || o.Call != e.Number || o.Outputs.Dict == nil {
		w.t.Fatalf("the outcome is for another effect: %+v", o)
	}
	return r
}

// after is the effect that follows an outcome.
func after(e engine.CallPlugin, r realcall.Result, polls int, callback any) engine.CallPlugin {
	e.Schedule, e.Polls, e.Outputs, e.Number = true, polls, r.Outcome.Outputs, e.Number+1
	if callback != nil {
		e.Callback, e.HasCallback = engine.Value{Any: callback}, true
	}
	return e
}

func output(r realcall.Result, key string) any {
	v, _ := r.Outcome.Outputs.Get(key)
	return v
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	raw, err := expr.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func reason(r realcall.Result) string {
	if v := output(r, "ex_data"); v != nil {
		return expr.Str(v)
	}
	return ""
}

// fails asserts that a call failed for a reason.
func (w *world) fails(r realcall.Result, why string) {
	w.t.Helper()
	if r.Outcome.Answer.OK || !strings.Contains(reason(r), why) {
		w.t.Errorf("answer %+v, reason %q, want %q", r.Outcome.Answer, reason(r), why)
	}
}

// wellDone asserts that a call ended its node.
func (w *world) wellDone(r realcall.Result, data string) {
	w.t.Helper()
	if a := r.Outcome.Answer; !a.OK || !a.Done {
		w.t.Fatalf("answer %+v, reason %q", a, reason(r))
	}
	if got := encoded(w.t, output(r, "data")); got != data {
		w.t.Errorf("data %s, want %s", got, data)
	}
}

// members reads a JSON object.
func members(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return m
}

var errSettings = errors.New("the database is away")
