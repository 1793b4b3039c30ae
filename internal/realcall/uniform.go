package realcall

import (
	"net/http"
	"strings"
	"time"

	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/plugin"
)

// Versions of uniform_api that differ; later ones go by the newest rules.
const (
	firstVersion  = "v1.0.0"
	secondVersion = "v2.0.0"
	fourthVersion = "v4.0.0"
)

// What a message begins with (clients look for it).
const (
	callPrefix     = "[uniform_api error]"
	pollPrefix     = "[uniform_api polling error]"
	callbackPrefix = "[uniform_api callback error]"
)

// extraKey is the part of a payload that tells who calls (domain §3.3).
const extraKey = "bkflow_extra_info"

func (j *job) uniform() engine.Answer {
	switch {
	case !j.effect.Schedule:
		return j.trigger()
	case j.flag(plugin.CallbackOutput):
		return j.callback()
	}
	return j.poll()
}

func (j *job) flag(output string) bool {
	v, _ := j.outputs.Get(output)
	return expr.Truth(v)
}

// since tells whether the node's version has the rules of this one.
func (j *job) since(version string) bool { return j.effect.PluginVersion >= version }

// standard tells whether the space wants answers judged by their HTTP status, which
// version 3 has brought.
func (j *job) standard() bool {
	return j.call.Space.UniformAPI.StandardResponse && j.since("v3.0.0")
}

// trigger makes the call that the node is for.
func (j *job) trigger() engine.Answer {
	if j.effect.PluginVersion == fourthVersion && expr.Truth(j.input(plugin.UniformID)) {
		return j.fail("%s open plugins (%s) are not served here: mock the node to give it outputs", callPrefix, plugin.UniformID)
	}
	want, problem := j.wanted()
	if problem != "" {
		return j.fail("%s %s", callPrefix, problem)
	}
	pair, problem := j.allowed()
	if problem != "" {
		return j.fail("%s %s", callPrefix, problem)
	}
	payload := j.payload(want.params, j.call.Space.UniformAPI)
	request := outbound.Request{Method: want.method, URL: want.url}
	switch want.method {
	case http.MethodGet:
		request.URL = withQuery(want.url, payload)
	case http.MethodPost:
		body, err := expr.Encode(payload)
		if err != nil {
			return j.fail("%s the inputs cannot be written as JSON: %v", callPrefix, err)
		}
		request.Body = body
	default:
		return j.fail("%s the method %s is not supported: it must be GET or POST", callPrefix, cut(want.method, 20))
	}
	if request.Header, problem = j.headers(want.url, pair, j.call.Space.UniformAPI); problem != "" {
		return j.fail("%s %s", callPrefix, problem)
	}
	response, err := j.send(request, want.timeout)
	if err != nil {
		return j.fail("%s the call failed: %v", callPrefix, err)
	}
	return j.triggered(want, readAnswer(response), j.standard())
}

// triggered reads the answer of the first call (domain §3.4) and decides how the node
// goes on: it is done, polls, or waits for a callback, which wins over polls.
func (j *job) triggered(want wish, a answer, standard bool) engine.Answer {
	if reason := a.refusal(standard); reason != "" {
		return j.refused(callPrefix, a, reason)
	}
	var data any = a.text
	if a.json {
		data = a.body
	}
	if !a.json && (want.path != "" || want.polling != nil || want.callback != nil) {
		return j.fail("%s the answer is not JSON, which %s, polling and callbacks need", callPrefix, plugin.UniformPath)
	}
	if want.path != "" {
		found, err := search(want.path, data)
		if err == nil && found == nil {
			return j.fail("%s the result could not be extracted: %s finds nothing in %s", callPrefix, want.path, j.quote(data))
		}
		if err != nil {
			return j.fail("%s the result could not be extracted by %s: %v", callPrefix, want.path, err)
		}
		data = found
	}
	switch {
	case want.callback != nil:
		j.outputs.Set(plugin.CallbackOutput, true)
		return engine.Answer{OK: true, Schedule: engine.Callback}
	case want.polling != nil:
		j.outputs.Set(plugin.TriggerOutput, data)
		j.outputs.Set(plugin.PollingOutput, true)
		return engine.Answer{OK: true, Schedule: engine.Poll, After: pollInterval(1)}
	}
	j.outputs.Set(plugin.DataOutput, data)
	return engine.Success()
}

// refusal says why an answer is none of success, "" when it is one.
func (a answer) refusal(standard bool) string {
	if standard {
		if !a.good() {
			return "the HTTP status is none of success"
		}
		return ""
	}
	switch members, object := a.body.(*expr.Dict); {
	case a.status >= http.StatusBadRequest:
		return "the HTTP status is none of success"
	case !a.json:
		return "the answer is not JSON"
	case !expr.Truth(a.body):
		return "the answer is empty JSON"
	case object:
		if result, _ := members.Get("result"); !expr.Truth(result) {
			return "the answer does not say that its result is true"
		}
	}
	return ""
}

