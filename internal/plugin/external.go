package plugin

import "rehearse.dev/internal/engine"

// External is the declaration of a plugin that calls the outside world. The
// engine turns its calls into effects; mocked, it never gets that far.
type External struct{ spec engine.Spec }

// Spec returns the declaration.
func (e External) Spec() engine.Spec { return e.spec }

// external lists the plugins of the original that are not pure (engine §11).
func external() []engine.Spec {
	out := []engine.FieldSpec{{Key: "data", Name: "Answer", Type: "any"}, {Key: "status_code", Name: "HTTP status", Type: "int"}}
	specs := []engine.Spec{
		{Code: "bk_approve", Version: "v1.0", Name: "Approval", Schedule: engine.Callback, Outputs: []engine.FieldSpec{
			{Key: "sn", Name: "Ticket", Type: "string"}, {Key: "approve_result", Name: "Verdict", Type: "string"},
		}},
		{Code: "bk_http_request", Version: "v1.0", Name: "HTTP request", Schedule: engine.Poll, Outputs: out},
		{Code: "bk_notify", Version: "v1.0", Name: "Notification"},
		{Code: "dmn_plugin", Version: "v1.0.0", Name: "Decision table"},
		{Code: "python_code", Version: "v1.0.0", Name: "Python code", Outputs: []engine.FieldSpec{
			{Key: "output", Name: "Result", Type: "any"}, {Key: "error", Name: "Error", Type: "string"},
		}},
		{Code: "remote_plugin", Version: "1.0.0", Name: "Remote plugin", LateSchedule: true, Schedule: engine.Poll},
		{Code: "subprocess_plugin", Version: "1.0.0", Name: "Sub-process", Schedule: engine.Callback, Outputs: []engine.FieldSpec{
			{Key: "task_id", Name: "Child task", Type: "int"},
		}},
		{Code: "uniform_api", Version: "v1.0.0", Name: "Uniform API", Outputs: out},
	}
	for _, version := range []string{"v2.0.0", "v3.0.0", "v4.0.0"} {
		specs = append(specs, engine.Spec{Code: "uniform_api", Version: version, Name: "Uniform API", Schedule: engine.Poll, Outputs: out})
	}
	return specs
}
