package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"rehearse.dev/ent/taskcall"
	"rehearse.dev/graph"
	"rehearse.dev/internal/app"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/store/storetest"
)

// backedUp is a backup of a server with a task in every state that matters.
type backedUp struct {
	*server
	file, key, token string
	host             string
	calls            *atomic.Int64 // that the host has seen
	answer           func()        // lets the host answer, so that whoever waits can stop
	// The tasks: sent and ready have a call of that status, unbegun was made and not
	// taken on, sleeps waits for a timer and then for nobody.
	sent, ready, unbegun, sleeps, failed, waits, paused, ended, created string
}

// requesting is an activity that calls the host.
func requesting(id, host string) string {
	data := ""
	for key, value := range map[string]string{
		"bk_http_request_method": `"POST"`, "bk_http_request_url": `"http://` + host + `/"`, "bk_http_request_body": `""`,
		"bk_http_request_header": `[]`, "bk_http_timeout": `60`, "bk_http_success_exp": `""`,
	} {
		data += fmt.Sprintf(`, %q: {"hook": false, "need_render": true, "value": %s}`, key, value)
	}
	return service(id, "bk_http_request", "v1.0", data[2:])
}

func newBackedUp(t *testing.T) *backedUp {
	t.Helper()
	storetest.SQLite(t)
	calls, over := new(atomic.Int64), make(chan struct{})
	host := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		select { // its callers wait
		case <-over:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(host.Close)
	address := strings.TrimPrefix(host.URL, "http://")
	s := newServer(t, address)
	answer := sync.OnceFunc(func() { close(over) })
	t.Cleanup(answer)
	b := &backedUp{server: s, calls: calls, host: address, answer: answer, key: filepath.Join(s.dir, "rehearse.key"), file: filepath.Join(t.TempDir(), "b.db")}
	c := s.ours
	b.created = c.made(t, row("", "", display("a", "x")))
	b.ended, _ = c.started(t, row("", "", display("a", "x")))
	b.waits, _ = c.started(t, row(x, "", waiting("a"), display("tell", "x")))
	b.paused, _ = c.started(t, row(x, "", waiting("a")))
	c.operate(t, "pauseTask", vars{"id": b.paused})
	b.failed, _ = c.started(t, row(x, "", asking("a")), failing("a"))
	b.unbegun, _ = c.started(t, row(x, "", waiting("a")))
	b.sent, _ = c.started(t, row("", "", requesting("call", address), display("tell", "x")))
	b.ready, _ = c.started(t, row("", "", requesting("call", address), display("tell", "x")))
	for _, id := range []string{b.sent, b.ready} {
		c.until(t, id, func(any) bool { return calls.Load() == 2 })
	}
	b.sleeps, _ = c.started(t, row("", "", sleeping("a", "2"), display("tell", "x")))
	b.token = text(c.change(t, "applyToken", "ApplyTokenInput", "token", vars{
		"resourceType": "SPACE", "resourceId": c.space, "permission": "VIEW", "user": "ann",
	}), "token")
	if code, out, errOut := rehearse(t, "backup", "--db", s.db, "--to", b.file); code != 0 {
		t.Fatalf("code %d: %s%s", code, out, errOut)
	}
	b.earlier(t)
	return b
}

// earlier makes two tasks of the backup what they were for a moment before: one whose
// call was not sent yet, and one that was made and not begun.
func (b *backedUp) earlier(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite3", b.file)
	fatal(t, err)
	for _, statement := range []string{
		"UPDATE task_calls SET status = 'READY', owner = '', sent_at = NULL, lease_until = NULL WHERE task_id = " + b.ready,
		"UPDATE task_runs SET core = NULL, wakes = NULL, fence = 0, last_seq = 0, wake_at = '2026-01-01 00:00:00+00:00' WHERE task_id = " + b.unbegun,
		"DELETE FROM node_runs WHERE task_id = " + b.unbegun, "DELETE FROM task_events WHERE task_id = " + b.unbegun,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	fatal(t, db.Close())
}

// restored restores the backup and opens what came of it. It goes on when run is
// called.
func (b *backedUp) restored(t *testing.T, args ...string) (s *server, said string, run func()) {
	t.Helper()
	s = &server{dir: t.TempDir(), log: &lines{}}
	s.db = filepath.Join(s.dir, "restored.db")
	code, out, errOut := rehearse(t, append([]string{"restore", "--db", s.db, "--key-file", b.key, "--from", b.file}, args...)...)
	if code != 0 || errOut != "" {
		t.Fatalf("code %d: %s%s", code, out, errOut)
	}
	program, err := app.Assemble(t.Context(), s.db, b.key)
	fatal(t, err)
	t.Cleanup(func() { fatal(t, program.Close()) })
	t.Cleanup(b.answer)
	s.program, s.store = program, program.Store()
	s.configure(t, graph.Options{})
	s.ours = &client{server: s, secret: b.ours.secret, header: b.ours.header, space: b.ours.space}
	return s, out, func() { fatal(t, program.Run(t.Context(), app.NewLog("text", s.log), b.host)) }
}

func TestARestoreHoldsWhatWouldGoOn(t *testing.T) {
	t.Parallel()
	b := newBackedUp(t)
	s, said, run := b.restored(t)
	for _, line := range []string{
		"9 tasks, schema", "- 6 tasks under way: paused", "- 2 calls open: each is shown as UNKNOWN", "- 1 token for browsers that had not ended: ended",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("%q is not in:\n%s", line, said)
		}
	}
	c := s.ours
	for id, want := range map[string]string{
		b.sent: "SUSPENDED", b.ready: "SUSPENDED", b.unbegun: "SUSPENDED", b.sleeps: "SUSPENDED", b.waits: "SUSPENDED",
		b.paused: "SUSPENDED", b.ended: "FINISHED", b.created: "CREATED",
	} {
		if got := text(c.run(t, id), "state"); got != want {
			t.Errorf("task %s is %s, want %s", id, got, want)
		}
	}
	if got := c.records(t, b.waits); len(got) != 2 || got[1] != "PAUSE rehearse restore" {
		t.Errorf("the records are %q", got)
	}
	if got := c.records(t, b.paused); len(got) != 2 {
		t.Errorf("the records of the task that was paused are %q", got)
	}
	if a := c.send(t, raw(`{"query": "{ viewer { username } }"}`), bearer(b.token)); a.status != http.StatusUnauthorized {
		t.Errorf("the token of before: status %d", a.status)
	}

	run()
	for _, id := range []string{b.sent, b.ready} {
		task := c.until(t, id, func(task any) bool { return text(node(task, "call"), "state") == "FAILED" })
		if rule := text(node(task, "call"), "attempts.0.failureRule"); rule != "UNKNOWN_OUTCOME" {
			t.Errorf("the call of task %s failed by %s", id, rule)
		}
	}
	task := c.until(t, b.sleeps, func(task any) bool { return text(node(task, "a"), "state") == "FINISHED" })
	if state := text(node(task, "tell"), "state"); state != "READY" {
		t.Errorf("the node after the sleeping one is %s", state)
	}
	unknown := s.store.Read.TaskCall.Query().Where(taskcall.StatusEQ(taskcall.StatusUNKNOWN)).CountX(t.Context())
	if all := s.store.Read.TaskCall.Query().CountX(t.Context()); unknown != 2 || all != 2 || b.calls.Load() != 2 {
		t.Errorf("%d of %d calls are unknown, %d came", unknown, all, b.calls.Load())
	}

	// A person lets them go on.
	c.operate(t, "resumeTask", vars{"id": b.unbegun})
	c.operate(t, "callbackNode", on(b.unbegun, "a", vars{"data": vars{}}))
	c.reaches(t, b.unbegun, "FINISHED")
	c.operate(t, "skipNode", on(b.ready, "call", vars{"outputs": vars{"status_code": 200}}))
	c.operate(t, "resumeTask", vars{"id": b.ready})
	c.reaches(t, b.ready, "FINISHED")
}

func TestARestoreAsIsLetsEverythingGoOn(t *testing.T) {
	t.Parallel()
	b := newBackedUp(t)
	s, said, run := b.restored(t, "--as-is")
	for _, line := range []string{"- 6 tasks under way: the server lets them go on", "- 1 call not sent", "- 1 call on their way", "- 1 token for browsers that had not ended: valid"} {
		if !strings.Contains(said, line) {
			t.Errorf("%q is not in:\n%s", line, said)
		}
	}
	c := s.ours
	if a := c.send(t, raw(`{"query": "{ viewer { username } }"}`), bearer(b.token)); a.status != http.StatusOK {
		t.Errorf("the token: status %d: %s", a.status, a.body)
	}
	if got := c.records(t, b.waits); len(got) != 1 {
		t.Errorf("the records are %q", got)
	}
	run()
	c.until(t, b.sleeps, func(task any) bool { return text(task, "state") == "FINISHED" })
	c.until(t, b.unbegun, func(task any) bool { return text(node(task, "a"), "state") == "RUNNING" })
	task := c.until(t, b.sent, func(task any) bool { return text(node(task, "call"), "state") == "FAILED" })
	if rule := text(node(task, "call"), "attempts.0.failureRule"); rule != "UNKNOWN_OUTCOME" {
		t.Errorf("the call on its way failed by %s", rule)
	}
	c.until(t, b.ready, func(any) bool { return b.calls.Load() == 3 }) // the one that waited
}

// A backup that is no good changes nothing at the place that it should go to.
func TestARestoreIsRefused(t *testing.T) {
	t.Parallel()
	storetest.SQLite(t)
	s := newServer(t)
	backup := filepath.Join(t.TempDir(), "b.db")
	if code, _, errOut := rehearse(t, "backup", "--db", s.db, "--to", backup); code != 0 {
		t.Fatal(errOut)
	}
	text := filepath.Join(t.TempDir(), "text.db")
	fatal(t, os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600))
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"Exists":      {[]string{"--from", backup, "--db", s.db}, 1, "--force replaces it"},
		"InUse":       {[]string{"--from", backup, "--db", s.db, "--force"}, 1, "--db: "},
		"NoBackup":    {[]string{"--from", backup + "x", "--db", fresh}, 1, "--from: there is no file"},
		"NoDatabase":  {[]string{"--from", text, "--db", fresh}, 1, "--from: the file is damaged or no database"},
		"NameOfAKey":  {[]string{"--from", backup, "--db", "x.key"}, 2, "--db: "},
		"PostgreSQL":  {[]string{"--from", backup, "--db", "postgres://host/name"}, 2, "pg_restore"},
		"WithoutFrom": {[]string{"--db", fresh}, 2, "--from: the backup is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errOut := rehearse(t, append([]string{"restore"}, test.args...)...)
			if code != test.code || out != "" || !strings.Contains(errOut, test.want) {
				t.Errorf("code %d: %s%s", code, out, errOut)
			}
		})
	}
	t.Cleanup(func() {
		if err := s.store.Ready(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(fresh), "*")); err != nil || len(left) > 0 {
			t.Errorf("%q is left, %v", left, err)
		}
	})
}

