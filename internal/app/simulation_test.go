package app_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const simulateDocument = `query Simulate($input: CreateMockTaskInput!) {
  simulateMockTask(input: $input) {
    state elapsed variables variablesCut outputs wouldCall waiting
    nodes {
      nodeId name type mocked state
      attempts { number state loop innerLoop retry inputs outputs cut error failureRule startedAt finishedAt duration httpCalls { url } }
      decision { language taken why branches { flowId isDefault hit taken text rendered operands { text value } } }
      unresolved { field piece reason }
    }
    events {
      seq time __typename
      ... on TaskStateEvent { from state }
      ... on NodeStateEvent { nodeId loop nodeFrom: from nodeState: state error failureRule }
      ... on GatewayDecisionEvent { nodeId decision { taken } }
      ... on UnresolvedTextEvent { nodeId unresolved { piece } }
      ... on AttemptEndedEvent { nodeId loop retry }
    }
    warnings` + problemFields + ` userErrors` + problemFields + `
  }
}`

// simulated asks for a simulation, which has to write nothing.
func (c *client) simulated(t testing.TB, in vars) *simulated {
	t.Helper()
	var a *answer
	c.unchanged(t, func() { a = c.ask(t, simulateDocument, vars{"input": in}) })
	if len(a.errors) > 0 {
		t.Fatalf("%s", a.body)
	}
	for _, statement := range a.statements {
		for _, word := range []string{"INSERT", "UPDATE", "DELETE", "BEGIN"} {
			if strings.HasPrefix(strings.ToUpper(statement), word) {
				t.Errorf("a simulation sent %s", statement)
			}
		}
	}
	s := &simulated{simulation: at(a.data, "simulateMockTask"), statements: a.statements}
	for i, e := range list(s.simulation, "events") {
		if fmt.Sprint(at(e, "seq")) != fmt.Sprint(i+1) {
			t.Errorf("event %d has the number %v", i+1, at(e, "seq"))
		}
	}
	return s
}

type simulated struct {
	simulation any
	statements []string
}

// node is the node with that path.
func (s *simulated) node(t testing.TB, path string) any {
	t.Helper()
	for _, n := range list(s.simulation, "nodes") {
		if text(n, "nodeId") == path {
			return n
		}
	}
	t.Fatalf("there is no node %s in %s", path, asJSON(s.simulation))
	return nil
}

// states are the changes of the task's state, in order.
func (s *simulated) states() string {
	var words []string
	for _, e := range list(s.simulation, "events") {
		if text(e, "__typename") == "TaskStateEvent" {
			words = append(words, text(e, "from")+">"+text(e, "state"))
		}
	}
	return strings.Join(words, " ")
}

func timer(id, seconds, more string) string {
	return service(id, "sleep_timer", "legacy", fmt.Sprintf(`"bk_timing": {"hook": false, "need_render": true, "value": %q}`, seconds)) + more
}

