// Package enginetest holds the plugins that the conformance cases of the engine
// use. They exist for tests and for replaying cases; no real tree names them.
package enginetest

import (
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/plugin"
)

// Versions are the versions under which every test plugin is known.
var Versions = []string{"legacy", "v1.0", "v1.0.0", "1.0.0"}

// Registry makes a registry of the built-in plugins and the test plugins.
func Registry() *plugin.Registry {
	r := plugin.Builtin()
	for _, version := range Versions {
		r.Add(Echo{version})
		r.Add(Poller{version})
		r.Add(Callback{version})
		r.Add(MultiCallback{version})
	}
	return r
}

// Echo is test_echo: inputs become outputs, then it fails if it is told to.
type Echo struct{ Version string }

// Spec declares test_echo.
func (e Echo) Spec() engine.Spec {
	return engine.Spec{Code: "test_echo", Version: e.Version, Name: "Echo", Pure: true}
}

// Execute copies every input whose name does not begin with an underscore.
// _raise throws, _fail_until_retry fails the first executions, _fail fails.
func (Echo) Execute(call *engine.Call) engine.Answer {
	for i := range call.Inputs.Len() {
		key, v := call.Inputs.At(i)
		if name := expr.Str(key); len(name) == 0 || name[0] != '_' {
			call.Outputs.Set(name, v)
		}
	}
	if v := call.Input("_raise"); expr.Truth(v) {
		return engine.Raisef("Exception: %s", expr.Str(v))
	}
	if v := call.Input("_fail_until_retry"); expr.Truth(v) {
		n, err := plugin.Int(v)
		if err != nil {
			return engine.Raisef("ValueError: %v", err)
		}
		if limit, ok := n.(int64); !ok || int64(call.Run) <= limit {
			return call.Fail("not yet")
		}
	}
	if v := call.Input("_fail"); expr.Truth(v) {
		return call.Fail(v)
	}
	return engine.Success()
}

// Schedule is never called.
func (Echo) Schedule(*engine.Call) engine.Answer { return engine.Success() }

// pollInterval is the time between two polls of test_poll.
const pollInterval = 5 * time.Second

// Poller is test_poll: it polls some times and ends well or, with _fail, badly.
type Poller struct{ Version string }

// Spec declares test_poll.
func (p Poller) Spec() engine.Spec {
	return engine.Spec{Code: "test_poll", Version: p.Version, Name: "Poll", Pure: true, Schedule: engine.Poll}
}

// Execute begins the polling.
func (Poller) Execute(*engine.Call) engine.Answer { return engine.Answer{OK: true} }

// Schedule counts the polls in the output polls.
func (Poller) Schedule(call *engine.Call) engine.Answer {
	polls := int64(1)
	if v, ok := call.Outputs.Get("polls"); ok {
		if n, ok := v.(int64); ok {
			polls = n + 1
		}
	}
	call.Outputs.Set("polls", polls)
	times := any(int64(1))
	if v, ok := call.Inputs.Get("times"); ok {
		var err error
		if times, err = plugin.Int(v); err != nil {
			return engine.Raisef("ValueError: %v", err)
		}
	}
	if limit, ok := times.(int64); !ok || polls < limit {
		return engine.Waiting(pollInterval)
	}
	if v := call.Input("_fail"); expr.Truth(v) {
		return call.Fail(v)
	}
	return engine.Success()
}

// Callback is test_callback: it waits for one callback.
type Callback struct{ Version string }

// Spec declares test_callback.
func (c Callback) Spec() engine.Spec {
	return engine.Spec{Code: "test_callback", Version: c.Version, Name: "Callback", Pure: true, Schedule: engine.Callback}
}

// Execute begins to wait.
func (Callback) Execute(*engine.Call) engine.Answer { return engine.Answer{OK: true} }

// Schedule puts the data out; {"ok": false} fails.
func (Callback) Schedule(call *engine.Call) engine.Answer {
	call.Outputs.Set("callback_data", call.Callback)
	if data, ok := call.Callback.(*expr.Dict); ok {
		if v, given := data.Get("ok"); given && !expr.Truth(v) {
			return call.Fail("callback says no")
		}
	}
	return engine.Success()
}

// MultiCallback is test_multi_callback: it takes callbacks until one says done.
type MultiCallback struct{ Version string }

// Spec declares test_multi_callback.
func (c MultiCallback) Spec() engine.Spec {
	return engine.Spec{Code: "test_multi_callback", Version: c.Version, Name: "Callbacks", Pure: true, Schedule: engine.MultiCallback}
}

// Execute begins to wait.
func (MultiCallback) Execute(*engine.Call) engine.Answer { return engine.Answer{OK: true} }

// Schedule adds the data to the output got.
func (MultiCallback) Schedule(call *engine.Call) engine.Answer {
	got, _ := call.Outputs.Get("got")
	list, _ := got.([]any)
	call.Outputs.Set("got", append(list[:len(list):len(list)], call.Callback))
	if data, ok := call.Callback.(*expr.Dict); ok {
		if v, _ := data.Get("done"); expr.Truth(v) {
			return engine.Success()
		}
	}
	return engine.Answer{OK: true}
}
