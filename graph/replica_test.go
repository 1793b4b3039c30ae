package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"entgo.io/ent/dialect"

	"rehearse.dev/ent"
	"rehearse.dev/graph/read"
	"rehearse.dev/internal/task/run"
)

// lagging is an executor whose replica is a second database: the same rows as in the
// primary, but all names are "past" and versions are missing.
type lagging struct {
	*edge
	exec *Executor
	cut  atomic.Bool
}

// replicaDriver is that of the replica, until it is cut.
type replicaDriver struct {
	dialect.Driver
	cut *atomic.Bool
}

func (d replicaDriver) Query(ctx context.Context, query string, args, v any) error {
	if d.cut.Load() {
		return errors.New("connection refused")
	}
	return d.Driver.Query(ctx, query, args, v)
}

func newLagging(t *testing.T) *lagging {
	t.Helper()
	l := &lagging{edge: newEdge(t)}
	past := newEdge(t)
	if fmt.Sprint(past.tasks) != fmt.Sprint(l.tasks) {
		t.Fatal("the replica has other tasks")
	}
	must(t, past.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		if err := tx.Template.Update().SetName("past").Exec(ctx); err != nil {
			return err
		}
		if err := tx.PipelineVersion.Update().SetIsDeleted(true).Exec(ctx); err != nil {
			return err
		}
		return tx.Task.Update().SetName("past").Exec(ctx)
	}))
	log := slog.New(slog.DiscardHandler)
	client, driver := read.WithReplica(l.store.ReadDriver(), replicaDriver{past.store.ReadDriver(), &l.cut}, log)
	services := l.resolver.Services
	services.Reader = read.New(client, driver, services.Trees, run.NewPlans(services.Trees, nil), Schema())
	var err error
	l.exec, err = NewExecutor(services, log, Options{})
	must(t, err)
	return l
}

// ask sends a request as HTTP would bring it.
func (l *lagging) ask(t *testing.T, r *http.Request, set ...func(*http.Request)) string {
	t.Helper()
	if r.Method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	} else {
		r.Header.Set(PreflightHeader, "1")
	}
	for _, change := range set {
		change(r)
	}
	w := httptest.NewRecorder()
	l.exec.serve(w, r.WithContext(l.ctx))
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"errors":`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func posted(t *testing.T, request map[string]any) *http.Request {
	t.Helper()
	raw, err := json.Marshal(request)
	must(t, err)
	return httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(raw))
}

// isPast tells whether an answer was read from the replica.
func isPast(t *testing.T, want bool, body string) {
	t.Helper()
	if got := strings.Contains(body, `"past"`); got != want {
		t.Errorf("of the past: %v, want %v: %s", got, want, body)
	}
}

func TestQueriesReadFromTheReplica(t *testing.T) {
	t.Parallel()
	l := newLagging(t)
	id := fmt.Sprint(l.tasks[0])
	for name, query := range map[string]string{
		"compiled":  `{ task(id: "` + id + `") { name template { name } } }`,
		"generated": `{ node(id: "` + id + `") { id ... on Task { name template { name draft { id } } nodes { id } } } }`,
		"lists":     `{ tasks(first: 2) { totalCount nodes { name } } templates { edges { node { name } } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			present := func(r *http.Request) { r.Header.Set(ReadHeader, "primary") }
			isPast(t, true, l.ask(t, posted(t, map[string]any{"query": query})))
			isPast(t, true, l.ask(t, httptest.NewRequest(http.MethodGet, "/graphql?query="+url.QueryEscape(query), nil)))
			isPast(t, false, l.ask(t, posted(t, map[string]any{"query": query}), present))
			isPast(t, false, l.ask(t, httptest.NewRequest(http.MethodGet, "/graphql?query="+url.QueryEscape(query), nil), present))
			isPast(t, false, l.ask(t, posted(t, map[string]any{"query": query, "extensions": map[string]any{"read": "primary"}})))
		})
	}
}

func TestWhatIsWrittenIsReadFromThePrimary(t *testing.T) {
	t.Parallel()
	l := newLagging(t)
	made := l.ask(t, posted(t, map[string]any{
		"query":     `mutation($in: CreateMockTaskInput!) { createMockTask(input: $in) { task { id name template { name draft { id } effectiveVersion { snapshot { digest } } } } userErrors { message } } }`,
		"variables": map[string]any{"in": map[string]any{"templateId": fmt.Sprint(l.template), "creator": "me", "name": "fresh"}},
	}))
	isPast(t, false, made)
	if !strings.Contains(made, `"name":"fresh"`) {
		t.Error(made)
	}
	plan := l.ask(t, posted(t, map[string]any{
		"query":     `query($in: CreateMockTaskInput!) { previewMockTask(input: $in) { version { id snapshot { digest } } userErrors { message } } }`,
		"variables": map[string]any{"in": map[string]any{"templateId": fmt.Sprint(l.template), "creator": "me", "name": "n"}},
	}))
	if strings.Contains(plan, `"version":null`) {
		t.Error(plan)
	}
}

func TestSocketsAndStreamsReadFromThePrimary(t *testing.T) {
	t.Parallel()
	l := newLagging(t)
	id := fmt.Sprint(l.tasks[0])
	for name, document := range map[string]string{
		"a subscription": `subscription { taskUpdated(taskId: "` + id + `") { name template { name } } }`,
		"a query":        `{ task(id: "` + id + `") { name template { name } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload, err := json.Marshal(map[string]any{"query": document})
			must(t, err)
			ctx, cancel := context.WithCancel(l.ctx)
			defer cancel()
			next, errs := l.exec.Begin(ctx, payload)
			if errs != nil {
				t.Fatal(errs)
			}
			first := next()
			if first == nil || len(first.Errors) > 0 || len(first.Data) == 0 {
				t.Fatalf("%+v", first)
			}
			isPast(t, false, string(first.Data))
		})
	}
}

func TestAQueryIsAnsweredWhenTheReplicaIsCut(t *testing.T) {
	t.Parallel()
	l := newLagging(t)
	query := map[string]any{"query": `{ tasks(first: 2) { nodes { name template { name } mock { nodes } } } viewer { spaces { id } } }`}
	isPast(t, true, l.ask(t, posted(t, query)))
	l.cut.Store(true)
	isPast(t, false, l.ask(t, posted(t, query)))
}