func TestASimulationRunsToTheEnd(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id := c.template(t, order(t))
	mocked := func(state string) vars {
		return vars{"constants": vars{"${order_no}": "B-7"}, "mockData": vars{
			"nodes": []string{"nfetch"}, "outputs": vars{"nfetch": vars{"state": state}},
		}}
	}

	t.Run("of mocked nodes", func(t *testing.T) {
		s := c.simulated(t, input(id, mocked("paid")))
		same(t, s.simulation, "state", `"FINISHED"`)
		same(t, s.simulation, "userErrors", `[]`)
		same(t, s.simulation, "wouldCall", `[]`)
		same(t, s.simulation, "waiting", `[]`)
		same(t, s.simulation, "variables.${order_no}", `"B-7"`)
		same(t, s.simulation, "variables.${order_state}", `"paid"`)
		if at(s.simulation, "variables.${_system}") != nil {
			t.Error("the variables show ${_system}")
		}
		fetch := s.node(t, "nfetch")
		same(t, fetch, "mocked", `true`)
		same(t, fetch, "state", `"FINISHED"`)
		same(t, fetch, "attempts.0.number", `1`)
		same(t, fetch, "attempts.0.inputs.order_no", `"B-7"`)
		same(t, fetch, "attempts.0.outputs.state", `"paid"`)
		same(t, s.node(t, "ntell"), "attempts.0.inputs.bk_display_message", `"state paid"`)
		if got := s.states(); got != "CREATED>FINISHED" {
			t.Errorf("the task went %s", got)
		}
	})
	t.Run("with a decision that tells of each branch", func(t *testing.T) {
		s := c.simulated(t, input(id, mocked("open")))
		gateway := s.node(t, "npaid")
		same(t, gateway, "type", `"EXCLUSIVE_GATEWAY"`)
		same(t, gateway, "decision.language", `"BOOLRULE"`)
		same(t, gateway, "decision.taken", `["l5"]`)
		same(t, gateway, "decision.branches.0.hit", `false`)
		same(t, gateway, "decision.branches.0.taken", `false`)
		same(t, gateway, "decision.branches.1.hit", `true`)
		same(t, s.node(t, "ntell"), "state", `"READY"`)
		same(t, s.node(t, "ntell"), "attempts", `[]`)
		same(t, s.node(t, "nsub"), "state", `"FINISHED"`)
		same(t, s.node(t, "nsub/inner"), "state", `"FINISHED"`)
	})
	t.Run("in the order of the tree, inner nodes by path", func(t *testing.T) {
		s := c.simulated(t, input(id, mocked("open")))
		task := at(c.create(t, input(id, mocked("open"))), "task")
		nodes := c.query(t, `query($id: ID!) { task(id: $id) { nodes { nodeId name type mocked } } }`, vars{"id": text(task, "id")})
		for i, n := range list(nodes, "task.nodes") {
			for _, field := range []string{"nodeId", "name", "type", "mocked"} {
				same(t, s.simulation, fmt.Sprintf("nodes.%d.%s", i, field), asJSON(at(n, field)))
			}
		}
	})
	t.Run("with the outputs of the flow", func(t *testing.T) {
		id := c.template(t, row(constant("${k}", "show", `"own"`)+","+bound("${r}", "ask", "data"), `"${k}", "${r}"`,
			service("ask", "uniform_api", "v3.0.0", ""), display("tell", "${k}: ${r} ${gone}")))
		s := c.simulated(t, input(id, vars{"mockData": vars{"nodes": []string{"ask"}, "outputs": vars{"ask": vars{"data": vars{"a": 1}}}}}))
		same(t, s.simulation, "outputs", `{"${k}": "own", "${r}": {"a": 1}}`)
		same(t, s.node(t, "tell"), "unresolved.0.piece", `"${gone}"`)
	})
}

