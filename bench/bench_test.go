package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	enttask "rehearse.dev/ent/task"
	"rehearse.dev/internal/store"
)

// tiny is a run that shows that everything works, not how fast it is.
func tiny(t *testing.T) options {
	t.Helper()
	return options{rounds: 1, length: 8 * time.Millisecond, tasks: 60, templates: pageSize, large: 120, dir: t.TempDir()}
}

func TestRunReportsEveryScenario(t *testing.T) {
	t.Parallel()
	o := tiny(t)
	o.cpu, o.heap = filepath.Join(o.dir, "cpu.out"), filepath.Join(o.dir, "mem.out")
	var out bytes.Buffer
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, &out)
	}
	for _, want := range []string{
		"\nlist: ", "\nnodes: ", "\none: ", "\nsizes: ", "\ncreate: ", "\noverride: ", "\nburst: ", "empty handler", "\nload ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "without an index") {
		t.Errorf("the server reads or sorts whole tables:\n%s", &out)
	}
}

func TestRunRefusesTooFewRows(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*options){
		"tasks":     func(o *options) { o.tasks = pageSize },
		"templates": func(o *options) { o.templates = pageSize - 1 },
		"rounds":    func(o *options) { o.rounds = 0 },
		"scenario":  func(o *options) { o.only = "lists" },
	} {
		o := tiny(t)
		change(&o)
		if err := run(t.Context(), o, io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The demanded numbers of statements hold whatever the machine does.
func TestServerStaysWithinItsStatements(t *testing.T) {
	t.Parallel()
	w := newTestWorld(t)
	for _, c := range []struct {
		name    string
		prepare func(context.Context) (scenario, error)
		most    int
	}{{"list", w.list, 3}, {"nodes", w.nodes, 3}, {"one", w.one, 3}, {"create", w.create, 8}, {"override", w.override, 8}} {
		s, err := c.prepare(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		_, texts, err := w.ask(t.Context(), *s.probe)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if len(texts) == 0 || len(texts) > c.most {
			t.Errorf("%s: %d statements, want 1 to %d:\n%s", c.name, len(texts), c.most, strings.Join(texts, "\n"))
		}
	}
}

// What a plan reads whole is slow when it grows with the data. The statement that takes
// ids reads a table that does not; which is why its text is watched, not written down.
func TestSlowIsWhatGrowsWithTheData(t *testing.T) {
	t.Parallel()
	w := newTestWorld(t)
	ctx, counter := store.WithCounter(t.Context())
	if _, err := w.app.Store.NewID(ctx, enttask.Table); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{
		"SELECT name FROM tasks WHERE id = ?":                                          false,
		"INSERT INTO tree_infos (data) VALUES (?), (?)":                                false,
		"SELECT name FROM tasks":                                                       true,
		"SELECT name FROM tasks WHERE creator = ?":                                     true,
		"SELECT state FROM tasks WHERE app_id = ? AND NOT is_deleted ORDER BY creator": true,
	}
	if counter.Statements() == 0 {
		t.Fatal("no statement has taken the id")
	}
	for _, text := range counter.Texts() {
		want[text] = false
	}
	for text, grows := range want {
		slow, err := w.base.slow(t.Context(), text)
		if err != nil || (slow != "") != grows {
			t.Errorf("%s: slow is %q, %v, want one: %t", text, slow, err, grows)
		}
	}
}

func TestRawTransactionsWriteWhatTheServerWrites(t *testing.T) {
	t.Parallel()
	w := newTestWorld(t)
	ctx := t.Context()
	id := w.firstTask + w.tasks // the next one
	if _, err := w.override(ctx); err != nil {
		t.Fatal(err)
	}
	served, err := w.base.model(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	made, err := w.base.writer.repeat(ctx, served, true)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.base.model(ctx, int(made))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		name        string
		served, raw []any
		own         int // leading columns that every row has for itself
	}{
		{name: "task", served: served.task, raw: raw.task, own: 3},
		{name: "mock", served: served.mock, raw: raw.mock, own: 1},
		{name: "operation", served: served.operation, raw: raw.operation, own: 2},
		{name: "tree", served: served.tree, raw: raw.tree, own: 2},
	} {
		if got, want := fmt.Sprint(part.raw[part.own:]), fmt.Sprint(part.served[part.own:]); got != want {
			t.Errorf("%s is %s, want %s", part.name, got, want)
		}
	}
	if len(fmt.Sprint(raw.task[0])) != 32 || len(fmt.Sprint(raw.tree[0])) != 64 {
		t.Errorf("instance id %v and digest %v have other lengths than the server's", raw.task[0], raw.tree[0])
	}
	if raw.task[2] == served.task[2] {
		t.Error("the raw task has no tree of its own")
	}
}

func TestBothSidesReadTheSamePage(t *testing.T) {
	t.Parallel()
	w := newTestWorld(t)
	s, err := w.list(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, _, err := w.ask(t.Context(), *s.probe)
	if err != nil {
		t.Fatal(err)
	}
	tasks, more, err := w.base.page(t.Context(), w.base.list, w.caller.AppID, (*taskRow).narrow)
	if err != nil || !more {
		t.Fatalf("page: more %v, %v", more, err)
	}
	at := 0
	for _, task := range tasks {
		want := fmt.Sprintf(`"node":{"id":"%d","name":%q,"state":%q,"creator":%q,"createTime":"`, task.id, task.name, task.state, task.creator)
		i := bytes.Index(answer[at:], []byte(want))
		if i < 0 {
			t.Fatalf("no %s behind byte %d of %s", want, at, answer)
		}
		at += i
		if own := fmt.Sprintf(`"template":{"id":"%d","name":%q}`, task.template.id, task.template.name); !bytes.Contains(answer[at:], []byte(own)) {
			t.Errorf("no %s in %s", own, answer[at:])
		}
	}
}

func TestClientTellsWhatItGot(t *testing.T) {
	t.Parallel()
	addr, stop, err := serve(t.Context(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case bytes.Contains(body, []byte("refuse")):
			http.Error(w, "no", http.StatusTeapot)
		case bytes.Contains(body, []byte("stream")):
			_ = http.NewResponseController(w).Flush() // from here on without a length
		default:
			_, _ = w.Write(body)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	c, err := dial(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	r := newRequest(addr, "{}", []byte("n="+hole+"!"))
	for _, n := range []int{7, 42949672961} {
		body, err := c.do(r.with(n))
		if want := fmt.Sprintf("n=%011d!", n); err != nil || string(body) != want {
			t.Errorf("got %q, %v, want %q", body, err, want)
		}
	}
	if _, err := c.do(newRequest(addr, "{}", []byte("refuse"))); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("a refusal gives %v", err)
	}
	if _, err := c.do(newRequest(addr, "{}", []byte("stream"))); err == nil {
		t.Error("an answer without a length gives no error")
	}
}

func TestCompareLetsSidesTakeTurns(t *testing.T) {
	t.Parallel()
	var order []string
	one := func(name string) side {
		s := inProcess(name, func(int) error { return nil })
		s.workers = 1
		worker := s.worker
		s.worker = func(ctx context.Context) (call, func() error, error) {
			order = append(order, name)
			return worker(ctx)
		}
		return s
	}
	samples, err := compare(t.Context(), []side{one("a"), one("b")}, 2, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b", "a", "b", "a", "b"}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v: a warm-up and two rounds", order, want)
	}
	if len(samples) != 2 || len(samples[0]) != 2 || samples[0][0].calls == 0 {
		t.Errorf("samples are %+v", samples)
	}
}

func newTestWorld(t *testing.T) *world {
	t.Helper()
	w, err := newWorld(t.Context(), t.TempDir(), pageSize, 60, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	return w
}
