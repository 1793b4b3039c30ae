package app_test

import (
	"strings"
	"testing"
)

// Engine row 70, by path.
func TestInnerNodesAreOperatedByPath(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	b := c.released(t, row(constant("${k}", "show", `"own"`)+","+x+","+bound("${r}", "ask", "data"), `"${r}"`, asking("ask"), waiting("wait"), display("tell", "${k}: ${r}")))
	tree := row(x+","+bound("${o}", "b", "${r}"), `"${o}"`, sub("b", b, `, "constants": {"${k}": "K"}`), display("sum", "${o}"))
	failed := func(t *testing.T) string {
		id, task := c.started(t, tree, failing("b/ask"))
		looks(t, task, "FAILED FAILED READY", "b/ask", "b/wait")
		return id
	}
	t.Run("skipped with outputs, then called back", func(t *testing.T) {
		id := failed(t)
		task := c.operate(t, "skipNode", on(id, "b/ask", vars{"outputs": vars{"data": "D"}}))
		looks(t, task, "RUNNING FINISHED RUNNING", "b/ask", "b/wait")
		task = c.operate(t, "callbackNode", on(id, "b/wait"))
		looks(t, task, "FINISHED FINISHED FINISHED", "b/tell", "sum")
		same(t, task, "outputs", `{"${o}":"D"}`)
		same(t, node(task, "b/tell"), "attempts.0.inputs.bk_display_message", `"K: D"`)
	})
	t.Run("retried", func(t *testing.T) {
		id := failed(t)
		task := c.operate(t, "retryNode", on(id, "b/ask"))
		same(t, node(task, "b/ask"), "attempts.1.retry", `1`)
	})
	t.Run("failed", func(t *testing.T) {
		id := failed(t)
		c.operate(t, "skipNode", on(id, "b/ask"))
		looks(t, c.operate(t, "forceFailNode", on(id, "b/wait")), "FAILED FAILED READY", "b/wait", "b/tell")
		looks(t, c.operate(t, "skipNode", on(id, "b/wait")), "FINISHED FINISHED", "sum")
	})
	t.Run("refused", func(t *testing.T) {
		id := failed(t)
		payload := c.operate(t, "skipNode", on(id, "ask"), "UNKNOWN_NODE input.nodeId @ask")
		if message := text(payload, "userErrors.0.message"); !strings.Contains(message, "b/ask") {
			t.Errorf("the message is %q", message)
		}
		c.operate(t, "retryNode", on(id, "b"), "WRONG_STATE input.nodeId @b")
		c.operate(t, "skipNode", on(id, "b"), "INVALID_VALUE input.nodeId @b")
		c.operate(t, "forceFailNode", on(id, "b"), "INVALID_VALUE input.nodeId @b")
		c.operate(t, "callbackNode", on(id, "b/wait"), "WRONG_STATE input.nodeId @b/wait")
		c.operate(t, "retryNode", on(id, "b", vars{"inputs": vars{}}), "INVALID_VALUE input.inputs")
	})
}

// A mocked sub-process is one node.
func TestAMockedSubProcessIsOperatedAsAWhole(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	b := c.released(t, row(x+","+bound("${r}", "ask", "data"), `"${r}"`, asking("ask")))
	tree := row(x+","+bound("${o}", "b", "${r}"), `"${o}"`, sub("b", b, ""), display("sum", "${o}"))
	id, task := c.started(t, tree, failing("b"))
	looks(t, task, "FAILED FAILED READY", "b", "sum")
	looks(t, c.operate(t, "retryNode", on(id, "b")), "FAILED FAILED READY", "b", "sum")
	task = c.operate(t, "skipNode", on(id, "b", vars{"outputs": vars{"${r}": 5}}))
	looks(t, task, "FINISHED FINISHED FINISHED", "b", "sum")
	same(t, task, "outputs", `{"${o}":5}`)
}