func TestASimulationTellsWhereItStands(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours

	t.Run("at a real call", func(t *testing.T) {
		s := c.simulated(t, input(c.template(t, order(t))))
		same(t, s.simulation, "state", `"RUNNING"`)
		same(t, s.simulation, "wouldCall", `["nfetch"]`)
		same(t, s.simulation, "outputs", `null`)
		same(t, s.node(t, "nfetch"), "state", `"RUNNING"`)
		same(t, s.node(t, "nfetch"), "attempts.0.httpCalls", `[]`)
		if got := s.states(); got != "CREATED>RUNNING" {
			t.Errorf("the task went %s", got)
		}
	})
	t.Run("at a real call with a time limit", func(t *testing.T) {
		s := c.simulated(t, input(c.template(t, order(t, `"enable": false, "seconds": 10`, `"enable": true, "seconds": 10`))))
		same(t, s.simulation, "state", `"RUNNING"`)
		same(t, s.simulation, "elapsed", `0`)
		same(t, s.simulation, "wouldCall", `["nfetch"]`)
	})
	t.Run("at a callback", func(t *testing.T) {
		s := c.simulated(t, input(c.template(t, row("", "", service("hold", "pause_node", "legacy", "")))))
		same(t, s.simulation, "state", `"RUNNING"`)
		same(t, s.simulation, "waiting", `["hold"]`)
		same(t, s.simulation, "wouldCall", `[]`)
	})
	t.Run("at a failure", func(t *testing.T) {
		s := c.simulated(t, input(c.template(t, order(t)), vars{"mockData": vars{
			"nodes": []string{"nfetch"}, "failures": vars{"nfetch": "no stock"},
		}}))
		same(t, s.simulation, "state", `"FAILED"`)
		same(t, s.node(t, "nfetch"), "attempts.0.error", `"no stock"`)
		same(t, s.node(t, "nfetch"), "attempts.0.failureRule", `"MOCK"`)
	})
	t.Run("inside of a sub-process", func(t *testing.T) {
		inner := c.released(t, child())
		s := c.simulated(t, input(c.template(t, row("", "", sub("use", inner, ""))), vars{"mockData": vars{
			"nodes": []string{"use/ask"}, "failures": vars{"use/ask": "down"},
		}}))
		same(t, s.node(t, "use"), "state", `"FAILED"`)
		same(t, s.node(t, "use/ask"), "state", `"FAILED"`)
		same(t, s.node(t, "use/tell"), "state", `"READY"`)
		s = c.simulated(t, input(c.template(t, row("", "", sub("use", inner, "")))))
		same(t, s.simulation, "wouldCall", `["use/ask"]`)
	})
}

func TestASimulationTakesNoTime(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours

	t.Run("for timers", func(t *testing.T) {
		s := c.simulated(t, input(c.template(t, row("", "", timer("nap", "3600", "")))))
		same(t, s.simulation, "state", `"FINISHED"`)
		same(t, s.simulation, "elapsed", `3599500`) // a timer comes back half a second early and lets that count
		same(t, s.node(t, "nap"), "attempts.0.duration", `3599500`)
		if got := s.states(); got != "CREATED>RUNNING RUNNING>FINISHED" {
			t.Errorf("the task went %s", got)
		}
	})
	t.Run("for automatic retries", func(t *testing.T) {
		tree := row("", "", service("ask", "uniform_api", "v3.0.0", "")+`, "retryable": true, "auto_retry": {"enable": true, "interval": 7, "times": 2}`)
		s := c.simulated(t, input(c.template(t, tree), vars{"mockData": vars{"nodes": []string{"ask"}, "failures": vars{"ask": "busy"}}}))
		same(t, s.simulation, "state", `"FAILED"`)
		same(t, s.simulation, "elapsed", `14000`)
		for i := range 3 {
			attempt := fmt.Sprintf("attempts.%d.", i)
			same(t, s.node(t, "ask"), attempt+"number", fmt.Sprint(i+1))
			same(t, s.node(t, "ask"), attempt+"retry", fmt.Sprint(i))
			same(t, s.node(t, "ask"), attempt+"state", `"FAILED"`)
			same(t, s.node(t, "ask"), attempt+"error", `"busy"`)
		}
		if got := len(list(s.node(t, "ask"), "attempts")); got != 3 {
			t.Errorf("%d attempts", got)
		}
	})
	t.Run("for time limits of callbacks", func(t *testing.T) {
		tree := row("", "", service("hold", "pause_node", "legacy", "")+`, "timeout_config": {"enable": true, "seconds": 90, "action": "forced_fail"}`)
		s := c.simulated(t, input(c.template(t, tree)))
		same(t, s.simulation, "elapsed", `90000`)
		same(t, s.node(t, "hold"), "attempts.0.failureRule", `"TIMEOUT"`)
	})
}

func TestRealTreesAreSimulatedToTheEnd(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	for _, name := range []string{"loop-with-timers", "single-display"} {
		t.Run(name, func(t *testing.T) {
			tree, err := os.ReadFile("testdata/real/" + name + ".json")
			fatal(t, err)
			s := c.simulated(t, input(c.template(t, tree)))
			same(t, s.simulation, "userErrors", `[]`)
			same(t, s.simulation, "state", `"FINISHED"`)
		})
	}
}
