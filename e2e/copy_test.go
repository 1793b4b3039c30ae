package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAMovedInstallationIsWhatItWas moves a server's database to PostgreSQL: everything
// that the API shows is the same there, byte for byte, and what waited goes on.
func TestAMovedInstallationIsWhatItWas(t *testing.T) {
	t.Parallel()
	w := &quietWorld{t: t, dir: t.TempDir(), host: newKeyedHost(t)}
	w.fill()
	before := dump(t, w.server, w.token)
	if r := run(t, w.dir, nil, "copy", "--to", "postgres://127.0.0.1:1/none"); r.code != 1 {
		t.Errorf("without a target: code %d: %s%s", r.code, r.out, r.err)
	}
	header := w.server.header
	w.server.stop(t)

	w.server = serve(t, w.dir, nil, append(moved(t, w.dir), "--allow-host", w.host.address)...)
	defer w.server.stop(t)
	if w.server.header != header {
		t.Error("the demo application has another secret")
	}
	after := dump(t, w.server, w.token)
	for name, want := range before {
		if got := after[name]; got != want {
			t.Errorf("%s was\n%s\nand is\n%s", name, want, got)
		}
	}
	if len(after) != len(before) || len(before) < 10 {
		t.Errorf("%d answers, %d before", len(after), len(before))
	}
	w.goOn()
}

// quietWorld is an installation with something of everything, in which nothing happens
// by itself.
type quietWorld struct {
	t      *testing.T
	dir    string
	host   *keyedHost
	server *server
	token  string
	// tasks: one waits for somebody with the task's own credential after it, one failed.
	waits, failed string
	template      string
}

// base64 of {"bk_app_code": "mine", "bk_app_secret": "a task's secret"}
const taskCredential = "eyJia19hcHBfY29kZSI6ICJtaW5lIiwgImJrX2FwcF9zZWNyZXQiOiAiYSB0YXNrJ3Mgc2VjcmV0In0="

func (w *quietWorld) fill() {
	t := w.t
	t.Helper()
	w.server = serve(t, w.dir, nil, "--dev", "--allow-host", w.host.address)
	s := w.server
	space := firstSpace(t, s)
	setCredential(t, s, space)
	w.must(`mutation ($input: CreateCredentialInput!) { done: createCredential(input: $input) { userErrors { code message } } }`, map[string]any{
		"spaceId": space, "name": "parted", "type": "CUSTOM", "content": map[string]any{"word": "hidden"},
		"scopeLevel": "PART", "scopes": []any{map[string]any{"scopeType": "project", "scopeValue": "模板"}},
	})
	demo := templateID(t, s, "refund an order")
	presets := query[struct {
		Template struct {
			MockPresets []struct{ ID, NodeID string }
		}
	}](t, s, `query ($id: ID!) { template(id: $id) { mockPresets { id nodeId } } }`, map[string]any{"id": demo}).Template.MockPresets
	var nodes []string
	for _, p := range presets {
		if !slices.Contains(nodes, p.NodeID) {
			nodes = append(nodes, p.NodeID)
		}
	}
	w.must(`mutation ($input: CreateMockSchemeInput!) { done: createMockScheme(input: $input) { userErrors { code message } } }`, map[string]any{
		"templateId": demo, "name": "ein Schema", "choices": []any{map[string]any{"nodeId": presets[0].NodeID, "presetId": presets[0].ID}},
	})
	w.template = makeTemplate(t, s, space, "waits", tree(
		[]node{w.host.calling("first", ""), held("wait"), w.host.calling("after", "own"), sleepLong("long")}, nil, path("start", "first", "wait", "after", "long", "end")...))
	refused := makeTemplate(t, s, space, "fails", tree([]node{w.host.calling("refused", "")}, nil, path("start", "refused", "end")...))

	create(t, s, map[string]any{"input": refund(demo, "only made")})
	w.start(demo, "mocked", map[string]any{"mockData": map[string]any{"nodes": nodes}})
	w.waits = w.start(w.template, "waits", map[string]any{"credentials": map[string]any{"own": taskCredential}, "idempotencyKey": "once"})
	w.failed = w.start(refused, "fails", nil)
	w.becomes(w.failed, "refused", "FAILED")
	w.becomes(w.waits, "wait", "RUNNING")

	applied := query[struct {
		ApplyToken struct{ Token *string }
	}](t, s, `mutation ($id: ID!) { applyToken(input: {resourceType: SPACE, resourceId: $id, permission: VIEW, user: "ann"}) { token } }`, map[string]any{"id": space})
	if applied.ApplyToken.Token == nil {
		t.Fatal("no token")
	}
	w.token = *applied.ApplyToken.Token
}

func sleepLong(id string) node {
	n := sleeping(id)
	n.inputs["bk_timing"] = "3600"
	return n
}

