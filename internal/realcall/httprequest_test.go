package realcall_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/plugin"
	"rehearse.dev/internal/realcall"
)

func request(method, more string) string {
	return fmt.Sprintf(`{"bk_http_request_method": %q, "bk_http_request_url": " $URL/p "%s}`, method, more)
}

func TestHTTPRequestSendsWhatItIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, `{"a": 1}`))
	r := w.do(w.effect("bk_http_request", "v1.0", request("post", `, "bk_http_request_body": "{\"k\": 1}",
		"bk_http_request_header": [{"name": "X-A", "value": "b"}, {"name": "", "value": ""}, {"name": "content-type", "value": "text/plain"}]`)))
	w.wellDone(r, `{"a":1}`)
	got := w.last()
	if got.method != "POST" || got.path != "/p" || got.body != `{"k": 1}` || got.header.Get("X-A") != "b" || got.header.Get("Content-Type") != "text/plain" ||
		got.header.Get("X-Bkapi-Authorization") != "" || output(r, "status_code") != int64(200) {
		t.Errorf("%+v", got)
	}
	if x := r.Exchange; x.Method != "POST" || x.URL != w.url+"/p" || x.Status != 200 || x.RequestBytes != 8 || x.ResponseBytes != 8 || x.Error != "" || r.Credential != nil {
		t.Errorf("%+v", x)
	}
	w.do(w.effect("bk_http_request", "v1.0", request("PUT", `, "bk_http_request_body": {"k": [1]}`)))
	if got := w.last(); got.method != "PUT" || got.body != `{"k":[1]}` || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", got)
	}
	w.do(w.effect("bk_http_request", "v1.0", request("GET", `, "bk_http_request_body": "ignored"`)))
	if got := w.last(); got.method != "GET" || got.body != "" {
		t.Errorf("%+v", got)
	}
}

func TestHTTPRequestJudgesTheAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status          int
		body, condition string
		why             string // "" when it is fine
	}{
		"fine":                {200, `{"result": true}`, ``, ""},
		"condition":           {201, `{"result": true, "data": {"n": 3}}`, `resp.result == True and resp.data.n > 2`, ""},
		"condition is false":  {200, `{"result": false}`, `resp.result == True`, "does not meet"},
		"condition is broken": {200, `{"result": false}`, `resp.result =`, "cannot be decided"},
		"nothing to look at":  {200, `{"result": false}`, `resp.missing == 1`, "there is no resp.missing"},
		"a list":              {200, `[1]`, ``, ""},
		"not JSON":            {200, `<html>`, ``, "not JSON"},
		"nothing":             {204, ``, ``, "not JSON"},
		"status":              {404, `{"message": "gone"}`, ``, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, answers(c.status, c.body))
			r := w.do(w.effect("bk_http_request", "v1.0", request("GET", fmt.Sprintf(`, "bk_http_success_exp": %q`, c.condition))))
			switch {
			case c.why != "":
				w.fails(r, c.why)
			case !r.Outcome.Answer.OK || !r.Outcome.Answer.Done:
				t.Errorf("%+v, %s", r.Outcome.Answer, reason(r))
			}
			if output(r, "status_code") != int64(c.status) {
				t.Errorf("status %v", output(r, "status_code"))
			}
		})
	}
}

func TestHTTPRequestRefusesWhatItCannotSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, `{}`))
	for inputs, why := range map[string]string{
		request("CONNECT", ""):                                 "is not one of",
		request("", ""):                                        "is not one of",
		request("GET", `, "bk_http_timeout": "soon"`):          "not a whole number",
		request("GET", `, "bk_http_request_header": "X: y"`):   "must be a list",
		request("GET", `, "bk_http_request_header": ["X: y"]`): "must be a list",
		request("GET", `, "bk_http_request_header": [{"name": "X-A", "value": "a\r\nX-B: c"}]`):     "line break",
		`{"bk_http_request_method": "GET", "bk_http_request_url": "http://169.254.169.254/latest"}`: "--allow-host",
		`{"bk_http_request_method": "GET", "bk_http_request_url": "file:///etc/passwd"}`:            "http",
		`{"bk_http_request_method": "GET"}`:                                                         "http",
	} {
		r := w.do(w.effect("bk_http_request", "v1.0", inputs))
		w.fails(r, why)
		if r.Exchange != nil {
			t.Errorf("%s: %+v", inputs, r.Exchange)
		}
	}
	if w.sent() != 0 {
		t.Error("something was sent")
	}
}

func TestTimeoutsAreThoseOfTheNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, answers(200, `{}`))
	const spare = 5 * time.Second
	for inputs, want := range map[string]time.Duration{
		`{}`: 60 * time.Second, `{"bk_http_timeout": 7}`: 7 * time.Second, `{"bk_http_timeout": "-7"}`: 7 * time.Second,
		`{"bk_http_timeout": 0}`: 60 * time.Second, `{"bk_http_timeout": 1e9}`: 60 * time.Second, `{"bk_http_timeout": "x"}`: 0,
	} {
		e := w.effect(plugin.HTTPRequest, "v1.0", inputs)
		if got := w.Timeout(&e); got != want+spare || w.Repeatable(&e) {
			t.Errorf("%s: %v", inputs, got)
		}
	}
	for version, want := range map[string]time.Duration{"v1.0.0": 12 * time.Second, "v3.0.0": 30 * time.Second} {
		e := w.effect(plugin.UniformAPI, version, `{"api_config": {"timeout": 12}}`)
		if got := w.Timeout(&e); got != want+spare {
			t.Errorf("%s: %v", version, got)
		}
	}
	stop := make(chan struct{})
	slow := newWorld(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	t.Cleanup(func() { close(stop) })
	r := slow.do(slow.effect(plugin.HTTPRequest, "v1.0", request("POST", `, "bk_http_timeout": 1`)))
	slow.fails(r, "no answer in time")
	if r.Exchange == nil || r.Exchange.Status != 0 || slow.sent() != 1 {
		t.Errorf("%+v", r.Exchange)
	}
}

var _ realcall.HTTP = (*outbound.Client)(nil)
