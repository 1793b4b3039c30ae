package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/graph"
	"rehearse.dev/internal/app"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/storetest"
)

// server is the real handler over a database file of its own, with two apps that
// have a space each, and a superuser app.
type server struct {
	dir     string
	program app.Assembly
	handler http.Handler
	store   *store.Store
	log     *lines
	db      string
	beside  *storetest.Beside
	ours    *client
	theirs  *client
	root    *client
}

// client calls the server as one app.
type client struct {
	*server
	header string
	secret string
	space  string
}

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

// newServer makes a server whose nodes may call the given hosts.
func newServer(t testing.TB, hosts ...string) *server {
	t.Helper()
	s := &server{dir: t.TempDir(), log: &lines{}}
	s.db = filepath.Join(s.dir, "rehearse.db")
	if storetest.OnPostgres() {
		s.db = storetest.Database(t)
	}
	program, err := app.Assemble(t.Context(), s.db, filepath.Join(s.dir, "rehearse.key"))
	fatal(t, err)
	s.program, s.store = program, program.Store()
	fatal(t, program.Run(t.Context(), app.NewLog("text", s.log), hosts...))
	s.configure(t, graph.Options{})
	s.beside = storetest.OpenBeside(t, s.db)
	t.Cleanup(func() {
		if err := s.program.Close(); err != nil {
			t.Error(err)
		}
	})
	for code, to := range map[string]**client{"ours": &s.ours, "theirs": &s.theirs, "root": &s.root} {
		secret, err := program.CreateApp(t.Context(), code, code == "root")
		fatal(t, err)
		*to = &client{server: s, secret: secret, header: header(code, secret)}
	}
	s.ours.space, s.theirs.space = s.ours.newSpace(t, "work"), s.theirs.newSpace(t, "work")
	return s
}

// through is the program once more, over other ways to the same data, as ours calls it.
// Its tasks do not go on by themselves.
func (s *server) through(t *testing.T, db, replica string) *client {
	t.Helper()
	program, err := app.AssembleReading(t.Context(), db, replica, filepath.Join(s.dir, "rehearse.key"))
	fatal(t, err)
	t.Cleanup(func() {
		if err := program.Close(); err != nil {
			t.Error(err)
		}
	})
	log := &lines{}
	handler, err := program.Handler(app.NewLog("text", log), graph.Options{})
	fatal(t, err)
	return &client{server: &server{handler: handler, log: log}, header: s.ours.header}
}

// configure serves the same data with other options.
func (s *server) configure(t testing.TB, options graph.Options) {
	t.Helper()
	handler, err := s.program.Handler(app.NewLog("text", s.log), options)
	fatal(t, err)
	s.handler = handler
}

func header(code, secret string) string {
	return fmt.Sprintf(`{"bk_app_code": %q, "bk_app_secret": %q, "bk_username": %q}`, code, secret, code+"-user")
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answer is what came back of one request.
type answer struct {
	status int
	header http.Header
	body   []byte
	data   any
	errors []any
	// statements are what the request sent to the database, beside what looked its caller
	// up: that is remembered for a while only, so that it may come at any request.
	statements []string
	lookUps    int
}

// send posts a body as it is; set changes the request before it is sent.
func (c *client) send(t testing.TB, body []byte, set ...func(*http.Request)) *answer {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(auth.AppHeader, c.header)
	for _, change := range set {
		change(request)
	}
	ctx, counter := store.WithCounter(context.WithoutCancel(request.Context()))
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request.WithContext(ctx))
	a := &answer{
		status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes(),
	}
	for _, statement := range counter.Texts() {
		statement = strings.ReplaceAll(statement, `"`, "`") // as on SQLite
		if strings.Contains(statement, "`apps`.`secret_digest`") {
			a.lookUps++
		} else {
			a.statements = append(a.statements, statement)
		}
	}
	var whole struct {
		Data   any   `json:"data"`
		Errors []any `json:"errors"`
	}
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	if err := decoder.Decode(&whole); err == nil {
		a.data, a.errors = whole.Data, whole.Errors
	}
	return a
}

type vars = map[string]any

// ask sends an operation.
func (c *client) ask(t testing.TB, document string, variables vars) *answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	fatal(t, err)
	return c.send(t, body)
}

// query is ask for an operation that has to succeed; it returns the data.
func (c *client) query(t testing.TB, document string, variables vars) any {
	t.Helper()
	a := c.ask(t, document, variables)
	if a.status != http.StatusOK || len(a.errors) > 0 {
		t.Fatalf("%s\n%v\nstatus %d: %s", document, variables, a.status, a.body)
	}
	return a.data
}

// at digs in decoded JSON: names and positions joined by dots. What is not there
// is nil.
func at(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i := -1
			if _, err := fmt.Sscan(step, &i); err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func text(v any, path string) string {
	s, _ := at(v, path).(string)
	return s
}

func list(v any, path string) []any {
	l, _ := at(v, path).([]any)
	return l
}

// asJSON writes decoded JSON with sorted keys.
func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// same compares decoded JSON at a path with JSON text.
func same(t testing.TB, v any, path, want string) {
	t.Helper()
	var w any
	decoder := json.NewDecoder(strings.NewReader(want))
	decoder.UseNumber()
	fatal(t, decoder.Decode(&w))
	if got := asJSON(at(v, path)); got != asJSON(w) {
		t.Errorf("%s is %s, not %s", path, got, asJSON(w))
	}
}

// state tells whether anything was written, and the rows say where.
func (s *server) state(t testing.TB) string {
	t.Helper()
	counts := s.rows(t)
	b := "version " + s.beside.Version(t)
	for _, table := range slices.Sorted(maps.Keys(counts)) {
		b += fmt.Sprintf(", %s %d", table, counts[table])
	}
	return b
}

// rows counts the rows of every table.
func (s *server) rows(t testing.TB) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, name := range s.beside.Tables(t) {
		counts[name] = s.beside.Rows(t, name)
	}
	return counts
}

// unchanged fails the test if do writes anything.
func (s *server) unchanged(t testing.TB, do func()) {
	t.Helper()
	before := s.state(t)
	do()
	if after := s.state(t); after != before {
		t.Errorf("something was written:\nbefore %s\nafter  %s", before, after)
	}
}

// soon waits until something holds that nobody tells of.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick, late := time.NewTicker(20*time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("in vain: %s", what)
		}
	}
}
