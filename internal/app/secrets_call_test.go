package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// echo is a real API that answers with everything that it was told, in every form.
type echo struct {
	url, host string
	mu        sync.Mutex
	told      strings.Builder
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	e := &echo{}
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	e.url, e.host = srv.URL, strings.TrimPrefix(srv.URL, "http://")
	return e
}

// heard is everything that the API was told.
func (e *echo) heard() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.told.String()
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	told := fmt.Sprintf("%s %s %v", r.URL, body, r.Header)
	e.mu.Lock()
	e.told.WriteString(told)
	e.mu.Unlock()
	var pair struct {
		Secret string `json:"bk_app_secret"`
	}
	_ = json.Unmarshal([]byte(r.Header.Get("X-Bkapi-Authorization")), &pair)
	echoed := map[string]any{"told": told, "secret": pair.Secret, "quoted": url.QueryEscape(pair.Secret), "headers": r.Header}
	switch r.URL.Path {
	case "/broken":
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, told)
	case "/refused":
		_ = json.NewEncoder(w).Encode(map[string]any{"result": false, "code": 1, "message": told, "data": nil})
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"result": true, "code": 0, "message": "", "data": echoed})
	}
}

// realRun runs nodes that call the API with the task's secret and with the space's,
// and reads what came of them in every way.
func realRun(t *testing.T, s *server, e *echo) {
	t.Helper()
	c := s.ours
	call := func(id, path, key string) string {
		value := func(name, text string) string {
			return fmt.Sprintf(`%q: {"hook": false, "need_render": true, "value": %q}`, name, text)
		}
		data := value("uniform_api_plugin_url", e.url+path) + "," + value("uniform_api_plugin_method", "POST")
		if key != "" {
			data += "," + value("uniform_api_plugin_credential_key", key)
		}
		return service(id, "uniform_api", "v3.0.0", data)
	}
	tree := row(x+","+bound("${o}", "one", "data"), `"${o}"`,
		call("one", "/ok", "shop"), call("two", "/ok", ""), display("tell", "${o}"), call("three", "/refused", "shop"), call("four", "/broken", "shop"))
	id := text(at(c.query(t, startedDocument, vars{"input": input(c.template(t, tree), vars{
		"start": true, "credentials": vars{"shop": encode(appPairOf("shop", taskSecret))},
	})}), "createMockTask.task"), "id")
	for _, failing := range []string{"three", "four"} {
		c.until(t, id, func(task any) bool { return text(node(task, failing), "state") == "FAILED" })
		c.operate(t, "skipNode", on(id, failing))
	}
	task := c.reaches(t, id, "FINISHED")
	if n := asJSON(at(task, "realCalls")); n != "4" {
		t.Errorf("%s real calls", n)
	}
	c.query(t, `query($id: ID!) { task(id: $id) {
		nodes { nodeId attempts { inputs outputs error httpCalls { method url status error outcome } credentialSource credentialName } unresolved { piece reason } }
		variables outputs operations { operator } events(first: 1000) { seq __typename
			... on NodeStateEvent { error } ... on HttpCallEvent { call { url error } } ... on UnresolvedTextEvent { unresolved { piece reason } } } } }`, vars{"id": id})
}