// refused fails the node with the host's own words, or with ours when it has none.
func (j *job) refused(prefix string, a answer, reason string) engine.Answer {
	if members, object := a.body.(*expr.Dict); object {
		if message, _ := members.Get("message"); expr.Truth(message) {
			reason = cut(j.secrets.text(expr.Str(message)), maxQuoted)
		}
	}
	return j.fail("%s HTTP status code: %d, message: %s", prefix, a.status, reason)
}

// wish is what the inputs of a node ask for.
type wish struct {
	url, method, path string
	timeout           time.Duration
	params            *expr.Dict
	polling           *pollConfig
	callback          *callbackConfig
}

// wanted reads the inputs. Everything that is wrong with them is found before
// anything is sent.
func (j *job) wanted() (w wish, problem string) {
	if j.effect.PluginVersion == firstVersion {
		return j.firstWanted()
	}
	w = wish{
		url: j.textInput(plugin.UniformURL), method: strings.ToUpper(j.textInput(plugin.UniformMethod)),
		path: j.textInput(plugin.UniformPath), timeout: defaultTimeout, params: expr.NewDict(j.inputs.Len()),
	}
	if w.path != "" {
		if err := checkPath(w.path); err != nil {
			return w, plugin.UniformPath + ": " + err.Error()
		}
	}
	if given := j.input(plugin.UniformCallback); expr.Truth(given) {
		config, problem := readCallbackConfig(given)
		if problem != "" {
			return w, "bad callback configuration: " + problem
		}
		w.callback = config
	} else if given := j.input(plugin.UniformPolling); expr.Truth(given) {
		config, problem := readPollConfig(given)
		if problem != "" {
			return w, "bad polling configuration: " + problem
		}
		w.polling = config
	}
	for i := range j.inputs.Len() {
		key, v := j.inputs.At(i)
		if name := expr.Str(key); !j.controls(name) {
			w.params.Set(name, v)
		}
	}
	return w, ""
}

// controls tells whether an input is for the plugin and not for the host.
func (j *job) controls(name string) bool {
	switch name {
	case plugin.UniformURL, plugin.UniformMethod, plugin.UniformPolling, plugin.UniformCallback, plugin.UniformMeta, plugin.UniformPath:
		return true
	case plugin.UniformKey:
		return j.since("v3.0.0")
	case plugin.UniformID, plugin.UniformVersion, plugin.UniformSource:
		return j.since(fourthVersion)
	}
	return false
}

// firstWanted reads the one input of version 1.
func (j *job) firstWanted() (w wish, problem string) {
	config, _ := j.input(plugin.UniformConfig).(*expr.Dict)
	if config.Len() == 0 {
		return w, "the configuration is missing: " + plugin.UniformConfig + " must be an object with url, method and params"
	}
	member := func(key string) any {
		v, _ := config.Get(key)
		return v
	}
	link, _ := member("url").(string)
	method, _ := member("method").(string)
	timeout, err := seconds(member("timeout"), defaultTimeout)
	if err != nil {
		return w, err.Error()
	}
	w = wish{url: strings.TrimSpace(link), method: strings.ToUpper(strings.TrimSpace(method)), timeout: timeout, params: expr.NewDict(4)}
	params, _ := member("params").([]any)
	for _, p := range params {
		pair, _ := p.(*expr.Dict)
		key, ok := pair.Get("key")
		if !ok {
			return w, "every one of params must be an object with key and value"
		}
		v, _ := pair.Get("value")
		w.params.Set(expr.Str(key), v)
	}
	return w, ""
}

// allowed resolves the credential (domain §3.2).
func (j *job) allowed() (pair credential.Pair, problem string) {
	found := &j.call.Space
	request := credential.Request{
		Version: j.effect.PluginVersion, Name: found.CredentialName, Task: pairs(j.call.Task.Credentials),
		Space: found.Credential, SpaceReason: found.CredentialReason, Server: j.deps.Server, UseServer: j.deps.UseServer,
	}
	if j.since("v3.0.0") {
		request.Key = j.textInput(plugin.UniformKey)
	}
	for _, other := range []*credential.Pair{found.Credential, j.deps.Server} {
		if other != nil {
			j.secrets.add(other.Secret)
		}
	}
	r := credential.Resolve(request)
	if r.Source == credential.None {
		return pair, strings.Join(append([]string{r.Problem}, r.Skipped...), "; ")
	}
	j.credential = &CredentialUse{Source: string(r.Source), Name: r.Name, AppCode: r.AppCode}
	return r.Pair, ""
}

// pairs are the task's credentials in the form of the resolution.
func pairs(opened map[string]map[string]any) map[string]credential.Pair {
	made := make(map[string]credential.Pair, len(opened))
	for name, members := range opened {
		code, _ := members["bk_app_code"].(string)
		secret, _ := members["bk_app_secret"].(string)
		made[name] = credential.Pair{AppCode: code, Secret: secret}
	}
	return made
}
