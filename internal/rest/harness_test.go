package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"rehearse.dev/internal/app"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store/storetest"
)

// world is the real server on a port of its own, with two apps that have a space
// each, and a superuser app.
type world struct {
	url                string
	app                *app.App
	log                *lines
	beside             *storetest.Beside
	ours, theirs, root *client
}

// client calls the server as one app.
type client struct {
	*world
	code, secret string
	space        int
}

type object = map[string]any

// lines is a log that tests can read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t *testing.T, options ...auth.Option) *world {
	t.Helper()
	db, key := storetest.Database(t), filepath.Join(t.TempDir(), "rehearse.key")
	fatal(t, os.WriteFile(key, []byte(strings.Repeat("5e", 32)), 0o600))
	program, err := app.Open(t.Context(), app.Database{DB: db, KeyFile: key}, options...)
	fatal(t, err)
	w := &world{app: program, log: &lines{}, beside: storetest.OpenBeside(t, db)}
	handler, err := program.Handler(w.log)
	fatal(t, err)
	server := httptest.NewServer(handler)
	w.url = server.URL
	t.Cleanup(func() {
		server.Close()
		if err := program.Close(); err != nil {
			t.Error(err)
		}
	})
	for code, to := range map[string]**client{"ours": &w.ours, "theirs": &w.theirs, "root": &w.root} {
		secret, err := program.Spaces.CreateApp(t.Context(), code, code == "root")
		fatal(t, err)
		*to = &client{world: w, code: code, secret: secret}
	}
	for _, c := range []*client{w.ours, w.theirs} {
		c.space = id(t, c.change(t, "createSpace", "CreateSpaceInput", "space { id }", object{"name": "work"}), "space")
	}
	return w
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// header is the header in which the app names itself.
func (c *client) header() http.Header {
	return http.Header{auth.AppHeader: {fmt.Sprintf(`{"bk_app_code": %q, "bk_app_secret": %q, "bk_username": "ann"}`, c.code, c.secret)}}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
	Result bool           `json:"result"`
	Data   map[string]any `json:"data"`
	Code   any            `json:"code"`
	// Message is the text, and fields what it holds when it is JSON.
	Message  string `json:"message"`
	fields   map[string]string
	Errors   []notice `json:"errors"`
	Warnings []notice `json:"warnings"`
}

type notice struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Field   []string `json:"field"`
	NodeID  string   `json:"node_id"`
}

// words are the notices as "CODE path".
func words(list []notice) []string {
	found := []string{}
	for _, n := range list {
		found = append(found, n.Code+" "+strings.Join(n.Field, "."))
	}
	return found
}

// send makes any request to the server.
func (w *world) send(t *testing.T, method, path string, h http.Header, body string) *reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	fatal(t, err)
	request.Header.Set("Content-Type", "application/json")
	maps.Copy(request.Header, h)
	response, err := http.DefaultClient.Do(request)
	fatal(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	fatal(t, err)
	r := &reply{status: response.StatusCode, header: response.Header, body: string(text)}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	_ = d.Decode(r) // some answers are no JSON; their tests look at the body
	_ = json.Unmarshal([]byte(r.Message), &r.fields)
	return r
}

func route(space int) string { return fmt.Sprintf("/apigw/space/%d/create_mock_task/", space) }

// post sends a body to the route of the app's own space, in the name of the app.
func (c *client) post(t *testing.T, body any) *reply {
	t.Helper()
	return c.postAs(t, c.header(), body)
}

// postAs is post with these headers alone.
func (c *client) postAs(t *testing.T, h http.Header, body any) *reply {
	t.Helper()
	text, ok := body.(string)
	if !ok {
		raw, err := json.Marshal(body)
		fatal(t, err)
		text = string(raw)
	}
	return c.send(t, http.MethodPost, route(c.space), h, text)
}

