package enginetest_test

import (
	"testing"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/simulate"
)

// stepper drives a run by hand, so that operations come between two polls.
type stepper struct {
	t   *testing.T
	run *simulate.Run
}

func begin(t *testing.T, tree *Tree) *stepper {
	t.Helper()
	s := &stepper{t, simulate.New(compile(t, tree), simulate.Config{RoundTrip: true})}
	return s
}

func (s *stepper) start() *stepper {
	s.t.Helper()
	if err := s.run.Send(engine.Event{Kind: engine.EventStart}); err != nil {
		s.t.Fatal(err)
	}
	return s
}

func (s *stepper) op(op engine.Op, node string) *stepper {
	s.t.Helper()
	err := s.run.Send(engine.Event{Kind: engine.EventOperation, Operation: &engine.Operation{Op: op, Node: node}})
	if err != nil {
		s.t.Fatal(err)
	}
	return s
}

func (s *stepper) rest() *stepper {
	s.t.Helper()
	if err := s.run.Rest(); err != nil {
		s.t.Fatal(err)
	}
	return s
}

func (s *stepper) states(want map[string]engine.NodeState) *stepper {
	s.t.Helper()
	for key, state := range want {
		got := engine.NodeState("")
		if row := s.run.State().Rows[key]; row != nil {
			got = row.State
		}
		if got != state {
			s.t.Errorf("%s: got %q, want %q", key, got, state)
		}
	}
	return s
}

func polling() *Tree { return New().Line("s a b e").Activity("a", "test_poll", "times", "3") }

func TestRow77PauseDuringAPollLetsTheNodeFinish(t *testing.T) {
	t.Parallel()
	begin(t, polling()).start().op(engine.OpPause, "").rest().
		states(map[string]engine.NodeState{"a": engine.Finished, "b": "", "p": engine.Suspended}).
		op(engine.OpResume, "").rest().
		states(map[string]engine.NodeState{"b": engine.Finished, "p": engine.Finished})
}

func TestRow79RevokeDuringAPollLetsTheNodeFinish(t *testing.T) {
	t.Parallel()
	s := begin(t, polling()).start().op(engine.OpRevoke, "").rest().
		states(map[string]engine.NodeState{"a": engine.Finished, "b": "", "p": engine.Revoked})
	if s.run.State().Waits() {
		t.Error("a process is left")
	}
}

func TestRow83NodePausedBeforeTheStart(t *testing.T) {
	t.Parallel()
	s := begin(t, New().Line("s a b e")).op(engine.OpPauseNode, "b").start().
		states(map[string]engine.NodeState{"a": engine.Finished, "b": engine.Suspended, "p": engine.Running, "e": ""})
	if shown := s.run.Report().State; shown != engine.ShownNodeSuspended {
		t.Errorf("shown as %s", shown)
	}
	s.op(engine.OpResumeNode, "b").
		states(map[string]engine.NodeState{"b": engine.Finished, "p": engine.Finished})
}

func TestRow85ForcedFailureOfAPollDiscardsTheOldOne(t *testing.T) {
	t.Parallel()
	s := begin(t, polling()).start().op(engine.OpForcedFail, "a").
		states(map[string]engine.NodeState{"a": engine.Failed}).
		op(engine.OpRetry, "a").rest().
		states(map[string]engine.NodeState{"a": engine.Finished, "p": engine.Finished})
	row := s.run.State().Rows["a"]
	if polls, _ := row.Outputs.Get("polls"); row.Retry != 1 || polls != int64(3) {
		t.Errorf("retry %d, polls %v", row.Retry, polls)
	}
	if took := s.run.Elapsed().Seconds(); took != 10 {
		t.Errorf("took %v s", took)
	}
}

func TestCallbackOnAPollNodeIsOneMoreCall(t *testing.T) {
	t.Parallel()
	s := begin(t, polling()).start().op(engine.OpCallback, "a").rest()
	if took := s.run.Elapsed().Seconds(); took != 5 {
		t.Errorf("took %v s, the callback should have spared one poll", took)
	}
}
