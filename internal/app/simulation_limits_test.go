package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTimersOfASimulationAreBoundedInTime: their bound is met before the one of time is.
func TestTimersOfASimulationAreBoundedInTime(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	const years = "6000000000" // 190 of them, of a look at the clock a day
	s := c.simulated(t, input(c.template(t, row("", "", timer("first", years, ""), timer("second", years, "")))))
	equalProblems(t, "problems", problemsAt(s.simulation, "userErrors"), []string{"LIMIT_REACHED input.templateId"})
	same(t, s.simulation, "state", `"RUNNING"`)
	same(t, s.node(t, "first"), "state", `"FINISHED"`)
	same(t, s.node(t, "second"), "state", `"RUNNING"`)
}

func TestASimulationIsBounded(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours

	t.Run("by what it keeps", func(t *testing.T) {
		big := strings.Repeat("x", 600_000)
		tree := row(constant("${k}", "show", `"`+big+`"`), "",
			display("tell", "${k}")+`, "loop_config": {"enable": true, "loop_times": 90, "loop_params": {}}`)
		s := c.simulated(t, input(c.template(t, tree)))
		equalProblems(t, "problems", problemsAt(s.simulation, "userErrors"), []string{"LIMIT_REACHED input.templateId"})
		same(t, s.simulation, "variablesCut", `["${k}"]`)
		same(t, s.node(t, "tell"), "attempts.0.cut.0", `"inputs.bk_display_message"`)
		same(t, s.node(t, "tell"), "attempts.0.inputs.bk_display_message", `null`)
	})
}

func TestASimulationShowsTheLatestAttempts(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	tree := row("", "", display("tell", "again")+`, "loop_config": {"enable": true, "loop_times": 101, "loop_params": {}}`)
	s := c.simulated(t, input(c.template(t, tree)))
	attempts := list(s.node(t, "tell"), "attempts")
	if len(attempts) != 100 {
		t.Fatalf("%d attempts", len(attempts))
	}
	for i, a := range attempts {
		same(t, a, "number", fmt.Sprint(i+2))
		same(t, a, "loop", fmt.Sprint(i+2))
	}
	same(t, s.simulation, "state", `"FINISHED"`)
}

func TestASimulationIsRefusedAsATaskIs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := s.ours
	id := c.template(t, order(t))
	for name, tt := range map[string]struct {
		in   vars
		want []string
	}{
		"Template": {input("99999"), []string{"NOT_FOUND input.templateId"}},
		"Foreign":  {input(s.theirs.template(t, order(t))), []string{"NOT_FOUND input.templateId"}},
		"Several": {
			input(id, vars{"name": " ", "mockData": vars{"nodes": []string{"nope"}}}),
			[]string{"BLANK input.name", "UNKNOWN_NODE input.mockData.nodes.0 @nope"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			sim := c.simulated(t, tt.in)
			equalProblems(t, "problems", problemsAt(sim.simulation, "userErrors"), tt.want)
			for field, want := range map[string]string{
				"state": `null`, "elapsed": `0`, "nodes": `[]`, "events": `[]`, "variables": `{}`, "variablesCut": `[]`,
				"outputs": `null`, "wouldCall": `[]`, "waiting": `[]`,
			} {
				same(t, sim.simulation, field, want)
			}
		})
	}
	t.Run("but looks at no idempotency key and no start", func(t *testing.T) {
		sim := c.simulated(t, input(id, vars{"idempotencyKey": strings.Repeat("k", 200), "start": true}))
		same(t, sim.simulation, "userErrors", `[]`)
	})
	t.Run("in the language of the space", func(t *testing.T) {
		c.configure(t, vars{"gatewayExpression": "FEEL"})
		sim := c.simulated(t, input(id, vars{"mockData": vars{"nodes": []string{"nfetch"}, "outputs": vars{"nfetch": vars{"state": "paid"}}}}))
		same(t, sim.node(t, "npaid"), "decision.language", `"FEEL"`)
	})
}
