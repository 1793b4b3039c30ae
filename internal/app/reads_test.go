package app_test

import (
	"fmt"
	"strings"
	"testing"
)

const readFields = `state lastSeq realCalls outputs variables variablesCut
  progress { total ready running suspended finished failed }
  operations { kind operator nodeId }
  nodes {
    nodeId state isSkipped isErrorIgnored mocked
    attempts { number state loop innerLoop retry inputs outputs cut error failureRule startedAt finishedAt duration httpCalls { url } credentialSource }
    decision { language taken why branches { flowId isDefault hit taken text rendered operands { text value } } }
    unresolved { field piece reason }
  }
  events { seq time __typename ... on TaskStateEvent { was: from is: state } ... on NodeStateEvent { nodeId loop state } ... on GatewayDecisionEvent { nodeId decision { taken } } }`

// paidOrder is the input of a task of order whose one call is mocked.
func paidOrder(template string, more ...vars) vars {
	return input(template, append([]vars{{
		"constants": vars{"${order_no}": "B-7"}, "mockData": vars{"nodes": []string{"nfetch"}, "outputs": vars{"nfetch": vars{"state": "paid"}}},
	}}, more...)...)
}

// launched makes and starts a task and waits until it stands still or has ended.
func (c *client) launched(t testing.TB, in vars) string {
	t.Helper()
	id := text(c.create(t, in), "task.id")
	c.change(t, "startTask", "StartTaskInput", "task { id }", vars{"id": id})
	return id
}

// ran is a task that was started and has ended.
func (c *client) ran(t testing.TB, in vars) string {
	t.Helper()
	id := c.launched(t, in)
	c.watched(t, `subscription($id: ID!) { taskEvents(taskId: $id) { seq } }`, vars{"id": id})
	return id
}

func nodeOf(t testing.TB, task any, path string) any {
	t.Helper()
	for _, n := range list(task, "nodes") {
		if text(n, "nodeId") == path {
			return n
		}
	}
	t.Fatalf("there is no node %s", path)
	return nil
}

