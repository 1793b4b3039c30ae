package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// runFields is a task as its runs are looked at.
const runFields = ` fragment R on Task {
  id state executor startTime finishTime realCalls variables outputs treeInfoId
  nodes { nodeId state isSkipped attempts { number state loop retry inputs outputs error failureRule } decision { taken } }
}`

// kinds are the records of the mutations.
var kinds = map[string]string{
	"startTask": "START", "pauseTask": "PAUSE", "resumeTask": "RESUME", "revokeTask": "REVOKE", "retryNode": "RETRY",
	"skipNode": "SKIP", "forceFailNode": "FORCE_FAIL", "callbackNode": "CALLBACK", "chooseBranch": "CHOOSE_BRANCH",
}

// operateDocument is a document for one of the mutations that operate tasks.
func operateDocument(mutation string) string {
	typ := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	return `mutation($in: ` + typ + `!) { ` + mutation + `(input: $in) { task { ...R } userErrors` + problemFields + ` } }` + runFields
}

// operate sends an operation. With problems it must be refused with exactly those, and
// nothing must be written; else it must be accepted, and be recorded and told of once.
func (c *client) operate(t testing.TB, mutation string, in vars, problems ...string) any {
	t.Helper()
	if len(problems) > 0 {
		var payload any
		c.unchanged(t, func() { payload = at(c.query(t, operateDocument(mutation), vars{"in": in}), mutation) })
		equalProblems(t, mutation, problemsAt(payload, "userErrors"), problems)
		same(t, payload, "task", `null`)
		return payload
	}
	id, _ := in["id"].(string)
	if id == "" {
		id, _ = in["taskId"].(string)
	}
	before := c.records(t, id)
	payload := at(c.query(t, operateDocument(mutation), vars{"in": in}), mutation)
	equalProblems(t, mutation, problemsAt(payload, "userErrors"), nil)
	who, ok := in["operator"].(string)
	if !ok {
		who = "ours-user"
	}
	record := kinds[mutation] + " " + who
	if n, ok := in["nodeId"].(string); ok {
		record += " " + n
	}
	want := slices.Concat(before, []string{record})
	if after := c.records(t, id); !slices.Equal(after, want) {
		t.Errorf("%s: the records are %q, not %q", mutation, after, want)
	}
	return at(payload, "task")
}

// records lists the operations on a task that has been made. The events have to tell
// of the same.
func (c *client) records(t testing.TB, id string) []string {
	t.Helper()
	data := c.query(t, `query($id: ID!) { task(id: $id) { operations { kind operator nodeId }
		events(first: 1000) { seq __typename ... on OperationEvent { kind operator nodeId } } } }`, vars{"id": id})
	word := func(o any) string {
		return strings.TrimSpace(text(o, "kind") + " " + text(o, "operator") + " " + text(o, "nodeId"))
	}
	var stored, told []string
	for _, o := range list(data, "task.operations") {
		if text(o, "kind") != "CREATE" {
			stored = append(stored, word(o))
		}
	}
	for i, e := range list(data, "task.events") {
		if seq := asJSON(at(e, "seq")); seq != fmt.Sprint(i+1) {
			t.Errorf("event %d has the number %s", i+1, seq)
		}
		if text(e, "__typename") == "OperationEvent" {
			told = append(told, word(e))
		}
	}
	if !slices.Equal(stored, told) {
		t.Errorf("the records are %q, and the events tell of %q", stored, told)
	}
	return stored
}

// made makes a task of a tree; more is merged into the input.
func (c *client) made(t testing.TB, tree []byte, more ...vars) string {
	t.Helper()
	payload := at(c.query(t, createDocument, vars{"input": input(c.template(t, tree), more...)}), "createMockTask")
	equalProblems(t, "problems", problemsAt(payload, "userErrors"), nil)
	return text(payload, "task.id")
}

// started is made and startTask; it gives the task's id and the task.
func (c *client) started(t testing.TB, tree []byte, more ...vars) (string, any) {
	t.Helper()
	id := c.made(t, tree, more...)
	return id, c.operate(t, "startTask", vars{"id": id})
}

// run reads a task.
func (c *client) run(t testing.TB, id string) any {
	t.Helper()
	return at(c.query(t, `query($id: ID!) { task(id: $id) { ...R } }`+runFields, vars{"id": id}), "task")
}

// until waits for a task that is as it should be.
func (c *client) until(t testing.TB, id string, ok func(task any) bool) any {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		task := c.run(t, id)
		if ok(task) {
			return task
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("in vain: %s", asJSON(task))
		}
	}
}

// reaches waits for a state of the task.
func (c *client) reaches(t testing.TB, id, state string) any {
	t.Helper()
	return c.until(t, id, func(task any) bool { return text(task, "state") == state })
}

// node finds a node of a task.
func node(task any, id string) any {
	for _, n := range list(task, "nodes") {
		if text(n, "nodeId") == id {
			return n
		}
	}
	return nil
}

// states tells the states of the task and of some nodes.
func states(task any, nodes ...string) string {
	words := []string{text(task, "state")}
	for _, id := range nodes {
		words = append(words, text(node(task, id), "state"))
	}
	return strings.Join(words, " ")
}

// looks compares states.
func looks(t testing.TB, task any, want string, nodes ...string) {
	t.Helper()
	if got := states(task, nodes...); got != want {
		t.Errorf("task and %q are %q, not %q: %s", nodes, got, want, asJSON(task))
	}
}

// waiting is an activity that waits for a callback, with more members.
func waiting(id string, more ...string) string {
	return service(id, "pause_node", "legacy", `"description": {"hook": false, "need_render": true, "value": "${x}"}`) + suffix(more)
}

// sleeping is an activity that waits for its timer.
func sleeping(id, seconds string, more ...string) string {
	return service(id, "sleep_timer", "legacy", `"bk_timing": {"hook": false, "need_render": true, "value": "`+seconds+`"}`) + suffix(more)
}

// asking is an activity that is to be mocked.
func asking(id string, more ...string) string {
	return service(id, "uniform_api", "v3.0.0", `"url": {"hook": false, "need_render": true, "value": "http://example.com/${x}"}`) + suffix(more)
}

func suffix(members []string) string {
	if len(members) == 0 {
		return ""
	}
	return ", " + strings.Join(members, ", ")
}

// x is a constant and o the output data of node a, both for row.
const x = `"${x}": {"key": "${x}", "name": "x", "show_type": "show", "source_type": "custom", "source_info": {}, "custom_type": "input", "value": "X"}`

// xo is x, and o bound to an output of node a.
func xo(output string) string { return x + "," + bound("${o}", "a", output) }

// failing is mock data that lets nodes fail.
func failing(nodes ...string) vars {
	failures := vars{}
	for _, n := range nodes {
		failures[n] = "boom"
	}
	return vars{"mockData": vars{"nodes": nodes, "failures": failures}}
}
