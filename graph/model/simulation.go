package model

import "rehearse.dev/internal/task/trial"

// Simulation shows what came of a run in virtual time. It fails for an event that
// cannot be shown, as EventOf does.
func Simulation(sim *trial.Simulation) (*MockTaskSimulation, error) {
	events, err := EventsOf(sim.Events)
	if err != nil {
		return nil, err
	}
	view := &MockTaskSimulation{
		Elapsed: millis(sim.Elapsed), Nodes: make([]*SimulatedNode, len(sim.Nodes)),
		Variables: sim.Variables, VariablesCut: list(sim.VariablesCut), Outputs: sim.Outputs, Events: events,
		WouldCall: list(sim.WouldCall), Waiting: list(sim.Waiting),
		Warnings: UserErrors(sim.Warnings, "input"), UserErrors: UserErrors(sim.Problems, "input"),
	}
	if view.Variables == nil {
		view.Variables = []byte("{}")
	}
	if sim.State != "" {
		state := TaskState(sim.State)
		view.State = &state
	}
	for i := range sim.Nodes {
		view.Nodes[i] = simulatedNode(&sim.Nodes[i])
	}
	return view, nil
}

func simulatedNode(n *trial.SimulatedNode) *SimulatedNode {
	view := &SimulatedNode{
		NodeID: n.Path, Name: n.Node.Name, Type: nodeType(n.Node), Mocked: n.Mocked, State: NodeState(n.State),
		Attempts: make([]*NodeAttempt, len(n.Attempts)), Unresolved: Unresolved(n.Unresolved),
	}
	for i := range n.Attempts {
		view.Attempts[i] = Attempt(n.First+i, &n.Attempts[i])
	}
	if n.Decision != nil {
		view.Decision = Decision(n.Decision)
	}
	return view
}