func TestARunCanBeRead(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	template := c.template(t, order(t))
	read := func(id string) any {
		return at(c.query(t, `query($id: ID!) { task(id: $id) { `+readFields+` } }`, vars{"id": id}), "task")
	}

	t.Run("before the start", func(t *testing.T) {
		task := read(text(c.create(t, paidOrder(template)), "task.id"))
		same(t, task, "variables", `{}`)
		same(t, task, "variablesCut", `[]`)
		same(t, task, "outputs", `null`)
		same(t, task, "events", `[]`)
		same(t, task, "lastSeq", `0`)
		same(t, task, "operations.0.kind", `"CREATE"`)
		same(t, task, "progress.total", fmt.Sprint(len(list(task, "nodes"))))
		same(t, task, "progress.ready", fmt.Sprint(len(list(task, "nodes"))))
		same(t, nodeOf(t, task, "nfetch"), "state", `"READY"`)
		same(t, nodeOf(t, task, "nfetch"), "attempts", `[]`)
		same(t, nodeOf(t, task, "nfetch"), "unresolved", `[]`)
	})
	t.Run("after the end", func(t *testing.T) {
		task := read(c.ran(t, paidOrder(template)))
		same(t, task, "state", `"FINISHED"`)
		same(t, task, "realCalls", `0`)
		same(t, task, "variables.${order_no}", `"B-7"`)
		same(t, task, "variables.${order_state}", `"paid"`)
		if at(task, "variables.${_system}") != nil {
			t.Error("the variables show ${_system}")
		}
		fetch := nodeOf(t, task, "nfetch")
		same(t, fetch, "state", `"FINISHED"`)
		same(t, fetch, "attempts.0.number", `1`)
		same(t, fetch, "attempts.0.loop", `1`)
		same(t, fetch, "attempts.0.inputs.order_no", `"B-7"`)
		same(t, fetch, "attempts.0.outputs.state", `"paid"`)
		same(t, fetch, "attempts.0.httpCalls", `[]`)
		same(t, fetch, "attempts.0.credentialSource", `null`)
		if at(fetch, "attempts.0.duration") == nil || text(fetch, "attempts.0.startedAt") == "" {
			t.Errorf("no times in %s", asJSON(fetch))
		}
		gateway := nodeOf(t, task, "npaid")
		same(t, gateway, "decision.language", `"BOOLRULE"`)
		same(t, gateway, "decision.branches.0.hit", `true`)
		same(t, gateway, "decision.branches.0.taken", `true`)
		if n := len(list(gateway, "decision.taken")); n != 1 {
			t.Errorf("%d branches taken", n)
		}
		same(t, task, "lastSeq", fmt.Sprint(len(list(task, "events"))))
		for i, e := range list(task, "events") {
			same(t, e, "seq", fmt.Sprint(i+1))
		}
		last := list(task, "events")[len(list(task, "events"))-1]
		same(t, last, "is", `"FINISHED"`)
		finished, ready := at(task, "progress.finished"), at(task, "progress.ready")
		if fmt.Sprint(finished) == "0" || fmt.Sprint(ready) == "0" { // one branch was not taken
			t.Errorf("progress %s", asJSON(at(task, "progress")))
		}
	})
	t.Run("progress alone is the same as beside nodes", func(t *testing.T) {
		id := c.ran(t, paidOrder(template))
		alone := c.query(t, `query($id: ID!) { task(id: $id) { progress { total ready running suspended finished failed } } }`, vars{"id": id})
		same(t, alone, "task.progress", asJSON(at(read(id), "progress")))
	})
	t.Run("outputs and unresolved pieces", func(t *testing.T) {
		id := c.template(t, row(constant("${k}", "show", `"own"`), `"${k}"`, display("tell", "${k} ${gone}")))
		task := read(c.ran(t, input(id)))
		same(t, task, "outputs", `{"${k}": "own"}`)
		same(t, nodeOf(t, task, "tell"), "unresolved.0.piece", `"${gone}"`)
	})
	t.Run("retries are attempts, and failed tasks stand", func(t *testing.T) {
		tree := row("", "", service("ask", "uniform_api", "v3.0.0", "")+`, "retryable": true, "skippable": true`)
		id := c.launched(t, input(c.template(t, tree), vars{"mockData": vars{"nodes": []string{"ask"}, "failures": vars{"ask": "busy"}}}))
		c.awaited(t, id, "FAILED")
		c.change(t, "retryNode", "RetryNodeInput", "task { state }", vars{"taskId": id, "nodeId": "ask"})
		c.awaited(t, id, "FAILED")
		task := read(id)
		same(t, nodeOf(t, task, "ask"), "attempts.0.error", `"busy"`)
		same(t, nodeOf(t, task, "ask"), "attempts.0.failureRule", `"MOCK"`)
		same(t, nodeOf(t, task, "ask"), "attempts.1.retry", `1`)
		same(t, task, "progress.failed", `1`)
		c.change(t, "skipNode", "SkipNodeInput", "task { state }", vars{"taskId": id, "nodeId": "ask"})
		c.awaited(t, id, "FINISHED")
		same(t, nodeOf(t, read(id), "ask"), "isSkipped", `true`)
	})
	t.Run("a failure inside shows outside", func(t *testing.T) {
		inner := c.released(t, child())
		id := c.launched(t, input(c.template(t, row("", "", sub("use", inner, ""))), vars{"mockData": vars{
			"nodes": []string{"use/ask"}, "failures": vars{"use/ask": "down"},
		}}))
		c.awaited(t, id, "FAILED")
		task := read(id)
		same(t, nodeOf(t, task, "use"), "state", `"FAILED"`)
		same(t, nodeOf(t, task, "use/ask"), "state", `"FAILED"`)
		same(t, task, "progress.failed", `1`)
	})
	t.Run("large members are cut", func(t *testing.T) {
		id := c.ran(t, input(template, vars{"mockData": vars{"nodes": []string{"nfetch"}, "outputs": vars{"nfetch": vars{
			"state": "paid", "big": strings.Repeat("x", 70<<10), "small": 1,
		}}}}))
		fetch := nodeOf(t, read(id), "nfetch")
		same(t, fetch, "attempts.0.cut", `["outputs.big"]`)
		same(t, fetch, "attempts.0.outputs.big", `null`)
		same(t, fetch, "attempts.0.outputs.small", `1`)
	})
	t.Run("events in parts", func(t *testing.T) {
		id := c.ran(t, paidOrder(template))
		a := c.query(t, `query($id: ID!) { task(id: $id) { lastSeq two: events(after: 1, first: 2) { seq } rest: events(after: 3, first: 1000) { seq } none: events(after: 100000) { seq } } }`, vars{"id": id})
		same(t, a, "task.two", `[{"seq": 2}, {"seq": 3}]`)
		same(t, a, "task.rest.0.seq", `4`)
		same(t, a, "task.none", `[]`)
		for _, arguments := range []string{"after: -1", "first: 0", "first: 1001"} {
			a := c.ask(t, `query($id: ID!) { task(id: $id) { events(`+arguments+`) { seq } } }`, vars{"id": id})
			if len(a.errors) != 1 || text(a.errors[0], "extensions.code") != "INVALID_INPUT" {
				t.Errorf("%s: %s", arguments, a.body)
			}
		}
	})
}

func TestStatementsOfRuns(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	var id string
	for i := range 20 {
		id = c.ran(t, paidOrder(c.template(t, order(t, `"value": "A-1"`, fmt.Sprintf(`"value": "A-%d"`, i%3)))))
	}
	c.query(t, `{ tasks(first: 20) { nodes { variables } } }`, nil) // the trees are in memory now
	one := c.statements(t, 8, `query($id: ID!) { task(id: $id) { `+readFields+` } }`, vars{"id": id})
	many := c.statements(t, 8, `{ tasks(first: 20) { nodes { `+readFields+` } } }`, nil)
	if len(list(many.data, "tasks.nodes")) != 20 || len(one.statements) != len(many.statements) {
		t.Errorf("%d statements for one task, %d for twenty", len(one.statements), len(many.statements))
	}
	c.statements(t, 2, `{ tasks(first: 20) { nodes { progress { total finished } } } }`, nil)
	c.statements(t, 2, `{ tasks(first: 20) { nodes { lastSeq realCalls } } }`, nil)
}
