package app_test

import (
	"strings"
	"testing"
)

func on(task, node string, more ...vars) vars {
	return merged(append([]vars{{"taskId": task, "nodeId": node}}, more...)...)
}

func TestAFailedNodeIsSkippedWithOutputs(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	tree := row(xo("data"), `"${o}"`, asking("a"), display("b", "got ${o}"))
	id, task := c.started(t, tree, failing("a"))
	looks(t, task, "FAILED FAILED READY", "a", "b")
	same(t, node(task, "a"), "attempts.0.error", `"boom"`)
	same(t, node(task, "a"), "attempts.0.failureRule", `"MOCK"`)
	task = c.operate(t, "skipNode", on(id, "a", vars{"outputs": vars{"data": 7}, "operator": "ann"}))
	looks(t, task, "FINISHED FINISHED FINISHED", "a", "b")
	same(t, node(task, "a"), "isSkipped", `true`)
	same(t, task, "variables.${o}", `7`)
	same(t, task, "outputs", `{"${o}":7}`)
	same(t, node(task, "b"), "attempts.0.inputs.bk_display_message", `"got 7"`)
	t.Run("null outputs are none", func(t *testing.T) {
		id, _ := c.started(t, tree, failing("a"))
		looks(t, c.operate(t, "skipNode", on(id, "a", vars{"outputs": nil})), "FINISHED FINISHED", "b")
	})
}

// Engine rows 73 and 75.
func TestAFailedNodeIsRetried(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	t.Run("with its own inputs, and fails again", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", asking("a")), failing("a"))
		for i, in := range []vars{on(id, "a"), on(id, "a", vars{"inputs": nil}), on(id, "a", vars{"loop": false})} {
			task := c.operate(t, "retryNode", in)
			looks(t, task, "FAILED FAILED", "a")
			if n := len(list(node(task, "a"), "attempts")); n != i+2 {
				t.Errorf("%d attempts after %d retries", n, i+1)
			}
		}
		same(t, node(c.run(t, id), "a"), "attempts.3.retry", `3`)
	})
	tree := row(x, "", waiting("a"))
	failed := func(t *testing.T) string {
		id, _ := c.started(t, tree)
		looks(t, c.operate(t, "forceFailNode", on(id, "a", vars{"reason": "stop it"})), "FAILED FAILED", "a")
		return id
	}
	t.Run("with other inputs, which replace all", func(t *testing.T) {
		id := failed(t)
		task := c.operate(t, "retryNode", on(id, "a", vars{"inputs": vars{"y": "<${x}>"}}))
		looks(t, task, "RUNNING RUNNING", "a")
		same(t, node(task, "a"), "attempts.1.inputs.y", `"<X>"`)
		same(t, node(task, "a"), "attempts.1.inputs.description", `null`)
		same(t, node(task, "a"), "attempts.1.retry", `1`)
		looks(t, c.operate(t, "callbackNode", on(id, "a", vars{"data": vars{"k": 1}})), "FINISHED FINISHED", "a")
	})
	t.Run("with inputs that are not to be rendered", func(t *testing.T) {
		id := failed(t)
		task := c.operate(t, "retryNode", on(id, "a", vars{"inputs": raw(`{"y": "${x}", "z": "${x}", "_escape_render_keys": ["y"]}`)}))
		same(t, node(task, "a"), "attempts.1.inputs.y", `"${x}"`)
		same(t, node(task, "a"), "attempts.1.inputs.z", `"X"`)
	})
}

// Engine rows 84, 86, 87 and 88.
func TestAWaitingNodeIsFailedOrCalledBack(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	tree := row(xo("callback_data"), `"${o}"`, waiting("a"), display("b", "${o}"))
	t.Run("called back", func(t *testing.T) {
		id, task := c.started(t, tree)
		looks(t, task, "RUNNING RUNNING READY", "a", "b")
		task = c.operate(t, "callbackNode", on(id, "a", vars{"data": vars{"k": 1}}))
		looks(t, task, "FINISHED FINISHED FINISHED", "a", "b")
		same(t, task, "outputs", `{"${o}":{"k":1}}`)
		same(t, task, "realCalls", `0`)
		c.operate(t, "callbackNode", on(id, "a"), "WRONG_STATE input.nodeId @a")
	})
	for name, data := range map[string]any{"null": nil, "a text": "t", "a list": []int{1}, "false": false} {
		t.Run("called back with "+name, func(t *testing.T) {
			id, _ := c.started(t, tree)
			looks(t, c.operate(t, "callbackNode", on(id, "a", vars{"data": data})), "FINISHED FINISHED", "a")
		})
	}
	t.Run("called back without data", func(t *testing.T) {
		id, _ := c.started(t, tree)
		looks(t, c.operate(t, "callbackNode", on(id, "a")), "FINISHED FINISHED", "a")
	})
	t.Run("failed, and skipped", func(t *testing.T) {
		id, _ := c.started(t, tree)
		task := c.operate(t, "forceFailNode", on(id, "a", vars{"operator": "ann"}))
		looks(t, task, "FAILED FAILED READY", "a", "b")
		same(t, node(task, "a"), "attempts.0.failureRule", `"FORCED"`)
		same(t, node(task, "a"), "attempts.0.error", `"forced fail by ann"`)
		same(t, node(task, "a"), "attempts.0.outputs._forced_failed", `true`)
		c.operate(t, "callbackNode", on(id, "a"), "WRONG_STATE input.nodeId @a")
		looks(t, c.operate(t, "skipNode", on(id, "a")), "FINISHED FINISHED", "b")
	})
	t.Run("failed although its errors are ignored", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", waiting("a", `"error_ignorable": true`)))
		looks(t, c.operate(t, "forceFailNode", on(id, "a", vars{"reason": "r"})), "FAILED FAILED", "a")
	})
}