// create posts a body that has to make a task, with these warnings.
func (c *client) create(t *testing.T, body any, warnings ...string) *reply {
	t.Helper()
	before := c.tasks(t)
	r := c.post(t, body)
	if r.status != http.StatusOK || !r.Result || r.Code != "0" || r.Message != "" || r.Data == nil || c.tasks(t) != before+1 {
		t.Fatalf("no task: status %d: %s", r.status, r.body)
	}
	if got := words(r.Warnings); strings.Join(got, ", ") != strings.Join(warnings, ", ") {
		t.Errorf("warnings %q, not %q", got, warnings)
	}
	return r
}

// refused posts a body that has to be refused as invalid, for exactly these
// problems, without anything being written.
func (c *client) refused(t *testing.T, body any, problems ...string) *reply {
	t.Helper()
	before := c.tasks(t)
	r := c.post(t, body)
	if r.status != http.StatusOK || r.Result || fmt.Sprint(r.Code) != "400" || !strings.Contains(r.body, `"data":null`) || len(r.fields) == 0 {
		t.Fatalf("not refused: status %d: %s", r.status, r.body)
	}
	if c.tasks(t) != before {
		t.Error("a task was written")
	}
	if got := words(r.Errors); strings.Join(got, ", ") != strings.Join(problems, ", ") {
		t.Errorf("problems %q, not %q: %s", got, problems, r.Message)
	}
	return r
}

// tasks counts the rows.
func (w *world) tasks(t *testing.T) int {
	t.Helper()
	return w.beside.Rows(t, "tasks")
}

// query sends GraphQL that has to succeed.
func (w *world) query(t *testing.T, h http.Header, document string, variables object) object {
	t.Helper()
	body, err := json.Marshal(object{"query": document, "variables": variables})
	fatal(t, err)
	r := w.send(t, http.MethodPost, "/graphql", h, string(body))
	if r.status != http.StatusOK || r.Data == nil || strings.Contains(r.body, `"errors"`) {
		t.Fatalf("%s\nstatus %d: %s", document, r.status, r.body)
	}
	return r.Data
}

// change sends a mutation that has to succeed and returns its payload.
func (c *client) change(t *testing.T, mutation, inputType, selection string, input object) object {
	t.Helper()
	data := c.query(t, c.header(), `mutation($input: `+inputType+`!) { `+mutation+`(input: $input) { `+selection+
		` userErrors { code message } } }`, object{"input": input})
	payload := data[mutation].(object)
	if list := payload["userErrors"].([]any); len(list) > 0 {
		t.Fatalf("%s is refused: %v", mutation, list)
	}
	return payload
}

// id is the id of an object of a payload.
func id(t *testing.T, payload object, name string) int {
	t.Helper()
	n, err := strconv.Atoi(payload[name].(object)["id"].(string))
	fatal(t, err)
	return n
}

// order is the tree of testdata/order.json with texts replaced pair by pair.
func order(t *testing.T, pairs ...string) json.RawMessage {
	t.Helper()
	doc, err := os.ReadFile("testdata/order.json")
	fatal(t, err)
	return json.RawMessage(strings.NewReplacer(pairs...).Replace(string(doc)))
}

// template makes a template with a draft.
func (c *client) template(t *testing.T, tree json.RawMessage) int {
	t.Helper()
	return id(t, c.change(t, "createTemplate", "CreateTemplateInput", "template { id }",
		object{"spaceId": strconv.Itoa(c.space), "name": "orders", "pipelineTree": tree}), "template")
}

func (c *client) preset(t *testing.T, template int, node, outputs string) int {
	t.Helper()
	return id(t, c.change(t, "createMockPreset", "CreateMockPresetInput", "preset { id }", object{
		"templateId": strconv.Itoa(template), "nodeId": node, "name": "a preset", "outputs": json.RawMessage(outputs),
	}), "preset")
}

// minimal is a body that makes a task, with more merged into it; nil takes a field
// away.
func minimal(template int, more ...object) object {
	body := object{"template_id": template, "name": "try", "creator": "me"}
	for _, m := range more {
		maps.Copy(body, m)
	}
	return body
}

// without is the body without a field.
func without(body object, field string) object {
	delete(body, field)
	return body
}

// raw is JSON text as a value.
func raw(text string) json.RawMessage { return json.RawMessage(text) }
