package app_test

import "testing"

// Engine rows 77, 78 and 82.
func TestATaskIsPausedAndGoesOn(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	t.Run("what runs goes on to its end", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", waiting("a"), display("b", "x")))
		looks(t, c.operate(t, "pauseTask", vars{"id": id, "operator": "ann"}), "SUSPENDED RUNNING READY", "a", "b")
		c.operate(t, "pauseTask", vars{"id": id}, "WRONG_STATE input.id")
		looks(t, c.operate(t, "callbackNode", on(id, "a")), "SUSPENDED FINISHED READY", "a", "b")
		looks(t, c.operate(t, "resumeTask", vars{"id": id}), "FINISHED FINISHED FINISHED", "a", "b")
		c.operate(t, "pauseTask", vars{"id": id}, "WRONG_STATE input.id")
		c.operate(t, "resumeTask", vars{"id": id}, "WRONG_STATE input.id")
	})
	t.Run("during a timer", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", sleeping("a", "1"), display("b", "x")))
		c.operate(t, "pauseTask", vars{"id": id})
		c.until(t, id, func(task any) bool { return states(task, "a", "b") == "SUSPENDED FINISHED READY" })
		looks(t, c.operate(t, "resumeTask", vars{"id": id}), "FINISHED FINISHED", "b")
	})
	t.Run("paused while a node has failed", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", asking("a"), display("b", "x")), failing("a"))
		looks(t, c.operate(t, "pauseTask", vars{"id": id}), "SUSPENDED FAILED READY", "a", "b")
		looks(t, c.operate(t, "skipNode", on(id, "a")), "SUSPENDED FINISHED READY", "a", "b")
		looks(t, c.operate(t, "resumeTask", vars{"id": id}), "FINISHED FINISHED FINISHED", "a", "b")
	})
	t.Run("not after it was given up", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", waiting("a")))
		c.operate(t, "pauseTask", vars{"id": id})
		looks(t, c.operate(t, "revokeTask", vars{"id": id}), "REVOKED")
		for _, mutation := range []string{"resumeTask", "pauseTask", "revokeTask", "startTask"} {
			c.operate(t, mutation, vars{"id": id}, "WRONG_STATE input.id")
		}
	})
}

// Engine rows 79, 80 and 81.
func TestATaskIsGivenUp(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	t.Run("while a node waits, which is called back then", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", waiting("a"), display("b", "x")))
		task := c.operate(t, "revokeTask", vars{"id": id, "operator": "ann"})
		looks(t, task, "REVOKED RUNNING READY", "a", "b")
		if at(task, "finishTime") == nil {
			t.Error("no finishTime")
		}
		looks(t, c.operate(t, "callbackNode", on(id, "a")), "REVOKED FINISHED READY", "a", "b")
	})
	t.Run("during a timer", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", sleeping("a", "1"), display("b", "x")))
		c.operate(t, "revokeTask", vars{"id": id})
		c.until(t, id, func(task any) bool { return states(task, "a", "b") == "REVOKED FINISHED READY" })
	})
	t.Run("after a failure, and the node is skipped then", func(t *testing.T) {
		id, _ := c.started(t, row(x, "", asking("a"), display("b", "x")), failing("a"))
		looks(t, c.operate(t, "revokeTask", vars{"id": id}), "REVOKED FAILED READY", "a", "b")
		looks(t, c.operate(t, "skipNode", on(id, "a")), "REVOKED FINISHED READY", "a", "b")
	})
}

// Engine row 85.
func TestATimerThatWasFailedIsRetried(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id, _ := c.started(t, row(x, "", sleeping("a", "3600"), display("b", "x")))
	looks(t, c.operate(t, "forceFailNode", on(id, "a")), "FAILED FAILED READY", "a", "b")
	looks(t, c.operate(t, "retryNode", on(id, "a", vars{"inputs": vars{"bk_timing": "1"}})), "RUNNING RUNNING", "a")
	task := c.reaches(t, id, "FINISHED")
	same(t, node(task, "a"), "attempts.1.retry", `1`)
	same(t, node(task, "a"), "attempts.0.state", `"FAILED"`)
}

// Domain row 81.
func TestFailedNodesAreRetriedByThemselves(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	for times, attempts := range map[string]int{`2`: 3, `-3`: 4, `"1"`: 2, `99`: 11} {
		t.Run(times, func(t *testing.T) {
			t.Parallel()
			tree := row(x, "", asking("a", `"auto_retry": {"enable": true, "interval": 0, "times": `+times+`}`))
			id, _ := c.started(t, tree, failing("a"))
			task := c.until(t, id, func(task any) bool { return len(list(node(task, "a"), "attempts")) == attempts })
			looks(t, task, "FAILED FAILED", "a")
			if records := c.records(t, id); len(records) != 1 {
				t.Errorf("what the tree does is recorded: %q", records)
			}
		})
	}
	t.Run("after an interval", func(t *testing.T) {
		t.Parallel()
		id, task := c.started(t, row(x, "", asking("a", `"auto_retry": {"enable": true, "interval": 1, "times": 1}`)), failing("a"))
		if n := len(list(node(task, "a"), "attempts")); n != 1 {
			t.Errorf("%d attempts at once", n)
		}
		c.until(t, id, func(task any) bool { return len(list(node(task, "a"), "attempts")) == 2 })
	})
}

// Domain row 82.
func TestTimeIsUp(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	limit := func(more string) string { return `"timeout_config": {"enable": true, ` + more + `}` }
	t.Run("the node is failed", func(t *testing.T) {
		t.Parallel()
		id, _ := c.started(t, row(x, "", waiting("a", limit(`"seconds": 1, "action": "forced_fail"`)), display("b", "x")))
		task := c.reaches(t, id, "FAILED")
		same(t, node(task, "a"), "attempts.0.failureRule", `"TIMEOUT"`)
		if records := c.records(t, id); len(records) != 1 {
			t.Errorf("what the tree does is recorded: %q", records)
		}
		looks(t, c.operate(t, "skipNode", on(id, "a")), "FINISHED FINISHED", "b")
	})
	t.Run("and skipped", func(t *testing.T) {
		t.Parallel()
		id, _ := c.started(t, row(x, "", waiting("a", limit(`"seconds": 1, "action": "forced_fail_and_skip"`)), display("b", "x")))
		looks(t, c.reaches(t, id, "FINISHED"), "FINISHED FINISHED FINISHED", "a", "b")
	})
	t.Run("not of a node that ended before", func(t *testing.T) {
		t.Parallel()
		id, _ := c.started(t, row(x, "", waiting("a", limit(`"seconds": 1, "action": "forced_fail"`)), sleeping("b", "2")))
		c.operate(t, "callbackNode", on(id, "a"))
		looks(t, c.reaches(t, id, "FINISHED"), "FINISHED FINISHED", "a")
	})
	for name, more := range map[string]string{"no seconds": `"action": "forced_fail"`, "0 seconds": `"seconds": 0, "action": "forced_fail"`} {
		t.Run("never with "+name, func(t *testing.T) {
			t.Parallel()
			id, _ := c.started(t, row(x, "", waiting("a", limit(more)), sleeping("b", "1")))
			looks(t, c.operate(t, "callbackNode", on(id, "a")), "RUNNING FINISHED", "a")
		})
	}
}

// Domain row 102: a mocked node needs no poll.
func TestAMockedPollingNodeIsFinishedAtOnce(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	_, task := c.started(t, row(x, "", sleeping("a", "3600")), vars{"mockData": vars{"nodes": []string{"a"}}})
	looks(t, task, "FINISHED FINISHED", "a")
	same(t, task, "realCalls", `0`)
}
