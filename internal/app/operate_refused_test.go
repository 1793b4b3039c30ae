package app_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// gates is a tree whose gateways fail: an exclusive one with two conditions and a
// conditional parallel one, neither of which any condition holds for.
func gates(kind string) []byte {
	leave, gather := `["lb", "lc"]`, ``
	target, end := "end", `["lbe", "lce"]`
	if kind == "ConditionalParallelGateway" {
		gather = `, "join": {"id": "join", "name": "", "type": "ConvergeGateway", "incoming": ["lbe", "lce"], "outgoing": "le"}`
		target, end = "join", `["le"]`
	}
	flow := func(id, from, to string) string {
		return fmt.Sprintf(`%q: {"id": %q, "source": %q, "target": %q, "is_default": false}`, id, id, from, to)
	}
	flows := []string{flow("l0", "start", "gate"), flow("lb", "gate", "b"), flow("lc", "gate", "c"), flow("lbe", "b", target), flow("lce", "c", target)}
	if gather != "" {
		flows = append(flows, flow("le", "join", "end"))
	}
	act := func(id string) string {
		return fmt.Sprintf(`%q: {"id": %q, "name": %q, "incoming": ["l%s"], "outgoing": "l%se", "type": "ServiceActivity", "component": {"code": "bk_display", "version": "v1.0", "data": {}}}`, id, id, id, id, id)
	}
	return []byte(`{
		"start_event": {"id": "start", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": "l0"},
		"end_event": {"id": "end", "name": "", "type": "EmptyEndEvent", "incoming": ` + end + `, "outgoing": ""},
		"activities": {` + act("b") + `, ` + act("c") + `},
		"gateways": {"gate": {"id": "gate", "name": "", "type": "` + kind + `", "incoming": ["l0"], "outgoing": ` + leave + `,
			"conditions": {"lb": {"name": "", "evaluate": "1 == 2"}, "lc": {"name": "", "evaluate": "2 == 3"}}}` + gather + `},
		"flows": {` + strings.Join(flows, ",") + `}, "constants": {}, "outputs": []}`)
}

func TestOperationsAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	tree := row(x, "", asking("a"), waiting("fixed", `"skippable": false`, `"retryable": false`), display("last", "x"))
	fresh := c.made(t, tree, failing("a"))
	failed, _ := c.started(t, tree, failing("a"))
	waits, _ := c.started(t, tree, vars{"mockData": vars{"nodes": []string{"a"}}})
	stuck, _ := c.started(t, row(x, "", asking("a", `"skippable": false`, `"retryable": false`)), failing("a"))
	done, _ := c.started(t, order(t), paid("paid"))
	foreign := s.theirs.made(t, tree)
	s.theirs.query(t, operateDocument("startTask"), vars{"in": vars{"id": foreign}})
	gone, _ := c.started(t, order(t), paid("paid"))
	c.change(t, "deleteTask", "DeleteTaskInput", "deletedId", vars{"id": gone})
	exclusive, _ := c.started(t, gates("ExclusiveGateway"))
	parallel, _ := c.started(t, gates("ConditionalParallelGateway"))
	long := strings.Repeat("键", 33)

	onTask := []string{"pauseTask", "resumeTask", "revokeTask"}
	onNode := map[string]vars{
		"retryNode": nil, "skipNode": nil, "forceFailNode": nil, "callbackNode": nil, "chooseBranch": {"flowIds": []string{"lb"}},
	}
	for _, mutation := range onTask {
		t.Run(mutation, func(t *testing.T) {
			for _, id := range []string{"99999", "abc", foreign, gone} {
				c.operate(t, mutation, vars{"id": id}, "NOT_FOUND input.id")
			}
			c.operate(t, mutation, vars{"id": fresh}, "WRONG_STATE input.id")
			c.operate(t, mutation, vars{"id": done}, "WRONG_STATE input.id")
			c.operate(t, mutation, vars{"id": waits, "operator": long}, "TOO_LONG input.operator")
			c.operate(t, mutation, vars{"id": fresh, "operator": long}, "TOO_LONG input.operator", "WRONG_STATE input.id")
		})
	}
	for mutation, more := range onNode {
		t.Run(mutation, func(t *testing.T) {
			in := func(task, node string, extra ...vars) vars {
				return merged(append([]vars{{"taskId": task, "nodeId": node}, more}, extra...)...)
			}
			for _, id := range []string{"99999", "abc", foreign, gone} {
				c.operate(t, mutation, in(id, "a"), "NOT_FOUND input.taskId")
			}
			c.operate(t, mutation, in(fresh, "a"), "WRONG_STATE input.taskId")
			c.operate(t, mutation, in(failed, "ghost"), "UNKNOWN_NODE input.nodeId @ghost")
			c.operate(t, mutation, in(failed, ""), "UNKNOWN_NODE input.nodeId")
			c.operate(t, mutation, in(failed, "ghost", vars{"operator": long}), "TOO_LONG input.operator", "UNKNOWN_NODE input.nodeId @ghost")
			c.operate(t, mutation, in("99999", "a", vars{"operator": long}), "TOO_LONG input.operator", "NOT_FOUND input.taskId")
		})
	}
	on := func(task, node string, more ...vars) vars {
		return merged(append([]vars{{"taskId": task, "nodeId": node}}, more...)...)
	}
	flows := func(ids ...string) vars { return vars{"flowIds": append([]string{}, ids...)} }
	for name, test := range map[string]struct {
		mutation string
		in       vars
		want     string
	}{
		"resume one that runs":               {"resumeTask", vars{"id": waits}, "WRONG_STATE input.id"}, // engine row 78
		"retry one that was not reached":     {"retryNode", on(failed, "last"), "WRONG_STATE input.nodeId @last"},
		"skip one that was not reached":      {"skipNode", on(failed, "last"), "WRONG_STATE input.nodeId @last"},
		"fail one that was not reached":      {"forceFailNode", on(failed, "last"), "WRONG_STATE input.nodeId @last"},
		"call one that was not reached":      {"callbackNode", on(failed, "last"), "WRONG_STATE input.nodeId @last"},
		"retry a finished one":               {"retryNode", on(waits, "a"), "WRONG_STATE input.nodeId @a"},
		"skip a finished one":                {"skipNode", on(waits, "a"), "WRONG_STATE input.nodeId @a"},
		"fail a finished one":                {"forceFailNode", on(waits, "a"), "WRONG_STATE input.nodeId @a"},
		"call a finished one":                {"callbackNode", on(waits, "a"), "WRONG_STATE input.nodeId @a"},
		"call one that does not wait":        {"callbackNode", on(failed, "a"), "WRONG_STATE input.nodeId @a"},
		"fail a failed one":                  {"forceFailNode", on(failed, "a"), "WRONG_STATE input.nodeId @a"},
		"retry what is not retryable":        {"retryNode", on(stuck, "a"), "WRONG_STATE input.nodeId @a"},
		"skip what is not skippable":         {"skipNode", on(stuck, "a"), "WRONG_STATE input.nodeId @a"},
		"skip a gateway":                     {"skipNode", on(exclusive, "gate"), "INVALID_VALUE input.nodeId @gate"},
		"fail a gateway":                     {"forceFailNode", on(exclusive, "gate"), "INVALID_VALUE input.nodeId @gate"},
		"choose at an activity":              {"chooseBranch", on(failed, "a", flows("l1")), "INVALID_VALUE input.nodeId @a"},
		"choose none":                        {"chooseBranch", on(exclusive, "gate", flows()), "INVALID_VALUE input.flowIds"},
		"choose two of an exclusive gateway": {"chooseBranch", on(exclusive, "gate", flows("lb", "lc")), "INVALID_VALUE input.flowIds"},
		"choose a flow of another node":      {"chooseBranch", on(exclusive, "gate", flows("l0")), "INVALID_VALUE input.flowIds @gate"},
		"choose an unknown flow":             {"chooseBranch", on(parallel, "gate", flows("lb", "x")), "INVALID_VALUE input.flowIds @gate"},
		"choose a flow twice":                {"chooseBranch", on(parallel, "gate", flows("lb", "lb")), "INVALID_VALUE input.flowIds.1"},
		"retry a pass of a node without":     {"retryNode", on(failed, "a", vars{"loop": true}), "INVALID_VALUE input.nodeId @a"},
		"skip a pass of a node without":      {"skipNode", on(failed, "a", vars{"loop": true}), "INVALID_VALUE input.nodeId @a"},
		"inputs are a list":                  {"retryNode", on(failed, "a", vars{"inputs": raw(`[1]`)}), "WRONG_TYPE input.inputs"},
		"outputs are a text":                 {"skipNode", on(failed, "a", vars{"outputs": raw(`"x"`)}), "WRONG_TYPE input.outputs"},
		"a long reason":                      {"forceFailNode", on(waits, "fixed", vars{"reason": strings.Repeat("键", 1025)}), "TOO_LONG input.reason"},
	} {
		t.Run(name, func(t *testing.T) {
			payload := c.operate(t, test.mutation, test.in, test.want)
			if text(payload, "userErrors.0.message") == "" {
				t.Error("no message")
			}
		})
	}
	t.Run("everything at once", func(t *testing.T) {
		c.operate(t, "retryNode", on(failed, "ghost", vars{"inputs": raw(`1`), "operator": long}),
			"TOO_LONG input.operator", "UNKNOWN_NODE input.nodeId @ghost", "WRONG_TYPE input.inputs")
		c.operate(t, "forceFailNode", on("99999", "a", vars{"reason": strings.Repeat("r", 1025), "operator": long}),
			"NOT_FOUND input.taskId", "TOO_LONG input.operator", "TOO_LONG input.reason")
	})
	t.Run("the text says what to do", func(t *testing.T) {
		payload := c.operate(t, "retryNode", on(waits, "a"), "WRONG_STATE input.nodeId @a")
		if message := text(payload, "userErrors.0.message"); !strings.Contains(message, "FINISHED") || !strings.Contains(message, "can be retried when it is FAILED") {
			t.Errorf("the message is %q", message)
		}
	})
}

// merged is all of the maps as one.
func merged(parts ...vars) vars {
	all := vars{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