// Engine row 89.
func TestAnApprovalIsDecidedByACallback(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	tree := row("", "", service("a", "bk_approve", "v1.0", `"rejected_block": {"hook": false, "need_render": true, "value": true}`))
	id, _ := c.started(t, tree)
	looks(t, c.operate(t, "callbackNode", on(id, "a", vars{"data": vars{"approve_result": true}})), "FINISHED FINISHED", "a")
	id, _ = c.started(t, tree)
	looks(t, c.operate(t, "callbackNode", on(id, "a", vars{"data": vars{"approve_result": false}})), "FAILED FAILED", "a")
	looks(t, c.operate(t, "retryNode", on(id, "a")), "RUNNING RUNNING", "a")
}

func TestBranchesAreChosen(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id, task := c.started(t, gates("ExclusiveGateway"))
	looks(t, task, "FAILED FAILED READY READY", "gate", "b", "c")
	looks(t, c.operate(t, "chooseBranch", on(id, "gate", vars{"flowIds": []string{"lc"}})), "FINISHED FINISHED READY FINISHED", "gate", "b", "c")
	for want, flows := range map[string][]string{
		"FINISHED FINISHED READY FINISHED": {"lb"}, "FINISHED FINISHED FINISHED FINISHED": {"lc", "lb"},
	} {
		id, _ := c.started(t, gates("ConditionalParallelGateway"))
		looks(t, c.operate(t, "chooseBranch", on(id, "gate", vars{"flowIds": flows})), want, "b", "c", "join")
	}
	t.Run("a gateway is retried, and fails again", func(t *testing.T) {
		id, _ := c.started(t, gates("ExclusiveGateway"))
		task := c.operate(t, "retryNode", on(id, "gate"))
		looks(t, task, "FAILED FAILED", "gate")
		if n := len(list(node(task, "gate"), "attempts")); n != 2 {
			t.Errorf("%d attempts", n)
		}
	})
}

// loop is the member of an activity that repeats itself.
const loopOf3 = `"loop_config": {"enable": true, "loop_times": 3, "retryable": true, "skippable": true}`

func TestPassesOfALoopAreRetriedAndSkipped(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	failed := func(t *testing.T, member string) string {
		id, task := c.started(t, row(x, "", waiting("a", member)))
		looks(t, task, "RUNNING RUNNING", "a")
		c.operate(t, "callbackNode", on(id, "a"))
		looks(t, c.operate(t, "forceFailNode", on(id, "a", vars{"reason": "second pass"})), "FAILED FAILED", "a")
		return id
	}
	passes := func(t *testing.T, id string, most int) int {
		t.Helper()
		for n := range most {
			if task := c.run(t, id); text(task, "state") == "FINISHED" {
				return n
			}
			c.operate(t, "callbackNode", on(id, "a"))
		}
		return most
	}
	t.Run("the pass is retried", func(t *testing.T) {
		id := failed(t, loopOf3)
		c.operate(t, "retryNode", on(id, "a", vars{"loop": true}))
		if n := passes(t, id, 9); n != 2 {
			t.Errorf("%d passes were left", n)
		}
	})
	t.Run("the whole is retried", func(t *testing.T) {
		id := failed(t, loopOf3)
		c.operate(t, "retryNode", on(id, "a"))
		if n := passes(t, id, 9); n != 3 {
			t.Errorf("%d passes were left", n)
		}
	})
	t.Run("the pass is skipped", func(t *testing.T) {
		id := failed(t, loopOf3)
		c.operate(t, "skipNode", on(id, "a", vars{"loop": true}))
		if n := passes(t, id, 9); n != 1 {
			t.Errorf("%d passes were left", n)
		}
	})
	t.Run("the whole is skipped", func(t *testing.T) {
		id := failed(t, loopOf3)
		looks(t, c.operate(t, "skipNode", on(id, "a")), "FINISHED FINISHED", "a")
	})
	t.Run("not when the loop does not allow it", func(t *testing.T) {
		id := failed(t, strings.NewReplacer(`"retryable": true`, `"retryable": false`, `"skippable": true`, `"skippable": false`).Replace(loopOf3))
		c.operate(t, "retryNode", on(id, "a", vars{"loop": true}), "WRONG_STATE input.nodeId @a")
		c.operate(t, "skipNode", on(id, "a", vars{"loop": true}), "WRONG_STATE input.nodeId @a")
	})
}
