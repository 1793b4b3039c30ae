package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"rehearse.dev/ent"
	"rehearse.dev/graph"
	"rehearse.dev/internal/store/storetest"
)

// TestQueriesComeFromTheReplicaWhileItAnswers: the replica is a second database with the
// same ids, in which all names are "past", behind a network that fails.
func TestQueriesComeFromTheReplicaWhileItAnswers(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t) // skips without a server
	present, past := newServer(t), newServer(t)
	var ids [2]string
	for i, s := range []*server{present, past} {
		ids[i] = text(s.ours.create(t, input(s.ours.template(t, order(t)))), "task.id")
	}
	if ids[0] != ids[1] {
		t.Fatalf("the replica has other ids: %q", ids)
	}
	fatal(t, past.store.InTx(t.Context(), func(ctx context.Context, tx *ent.Tx) error {
		return tx.Task.Update().SetName("past").Exec(ctx)
	}))
	proxy := storetest.NewProxy(t, past.db)
	c := present.through(t, present.db, proxy.URL)
	fromPast := func(set ...func(*http.Request)) bool {
		t.Helper()
		body, err := json.Marshal(vars{"query": `{ task(id: "` + ids[0] + `") { name template { name } nodes { state } } viewer { spaces { id } } }`})
		fatal(t, err)
		a := c.send(t, body, set...)
		if len(a.errors) > 0 || len(a.statements) == 0 {
			t.Fatalf("%d statements: %s", len(a.statements), a.body)
		}
		return text(a.data, "task.name") == "past"
	}

	if !fromPast() {
		t.Error("a query was not read from the replica")
	}
	if fromPast(func(r *http.Request) { r.Header.Set(graph.ReadHeader, "primary") }) {
		t.Error("the present was asked for")
	}
	for name, fail := range map[string][2]func(){"refused": {proxy.Down, proxy.Up}, "silent": {proxy.Swallow, proxy.Heal}} {
		fail[0]()
		if fromPast() {
			t.Errorf("%s: the replica answered", name)
		}
		fail[1]()
		soon(t, name+": the replica is asked again", func() bool { return fromPast() })
	}
	for line, want := range map[string]int{"does not answer": 2, "answers again": 2} {
		if n := strings.Count(c.log.String(), line); n != want {
			t.Errorf("%d lines say %q, want %d:\n%s", n, line, want, c.log.String())
		}
	}
}
