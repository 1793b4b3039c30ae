package plugin

import "rehearse.dev/internal/engine"

// Pause is pause_node: it waits until somebody calls back.
type Pause struct{}

// Spec declares pause_node.
func (Pause) Spec() engine.Spec {
	return engine.Spec{
		Code: "pause_node", Version: "legacy", Name: "Pause", Pure: true, Schedule: engine.Callback,
		Inputs:  []engine.FieldSpec{{Key: "description", Name: "Description", Type: "string"}},
		Outputs: []engine.FieldSpec{{Key: "callback_data", Name: "Callback data", Type: "object"}},
	}
}

// Execute begins to wait.
func (Pause) Execute(*engine.Call) engine.Answer { return engine.Answer{OK: true} }

// Schedule takes the callback. Empty data put nothing out, and yet end the wait.
func (Pause) Schedule(call *engine.Call) engine.Answer {
	if call.Callback == nil {
		return engine.Answer{OK: true}
	}
	call.Outputs.Set("callback_data", call.Callback)
	return engine.Success()
}
