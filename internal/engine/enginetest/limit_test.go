package enginetest_test

import (
	"testing"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/enginetest"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/flow"
)

func TestLongWorkIsDoneInSeveralSteps(t *testing.T) {
	t.Parallel()
	tree, err := flow.Parse(chain(100, true).JSON())
	if err != nil {
		t.Fatal(err)
	}
	plan, err := engine.Compile(tree, engine.Options{Plugins: enginetest.Registry(), StepLimit: 7})
	if err != nil {
		t.Fatal(err)
	}
	run := simulate.New(plan, simulate.Config{RoundTrip: true})
	if err := run.Send(engine.Event{Kind: engine.EventStart}); err != nil {
		t.Fatal(err)
	}
	if reached := len(run.State().Rows); reached != 8 {
		t.Errorf("the first step reached %d rows, want 7 nodes and the root", reached)
	}
	if err := run.Rest(); err != nil {
		t.Fatal(err)
	}
	if state := run.State(); state.Rows["p"].State != engine.Finished || len(state.Pending) != 0 || state.Steps != 15 {
		t.Errorf("root %s, %d pending, %d steps", state.Rows["p"].State, len(state.Pending), state.Steps)
	}
}

func TestEveryCaseEndsAlikeInSmallSteps(t *testing.T) {
	t.Parallel()
	catalog := enginetest.Registry()
	for _, c := range allCases(t) {
		got, err := c.Play(catalog, simulate.Config{StepLimit: 1, RoundTrip: true})
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if d := c.Expect.Difference(got); d != "" {
			t.Errorf("%s: %s", c.Name, d)
		}
	}
}
