package realcall_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

const polling = `, "response_data_path": "data", "uniform_api_plugin_polling": {"url": "$URL/state?v=1", "task_tag_key": "job.id",
	"success_tag": {"key": "data.state", "value": "done", "data_key": "data.result"},
	"fail_tag": {"key": "data.state", "value": 2, "msg_key": "data.why"},
	"running_tag": {"key": "data.state", "value": 1}}`

// states is a host that begins a job and then tells the given answers in turn.
func states(bodies ...string) http.HandlerFunc {
	var asked atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/state" {
			_, _ = io.WriteString(w, `{"result": true, "data": {"job": {"id": "J 1"}}}`)
			return
		}
		_, _ = io.WriteString(w, bodies[min(int(asked.Add(1)), len(bodies))-1])
	}
}

func stateIs(v string) string { return `{"result": true, "data": {"state": ` + v + `}}` }

func TestPollingGoesOnUntilATagFits(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v2.0.0", "v3.0.0", "v4.0.0"} {
		w := newWorld(t, states(stateIs("1"), `{"result": true, "data": {"state": "done", "result": {"x": 5}}}`))
		e := w.effect("uniform_api", version, calling("POST", polling))
		r := w.do(e)
		if a := r.Outcome.Answer; !a.OK || a.Done || a.Schedule != engine.Poll || a.After != 10*time.Second || output(r, "data") != nil {
			t.Fatalf("trigger: %+v, %s", a, reason(r))
		}
		if got := encoded(t, output(r, "trigger_data")); got != `{"job":{"id":"J 1"}}` {
			t.Errorf("trigger data %s", got)
		}
		poll := after(e, r, 0, nil)
		if !w.Repeatable(&poll) || w.Repeatable(&e) {
			t.Error("polls may be repeated, the first call may not")
		}
		r = w.do(poll)
		if a := r.Outcome.Answer; !a.OK || a.Done || a.After != 10*time.Second {
			t.Fatalf("running: %+v, %s", a, reason(r))
		}
		got := w.last()
		q, err := url.ParseQuery(got.query)
		if err != nil || got.method != "GET" || got.body != "" || q.Get("v") != "1" || q.Get("task_tag") != "J 1" || q.Get("caller") != "kim" ||
			q.Get("scope_type") != "project" || q.Get("task_id") != "7" || q.Get("space_id") != "3" || q.Get("node_id") != "n1" || q.Has("bkflow_extra_info") {
			t.Errorf("%+v, %v", got, err)
		}
		if members(t, got.header.Get("X-Bkapi-Authorization"))["bk_app_secret"] == nil {
			t.Error("a poll has a credential")
		}
		w.wellDone(w.do(after(e, r, 1, nil)), `{"x":5}`)
	}
}

func TestPollsAreJudgedExactlyAndInOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, why string }{
		"fail with its message":    {`{"result": true, "data": {"state": 2, "why": "no space"}}`, "no space"},
		"fail without its message": {stateIs("2"), "state is one of failure"},
		"a text is no number":      {stateIs(`"1"`), "unknown status"},
		"true is no number":        {stateIs("true"), "unknown status"},
		"none fits":                {stateIs(`"odd"`), `"odd"`},
		"nothing there":            {`{"result": true, "x": 1}`, "unknown status"},
		"result false":             {`{"result": false, "message": "down"}`, "[uniform_api polling error] HTTP status code: 200, message: down"},
		"no JSON":                  {`oops`, "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, states(c.body))
			e := w.effect("uniform_api", "v3.0.0", calling("POST", polling))
			w.fails(w.do(after(e, w.do(e), 0, nil)), c.why)
		})
	}
	w := newWorld(t, states(`{"result": true, "data": {"state": "done"}}`))
	both := `, "uniform_api_plugin_polling": {"url": "$URL/state", "task_tag_key": "data.job.id", "success_tag": {"key": "data.state", "value": "done"},
		"fail_tag": {"key": "data.state", "value": "done"}, "running_tag": {"key": "data.state", "value": "done"}}`
	e := w.effect("uniform_api", "v3.0.0", calling("POST", both))
	r := w.do(after(e, w.do(e), 0, nil))
	if a := r.Outcome.Answer; !a.OK || !a.Done || output(r, "data") != nil {
		t.Errorf("success comes first, and has no data without a key: %+v", a)
	}
}

func TestPollsSlowDownAndEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, states(stateIs("1")))
	e := w.effect("uniform_api", "v2.0.0", calling("POST", polling))
	first := w.do(e)
	total := first.Outcome.Answer.After
	for polls := range 198 {
		want := 10 * time.Second
		if count := polls + 2; count >= 30 {
			want = min(time.Duration((count-25)*(count-25))*time.Second, 600*time.Second)
		}
		if polls > 60 && polls < 197 { // the interval is at its longest
			total += want
			continue
		}
		r := w.do(after(e, first, polls, nil))
		if a := r.Outcome.Answer; !a.OK || a.After != want {
			t.Fatalf("poll %d: %+v, want %v", polls, a, want)
		}
		total += want
	}
	sent := w.sent()
	w.fails(w.do(after(e, first, 199, nil)), "polled too often")
	if w.sent() != sent || total < 24*time.Hour || total > 32*time.Hour {
		t.Errorf("%d sent, %v", w.sent()-sent, total)
	}
}

func TestBrokenConfigurationsAreFoundBeforeTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, ok))
	tags := `"success_tag": {"key": "a", "value": 1}, "fail_tag": {"key": "a", "value": 2}`
	for config, why := range map[string]string{
		`, "uniform_api_plugin_polling": "x"`:                                                          "bad polling configuration",
		`, "uniform_api_plugin_polling": {"url": "$URL", "task_tag_key": "a", ` + tags + `}`:           "running_tag must be an object",
		`, "uniform_api_plugin_polling": {"task_tag_key": "a[", ` + tags + `, "running_tag": {}}`:      "url must be a text; task_tag_key: this is not a JMESPath; running_tag.key must be a text; running_tag.value",
		`, "uniform_api_plugin_callback": {"success_tag": {"key": "a", "value": true}}`:                "bad callback configuration: success_tag.value must be a text or a whole number; fail_tag",
		`, "uniform_api_plugin_callback": [1]`:                                                         "bad callback configuration",
		`, "uniform_api_plugin_callback": {"success_tag": {"key": "a", "value": 1, "data_key": "b["}}`: "success_tag.data_key",
	} {
		w.fails(w.do(w.effect("uniform_api", "v3.0.0", calling("POST", config))), why)
	}
	if w.sent() != 0 {
		t.Error("a call was made that nobody could have followed")
	}
	lost := newWorld(t, answers(200, `{"result": true, "other": 1}`))
	e := lost.effect("uniform_api", "v3.0.0", calling("POST", fmt.Sprintf(`, "uniform_api_plugin_polling": {"url": "$URL", "task_tag_key": "job", %s, "running_tag": {"key": "a", "value": 3}}`, tags)))
	lost.fails(lost.do(after(e, lost.do(e), 0, nil)), "tag of the task is not found")
	if lost.sent() != 1 {
		t.Error("a poll was made without its tag")
	}
}

func TestCallbackEndsTheNode(t *testing.T) {
	t.Parallel()
	callback := `, "uniform_api_plugin_callback": {"success_tag": {"key": "state", "value": "ok", "data_key": "result"}, "fail_tag": {"key": "state", "value": "bad", "msg_key": "why"}}`
	w := newWorld(t, answers(200, ok))
	// Polls are configured as well: the callback wins.
	e := w.effect("uniform_api", "v3.0.0", calling("POST", callback+polling))
	r := w.do(e)
	if a := r.Outcome.Answer; !a.OK || a.Done || a.Schedule != engine.Callback {
		t.Fatalf("%+v, %s", a, reason(r))
	}
	sent := w.sent()
	good := w.do(after(e, r, 0, expr.DictOf("state", "ok", "result", []any{int64(1)})))
	w.wellDone(good, `[1]`)
	if good.Exchange != nil || good.Credential != nil {
		t.Error("a callback calls nobody")
	}
	w.fails(w.do(after(e, r, 0, expr.DictOf("state", "bad", "why", "because"))), "because")
	w.fails(w.do(after(e, r, 0, expr.DictOf("state", "bad"))), "state is one of failure")
	w.fails(w.do(after(e, r, 0, expr.DictOf("state", "odd"))), "unknown status")
	w.fails(w.do(after(e, r, 0, "text")), "unknown status")
	if w.sent() != sent {
		t.Error("something was sent for a callback")
	}
	refused := newWorld(t, answers(200, `{"result": false, "message": "closed"}`))
	refused.fails(refused.do(refused.effect("uniform_api", "v3.0.0", calling("POST", callback))), "closed")
}