// must sends a mutation that must succeed.
func (w *quietWorld) must(document string, input map[string]any) {
	w.t.Helper()
	var answer struct {
		Done struct{ UserErrors []userError }
	}
	if err := try(w.server, document, input, &answer); err != nil || len(answer.Done.UserErrors) > 0 {
		w.t.Fatalf("%s: %+v, %v", document, answer, err)
	}
}

// start makes and starts a task.
func (w *quietWorld) start(template, name string, more map[string]any) string {
	w.t.Helper()
	input := map[string]any{"templateId": template, "name": name, "creator": "story", "start": true}
	for key, v := range more {
		input[key] = v
	}
	var made struct {
		CreateMockTask struct {
			Task       *struct{ ID string }
			UserErrors []userError
		}
	}
	err := try(w.server, `mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { code message field } } }`, input, &made)
	if err != nil || made.CreateMockTask.Task == nil {
		w.t.Fatalf("%s: %+v, %v", name, made, err)
	}
	return made.CreateMockTask.Task.ID
}

// becomes waits until a node of a task is in a state.
func (w *quietWorld) becomes(task, node, state string) {
	w.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(patience); ; <-tick.C {
		got := query[struct {
			Task struct {
				Nodes []struct{ NodeID, State string }
			}
		}](w.t, w.server, `query ($id: ID!) { task(id: $id) { nodes { nodeId state } } }`, map[string]any{"id": task}).Task
		for _, n := range got.Nodes {
			if n.NodeID == node && n.State == state {
				return
			}
		}
		if time.Now().After(late) {
			w.t.Fatalf("%s of task %s does not become %s: %+v", node, task, state, got)
		}
	}
}

// goOn does what waits: credentials open, retries and callbacks work, keys are known and
// new ids are new.
func (w *quietWorld) goOn() {
	t := w.t
	t.Helper()
	if n := len(w.host.of("after")); n > 0 {
		t.Errorf("%d calls before anybody called back", n)
	}
	w.must(`mutation ($input: CallbackNodeInput!) { done: callbackNode(input: $input) { userErrors { code message } } }`,
		map[string]any{"taskId": w.waits, "nodeId": "wait", "data": map[string]any{}, "operator": "ann"})
	w.becomes(w.waits, "long", "RUNNING")
	if got := w.host.of("after"); len(got) != 1 || !strings.Contains(got[0], "a task's secret") {
		t.Errorf("the call with the task's credential came as %q", got)
	}
	w.must(`mutation ($input: RetryNodeInput!) { done: retryNode(input: $input) { userErrors { code message } } }`,
		map[string]any{"taskId": w.failed, "nodeId": "refused", "operator": "ann"})
	w.becomes(w.failed, "refused", "FINISHED")
	if got := w.host.of("refused"); len(got) != 2 || !strings.Contains(got[1], "a story's secret") {
		t.Errorf("the calls with the space's credential came as %q", got)
	}
	more := map[string]any{"credentials": map[string]any{"own": taskCredential}, "idempotencyKey": "once"}
	if id := w.start(w.template, "waits", more); id != w.waits {
		t.Errorf("the key gives task %s now, and gave %s", id, w.waits)
	}
	delete(more, "idempotencyKey")
	id := w.start(w.template, "new", more)
	if len(id) != len(w.failed) || id <= w.failed {
		t.Errorf("a new task has the id %s, the last one had %s", id, w.failed)
	}
	w.becomes(id, "wait", "RUNNING")
}

// TestTasksGoOnInPostgres kills a server while tasks run and moves its database: there
// they come to their ends, and no call is made twice.
func TestTasksGoOnInPostgres(t *testing.T) {
	t.Parallel()
	k := &killStory{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(killSeed, 4))}
	k.host = newAPIHost(t, killSeed, map[string]float64{"fickle": 0.3})
	k.prepare()
	s := k.serve()
	for i := range 20 {
		j := &job{key: fmt.Sprint("job-", i), template: k.templates[i%len(k.templates)], atOnce: i%2 == 0}
		if err := k.bring(s, j); err != nil {
			t.Fatal(err)
		}
		k.jobs = append(k.jobs, j)
	}
	s.signal(t, syscall.SIGKILL)
	s.wait(t)

	s = serve(t, k.dir, nil, append(moved(t, k.dir), "--allow-host", k.host.address)...)
	k.settle(s)
	if n := count(t, s); n != len(k.jobs) {
		t.Errorf("%d tasks, want %d", n, len(k.jobs))
	}
	came, lost := 0, 0
	for _, j := range k.jobs {
		got, shown := k.read(s, j.id), 0
		for _, n := range got.Nodes {
			made, unknown, _ := k.checkNode(j.id, n.NodeID, n.Mocked, n.Attempts)
			shown, came, lost = shown+made+unknown, came+made, lost+unknown
		}
		k.checkEvents(j.id, got, shown)
	}
	t.Logf("%d calls are known and %d unknown; a person retried %d nodes and skipped %d", came, lost, len(k.decided), len(k.skipped))
	s.stop(t)
}