// What pg_restore has brought back is held like what a file has, once no server is
// connected any more.
func TestAPostgresDatabaseIsHeldAfterItsRestore(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t)
	s := newServer(t)
	c := s.ours
	waits, _ := c.started(t, row(x, "", waiting("a")))
	ended, _ := c.started(t, row("", "", display("a", "x")))
	code, out, errOut := rehearse(t, "restore", "--db", s.db)
	if code != 1 || out != "" || !strings.Contains(errOut, "it is in use") {
		t.Errorf("with a server: code %d: %s%s", code, out, errOut)
	}
	fatal(t, s.program.Close())
	if code, out, errOut = rehearse(t, "restore", "--db", s.db); code != 0 || !strings.Contains(out, "- 1 task under way: paused") {
		t.Fatalf("code %d: %s%s", code, out, errOut)
	}
	program, err := app.Assemble(t.Context(), s.db, filepath.Join(s.dir, "rehearse.key"))
	fatal(t, err)
	t.Cleanup(func() { fatal(t, program.Close()) })
	for id, want := range map[string]string{waits: "SUSPENDED", ended: "FINISHED"} {
		number, err := strconv.Atoi(id)
		fatal(t, err)
		if row := program.Store().Read.Task.GetX(t.Context(), number); string(row.State) != want {
			t.Errorf("task %s is %s, want %s", id, row.State, want)
		}
	}
}

// bearer sends a token instead of the application's secret.
func bearer(token string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(auth.AppHeader)
		r.Header.Set(auth.TokenHeader, "Bearer "+token)
	}
}
