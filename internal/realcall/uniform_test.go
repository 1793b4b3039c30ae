package realcall_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/space"
)

const ok = `{"result": true, "data": {"id": 5}, "message": "fine"}`

// inputs of versions 2 and later; more are members with a comma before them.
func calling(method, more string) string {
	return fmt.Sprintf(`{"uniform_api_plugin_url": "$URL/x", "uniform_api_plugin_method": %q%s}`, method, more)
}

func TestFirstVersionCallsWithItsConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	e := w.effect("uniform_api", "v1.0.0", `{"api_config": {"url": "$URL/v1", "method": "post", "params": [{"key": "a", "value": 1}, {"key": "b", "value": ""}]}, "_loop": 1}`)
	r := w.do(e)
	w.wellDone(r, `{"result":true,"data":{"id":5},"message":"fine"}`)
	got := w.last()
	if got.method != "POST" || got.path != "/v1" || output(r, "status_code") != int64(200) {
		t.Errorf("%+v", got)
	}
	want := `{"a":1,"b":"","bkflow_extra_info":{"caller":"kim","scope_type":"project","scope_value":"1","task_id":7,"task_name":"my task","space_id":3}}`
	if got.body != want {
		t.Errorf("body %s", got.body)
	}
	for _, inputs := range []string{`{}`, `{"api_config": {}}`, `{"api_config": "x"}`} {
		w.fails(w.do(w.effect("uniform_api", "v1.0.0", inputs)), "configuration is missing")
	}
	w.fails(w.do(w.effect("uniform_api", "v1.0.0", `{"api_config": {"url": "$URL", "method": "GET", "params": ["x"]}}`)), "params")
}

func TestPayloadIsWhatIsLeftOfTheInputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	w.do(w.effect("uniform_api", "v3.0.0", calling("POST", `, "uniform_api_plugin_credential_key": "C", "uniform_api_plugin_api_meta": {"m": 1},
		"response_data_path": "data", "uniform_api_plugin_id": "", "order": "A-1", "n": null, "e": "", "_loop": 2`)))
	extra := `"bkflow_extra_info":{"caller":"kim","scope_type":"project","scope_value":"1","task_id":7,"task_name":"my task","space_id":3,"node_id":"n1"}`
	if got := w.last().body; got != `{"uniform_api_plugin_id":"","order":"A-1","n":null,"e":"","_loop":2,`+extra+`}` {
		t.Errorf("body %s", got)
	}
	w.settings.UniformAPI.ExcludeNoneFields, w.settings.UniformAPI.ParameterConversion = true, true
	w.do(w.effect("uniform_api", "v2.0.0", calling("POST", `, "e": "", "z": null, "i": "5", "l": "[1, {\"k\": 2.0}]", "t": "text", "b": "true", "big": 9007199254740993`)))
	if got := w.last().body; got != `{"z":null,"i":5,"l":[1,{"k":2.0}],"t":"text","b":true,"big":9007199254740993,`+extra+`}` {
		t.Errorf("body %s", got)
	}
	w.do(w.effect("uniform_api", "v1.0.0", `{"api_config": {"url": "$URL", "method": "POST", "params": [{"key": "e", "value": ""}, {"key": "i", "value": "5"}]}}`))
	if got := w.last().body; !strings.HasPrefix(got, `{"e":"","i":5,`) {
		t.Errorf("version 1 leaves empty texts: %s", got)
	}
}

func TestGetSendsThePayloadAsQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	w.wellDone(w.do(w.effect("uniform_api", "v2.0.0",
		`{"uniform_api_plugin_url": "$URL/x?have=1#f", "uniform_api_plugin_method": "get", "a": "ä b&c", "l": [1, "x"], "n": null, "t": true, "o": {"k": 1}}`)),
		`{"result":true,"data":{"id":5},"message":"fine"}`)
	got := w.last()
	q, err := url.ParseQuery(got.query)
	if err != nil || got.method != "GET" || got.body != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if q.Get("have") != "1" || q.Get("a") != "ä b&c" || fmt.Sprint(q["l"]) != "[1 x]" || q.Has("n") || q.Get("t") != "True" || q.Get("o") != `{"k":1}` {
		t.Errorf("query %v", q)
	}
	if extra := members(t, q.Get("bkflow_extra_info")); extra["node_id"] != "n1" || extra["task_id"] != 7.0 {
		t.Errorf("extra %v", extra)
	}
}

func TestOnlyGetAndPostAreSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	for _, method := range []string{"PUT", "DELETE", "", "HEAD", "PATCH"} {
		w.fails(w.do(w.effect("uniform_api", "v3.0.0", calling(method, ""))), "GET or POST")
	}
	if w.sent() != 0 {
		t.Error("something was sent")
	}
}

func TestHostsThatNobodyAllowsAreNotCalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	for _, plugin := range []string{"v1.0.0", "v2.0.0", "v3.0.0", "v4.0.0"} {
		inputs := `{"uniform_api_plugin_url": "https://api.example.com/?token=abcdef", "uniform_api_plugin_method": "POST",
			"api_config": {"url": "https://api.example.com/?token=abcdef", "method": "POST", "params": []}}`
		r := w.do(w.effect("uniform_api", plugin, inputs))
		w.fails(r, "--allow-host")
		if r.Exchange != nil || strings.Contains(reason(r), "abcdef") {
			t.Errorf("%s: %+v", plugin, r)
		}
	}
}

func TestCallsCarryTheCredentialOfTheirVersion(t *testing.T) {
	t.Parallel()
	server := &credential.Pair{AppCode: "server-app", Secret: "server-secret"}
	for name, c := range map[string]struct {
		version, key string
		space        bool
		named        string
		server, use  bool
		want         string // source name app
		fails        bool
	}{
		"1 space":             {version: "v1.0.0", space: true, server: true, want: "SPACE N space-app"},
		"1 server always":     {version: "v1.0.0", server: true, want: "SERVER  server-app"},
		"1 none":              {version: "v1.0.0", fails: true},
		"2 ignores the task":  {version: "v2.0.0", key: "C", space: true, want: "SPACE N space-app"},
		"2 server off":        {version: "v2.0.0", server: true, fails: true},
		"2 server on":         {version: "v2.0.0", server: true, use: true, want: "SERVER  server-app"},
		"3 key":               {version: "v3.0.0", key: "C", space: true, want: "TASK C task-app"},
		"3 key as configured": {version: "v3.0.0", key: "N", space: true, want: "TASK N named-app"},
		"3 unknown key":       {version: "v3.0.0", key: "none", space: true, want: "SPACE N space-app"},
		"3 configured":        {version: "v3.0.0", space: true, want: "TASK N named-app"},
		"3 not configured":    {version: "v3.0.0", space: true, named: "Z", want: "SPACE Z space-app"},
		"3 server off":        {version: "v3.0.0", named: "Z", server: true, fails: true},
		"3 server on":         {version: "v3.0.0", named: "Z", server: true, use: true, want: "SERVER  server-app"},
		"4 key":               {version: "v4.0.0", key: "C", want: "TASK C task-app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, answers(200, ok))
			if !c.space {
				w.settings.Credential, w.settings.CredentialReason = nil, "it is gone"
			}
			if c.named != "" {
				w.settings.CredentialName = c.named
			}
			if c.server {
				w.deps.Server, w.deps.UseServer = server, c.use
			}
			w.Service = realcall.New(w.deps)
			r := w.do(w.effect("uniform_api", c.version, fmt.Sprintf(`{"uniform_api_plugin_url": "$URL", "uniform_api_plugin_method": "POST",
				"uniform_api_plugin_credential_key": %q, "api_config": {"url": "$URL", "method": "POST", "params": []}}`, c.key)))
			if c.fails {
				w.fails(r, "no credential to call with")
				if w.sent() != 0 || r.Credential != nil {
					t.Errorf("%d sent, %+v", w.sent(), r.Credential)
				}
				return
			}
			use := r.Credential
			if use == nil || use.Source+" "+use.Name+" "+use.AppCode != c.want {
				t.Fatalf("%+v, %s", use, reason(r))
			}
			auth := members(t, w.last().header.Get("X-Bkapi-Authorization"))
			secret := map[string]string{"space-app": "space-secret", "task-app": "task-secret", "named-app": "named-secret", "server-app": "server-secret"}
			if auth["bk_app_code"] != use.AppCode || auth["bk_app_secret"] != secret[use.AppCode] || auth["bk_username"] != "kim" {
				t.Errorf("header %v", auth)
			}
		})
	}
}

func TestSpaceHeadersWinFromVersionThreeOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	w.settings.UniformAPI.APIs = []space.API{
		{Key: "first", MetaAPIs: "https://other.example/meta", Headers: []byte(`{"X-First": "1"}`)},
		{Key: "mine", MetaAPIs: w.url + "/meta", Headers: []byte(`{"X-Who": "${_system.operator}/${_system.task_id}/${_system.task_name}/${_system.space_id}/${_system.scope_type}/${_system.scope_value}/${_system.other}",
			"x-bkapi-authorization": "own", "Content-Type": "application/x"}`)},
	}
	w.do(w.effect("uniform_api", "v3.0.0", calling("POST", "")))
	h := w.last().header
	if h.Get("X-Who") != "kim/7/my task/3/project/1/${_system.other}" || h.Get("X-Bkapi-Authorization") != "own" || h.Get("Content-Type") != "application/x" || h.Get("X-First") != "" {
		t.Errorf("%v", h)
	}
	w.do(w.effect("uniform_api", "v2.0.0", calling("POST", "")))
	if h := w.last().header; h.Get("X-Who") != "" || h.Get("X-Bkapi-Authorization") == "own" {
		t.Errorf("version 2: %v", h)
	}
	w.settings.UniformAPI.APIs = w.settings.UniformAPI.APIs[:1]
	w.do(w.effect("uniform_api", "v4.0.0", calling("POST", "")))
	if h := w.last().header; h.Get("X-First") != "1" {
		t.Errorf("the first API counts when no host fits: %v", h)
	}
	before := w.sent()
	w.settings.UniformAPI.APIs[0].Headers = []byte(`{"X-A": "a\r\nX-B: b"}`)
	w.fails(w.do(w.effect("uniform_api", "v3.0.0", calling("POST", ""))), "line break")
	w.settings.UniformAPI.APIs[0].Headers = []byte(`{"Host": "evil.test"}`)
	w.fails(w.do(w.effect("uniform_api", "v3.0.0", calling("POST", ""))), "header Host")
	if w.sent() != before {
		t.Error("a bad header was sent")
	}
}

func TestAnswersAreJudgedAsTheVersionSays(t *testing.T) {
	t.Parallel()
	all := []string{"v1.0.0", "v2.0.0", "v3.0.0", "v4.0.0"}
	for name, c := range map[string]struct {
		status   int
		body     string
		standard bool
		versions []string
		data     string // "" when it fails
		why      string
	}{
		"result true":          {200, ok, false, all, `{"result":true,"data":{"id":5},"message":"fine"}`, ""},
		"a list":               {200, `[1]`, false, all, `[1]`, ""},
		"result false":         {200, `{"result": false, "message": "too late"}`, false, all, "", "HTTP status code: 200, message: too late"},
		"without result":       {200, `{"data": 1}`, false, all, "", "HTTP status code: 200, message: the answer does not say"},
		"no JSON":              {200, `<html>`, false, all, "", "not JSON"},
		"too deep to be kept":  {200, strings.Repeat("[", 300) + strings.Repeat("]", 300), false, all, "", "not JSON"},
		"too large a number":   {200, `[1e999, -1e999]`, false, all, `["inf","-inf"]`, ""},
		"not UTF-8":            {200, "[\"\xff\"]", false, all, "", "not JSON"},
		"nothing":              {200, ``, false, all, "", "not JSON"},
		"empty JSON":           {200, `{}`, false, all, "", "empty JSON"},
		"status 500":           {500, `{"result": true, "message": "sorry"}`, false, all, "", "HTTP status code: 500, message: sorry"},
		"standard 201":         {201, `{"x": 1}`, true, all[2:], `{"x":1}`, ""},
		"standard empty JSON":  {200, `{}`, true, all[2:], `{}`, ""},
		"standard text":        {200, `plain text`, true, all[2:], `"plain text"`, ""},
		"standard nothing":     {204, ``, true, all[2:], `""`, ""},
		"standard 404":         {404, `{"message": "no such order"}`, true, all[2:], "", "[uniform_api error] HTTP status code: 404, message: no such order"},
		"standard 500 text":    {500, `oops`, true, all[2:], "", "HTTP status code: 500"},
		"standard is not of 2": {200, `{"x": 1}`, true, all[:2], "", "does not say"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, answers(c.status, c.body))
			w.settings.UniformAPI.StandardResponse = c.standard
			for _, version := range c.versions {
				r := w.do(w.effect("uniform_api", version, calling("POST", `, "api_config": {"url": "$URL", "method": "POST", "params": []}`)))
				if output(r, "status_code") != int64(c.status) || r.Exchange == nil || r.Exchange.Status != c.status {
					t.Errorf("%s: %v, %+v", version, output(r, "status_code"), r.Exchange)
				}
				if c.data != "" {
					w.wellDone(r, c.data)
				} else {
					w.fails(r, c.why)
				}
			}
		})
	}
}

func TestResultIsExtractedByPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, `{"result": true, "data": {"items": [{"id": 1}, {"id": 2}], "none": null}}`))
	path := func(p string) realcall.Result {
		return w.do(w.effect("uniform_api", "v3.0.0", calling("POST", fmt.Sprintf(`, "response_data_path": %q`, p))))
	}
	w.wellDone(path("data.items[*].id"), `[1,2]`)
	w.wellDone(path("data"), `{"items":[{"id":1},{"id":2}],"none":null}`)
	w.fails(path("data.none"), "could not be extracted")
	w.fails(path("missing.x"), "could not be extracted")
	before := w.sent()
	w.fails(path("data["), "not a JMESPath")
	if w.sent() != before {
		t.Error("a call was made that could only fail")
	}
	text := newWorld(t, answers(200, `plain`))
	text.settings.UniformAPI.StandardResponse = true
	text.fails(text.do(text.effect("uniform_api", "v3.0.0", calling("POST", `, "response_data_path": "data"`))), "not JSON")
}

func TestOpenPluginsAreNotServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	w.fails(w.do(w.effect("uniform_api", "v4.0.0", calling("POST", `, "uniform_api_plugin_id": "p"`))), "open plugins")
	if w.sent() != 0 {
		t.Error("an open plugin was called")
	}
	w.wellDone(w.do(w.effect("uniform_api", "v4.0.0", calling("POST", ""))), `{"result":true,"data":{"id":5},"message":"fine"}`)
}

func TestACallThatCannotBePreparedHasNoOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, `{}`))
	w.broken = errSettings
	if err := w.Prepare(t.Context(), &realcall.Call{Task: task, Effect: w.effect("uniform_api", "v3.0.0", calling("POST", ""))}); !errors.Is(err, errSettings) {
		t.Error(err)
	}
	// It needs nothing of its space.
	if err := w.Prepare(t.Context(), &realcall.Call{Task: task, Effect: w.effect("bk_http_request", "v1.0", `{}`)}); err != nil {
		t.Error(err)
	}
}

func TestFailuresAroundTheCallHaveAnOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	r := w.do(w.effect("uniform_api", "v3.0.0", calling("POST", "")))
	w.fails(r, "closed the connection")
	if r.Exchange == nil || r.Exchange.Error == "" || r.Exchange.Status != 0 || w.sent() != 1 {
		t.Errorf("%+v, %d sent", r.Exchange, w.sent())
	}
	w.fails(w.do(w.effect("nobody", "v1", `{}`)), "makes no call")
	w.deps.HTTP = nil
	w.Service = realcall.New(w.deps)
	if r := w.do(w.effect("uniform_api", "v3.0.0", calling("POST", ""))); r.Outcome.Answer.OK || r.Outcome.Answer.Raised == "" {
		t.Errorf("a panic is an outcome: %+v", r.Outcome.Answer)
	}
}
