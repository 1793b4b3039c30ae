package plugin

import (
	"fmt"

	"rehearse.dev/internal/engine"
)

// Unserved is a plugin of the original that is known and not carried out here. A
// node of it fails at once and says so; mocked, it answers like any other, which is
// why it is declared with its way of going on.
type Unserved struct{ spec engine.Spec }

// Spec returns the declaration.
func (u Unserved) Spec() engine.Spec { return u.spec }

// Execute fails.
func (u Unserved) Execute(call *engine.Call) engine.Answer {
	return call.Fail(fmt.Sprintf("the plugin %s is not served here: mock the node to give it outputs", u.spec.Code))
}

// Schedule is never called: no Execute is fine.
func (u Unserved) Schedule(call *engine.Call) engine.Answer { return u.Execute(call) }

// Served says whether a node of this plugin can do what the plugin is for. It is
// false for plugins that nobody knows, and for those that only work mocked.
func Served(code, version string) bool { return served[id{code, version}] }

var served = func() map[id]bool {
	known := map[id]bool{}
	for _, spec := range Builtin().Specs() {
		known[id{spec.Code, spec.Version}] = true
	}
	for _, spec := range unserved() {
		delete(known, id{spec.Code, spec.Version})
	}
	return known
}()

// unserved lists the plugins that need a service of the original's installation, or
// would run the code of strangers (engine §11).
func unserved() []engine.Spec {
	return []engine.Spec{
		{Code: "bk_notify", Version: "v1.0", Name: "Notification", Pure: true},
		{Code: "dmn_plugin", Version: "v1.0.0", Name: "Decision table", Pure: true},
		{Code: "python_code", Version: "v1.0.0", Name: "Python code", Pure: true, Outputs: []engine.FieldSpec{
			{Key: "output", Name: "Result", Type: "any"}, {Key: "error", Name: "Error", Type: "string"},
		}},
		{Code: "remote_plugin", Version: "1.0.0", Name: "Remote plugin", Pure: true, LateSchedule: true, Schedule: engine.Poll},
	}
}
