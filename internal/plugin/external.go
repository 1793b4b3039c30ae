package plugin

import "rehearse.dev/internal/engine"

// External is the declaration of a plugin that calls the outside world. The
// engine turns its calls into effects; mocked, it never gets that far.
type External struct{ spec engine.Spec }

// Spec returns the declaration.
func (e External) Spec() engine.Spec { return e.spec }

// Names of the plugins that call, and of their inputs and outputs (domain §3.3,
// engine §11). Whoever makes the calls reads and fills them.
const (
	UniformAPI  = "uniform_api"
	HTTPRequest = "bk_http_request"

	DataOutput   = "data"
	StatusOutput = "status_code"

	// TriggerOutput keeps what the first call answered for the polls that follow.
	TriggerOutput = "trigger_data"
	// PollingOutput and CallbackOutput say how a uniform_api node goes on.
	PollingOutput  = "need_polling"
	CallbackOutput = "need_callback"

	HTTPMethod  = "bk_http_request_method"
	HTTPURL     = "bk_http_request_url"
	HTTPHeader  = "bk_http_request_header"
	HTTPBody    = "bk_http_request_body"
	HTTPTimeout = "bk_http_timeout"
	HTTPSuccess = "bk_http_success_exp"

	UniformConfig   = "api_config"
	UniformURL      = "uniform_api_plugin_url"
	UniformMethod   = "uniform_api_plugin_method"
	UniformPolling  = "uniform_api_plugin_polling"
	UniformCallback = "uniform_api_plugin_callback"
	UniformKey      = "uniform_api_plugin_credential_key"
	UniformMeta     = "uniform_api_plugin_api_meta"
	UniformPath     = "response_data_path"
	// The three of version 4.
	UniformID      = "uniform_api_plugin_id"
	UniformVersion = "uniform_api_plugin_version"
	UniformSource  = "uniform_api_plugin_source_key"
)

// external lists the plugins that call, or that are put in place before a run.
func external() []engine.Spec {
	out := []engine.FieldSpec{{Key: DataOutput, Name: "Answer", Type: "any"}, {Key: StatusOutput, Name: "HTTP status", Type: "int"}}
	specs := []engine.Spec{
		{Code: HTTPRequest, Version: "v1.0", Name: "HTTP request", Schedule: engine.Poll, Outputs: out, Inputs: []engine.FieldSpec{
			{Key: HTTPMethod, Name: "Method", Type: "string", Required: true},
			{Key: HTTPURL, Name: "URL", Type: "string", Required: true},
			{Key: HTTPHeader, Name: "Headers, a list of name and value", Type: "array"},
			{Key: HTTPBody, Name: "Body", Type: "any"},
			{Key: HTTPTimeout, Name: "Seconds to wait, 1 to 60", Type: "int"},
			{Key: HTTPSuccess, Name: "Condition over resp that the answer must meet", Type: "string"},
		}},
		{Code: "subprocess_plugin", Version: "1.0.0", Name: "Sub-process", Schedule: engine.Callback, Outputs: []engine.FieldSpec{
			{Key: "task_id", Name: "Child task", Type: "int"},
		}},
		{Code: UniformAPI, Version: "v1.0.0", Name: "Uniform API", Outputs: out, Inputs: []engine.FieldSpec{
			{Key: UniformConfig, Name: "URL, method, parameters and seconds to wait", Type: "object", Required: true},
		}},
	}
	inputs := []engine.FieldSpec{
		{Key: UniformURL, Name: "URL", Type: "string", Required: true},
		{Key: UniformMethod, Name: "Method, GET or POST", Type: "string", Required: true},
		{Key: UniformPath, Name: "JMESPath of the result in the answer", Type: "string"},
		{Key: UniformPolling, Name: "How to ask for the state", Type: "object"},
		{Key: UniformCallback, Name: "How to read a callback", Type: "object"},
	}
	for _, version := range []string{"v2.0.0", "v3.0.0", "v4.0.0"} {
		if version == "v3.0.0" {
			inputs = append(inputs[:len(inputs):len(inputs)], engine.FieldSpec{Key: UniformKey, Name: "Name of the credential", Type: "string"})
		}
		specs = append(specs, engine.Spec{
			Code: UniformAPI, Version: version, Name: "Uniform API", Schedule: engine.Poll, Inputs: inputs, Outputs: out,
		})
	}
	return specs
}
