package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"rehearse.dev/graph"
	"rehearse.dev/graph/limit"
)

// bounded is a server with bounds of its own.
func bounded(t *testing.T, b graph.Bounds) *server {
	t.Helper()
	s := newServer(t)
	s.configure(t, graph.Options{Bounds: b})
	return s
}

// limits are the defaults, changed.
func limits(change func(*limit.Limits)) *limit.Limits {
	l := limit.Defaults()
	change(&l)
	return &l
}

func TestEachLimitIsRefusedOverHTTP(t *testing.T) {
	t.Parallel()
	s := bounded(t, graph.Bounds{Limits: limits(func(l *limit.Limits) { l.Cost = 100 })})
	s.ours.query(t, "{ __typename }", nil) // from here on the caller is known
	rep := strings.Repeat
	for name, c := range map[string]struct {
		query     string
		variables vars
		code      string
		message   string
	}{
		"Bytes":      {query: "{ __typename }" + rep(" ", 256<<10), code: "BYTES", message: "at most 262144"},
		"Tokens":     {query: "{" + rep(" __typename", 10_000) + "}", code: "TOKENS", message: "at most 10000"},
		"Depth":      {query: "{ viewer" + rep(" { a", 20) + rep(" }", 20) + " }", code: "DEPTH", message: "21 levels of fields, and at most 20"},
		"Fields":     {query: "{ viewer {" + rep(" appCode", 1000) + " } }", code: "FIELDS", message: "1001 fields, and at most 1000"},
		"RootFields": {query: "{" + rep(" __typename", 51) + " }", code: "ROOT_FIELDS", message: "51 fields at the top"},
		"Aliases":    {query: "{ viewer {" + rep(" a: appCode", 51) + " } }", code: "ALIASES", message: "51 aliases, and at most 50"},
		"Directives": {query: "{ viewer {" + rep(" appCode @skip(if: false)", 51) + " } }", code: "DIRECTIVES", message: "51 directives, and at most 50"},
		"Items":      {query: "{ nodes(ids: [" + rep("1 ", 1001) + "]) { id } }", code: "ITEMS", message: "1001 entries in one list"},
		"ItemsInVariables": {
			query: "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", variables: vars{"ids": strings.Split(rep("1", 1001), "")},
			code: "ITEMS", message: "1001 entries in one list, and at most 1000",
		},
		"Cost": {query: "{ templates { nodes { versions { nodes { id } } } } }", code: "COST", message: "and at most 100 are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.ours.ask(t, c.query, c.variables)
			if a.data != nil || len(a.errors) != 1 || len(a.statements) > 0 {
				t.Fatalf("%d %.300s after %v", a.status, a.body, a.statements)
			}
			if code := text(a.errors[0], "extensions.code"); code != "RESOURCE_EXHAUSTED" {
				t.Errorf("the code is %s", code)
			}
			if got := text(a.errors[0], "extensions.problems.0.code"); got != c.code || !strings.Contains(text(a.errors[0], "message"), c.message) {
				t.Errorf("%s %s, want %s %s", got, text(a.errors[0], "message"), c.code, c.message)
			}
		})
	}
}

// What GraphiQL and the code generators send at their start.
func TestTheIntrospectionOfToolsIsWithinTheLimits(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	query, err := os.ReadFile("testdata/introspection.graphql")
	fatal(t, err)
	if types := list(s.ours.query(t, string(query), nil), "__schema.types"); len(types) < 50 {
		t.Errorf("%d types", len(types))
	}
}

func TestTheCostIsToldOnDemand(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	query := viewers(7)
	const want = `{"requested": 7, "limit": 20000}`
	cost := func(a *answer) any {
		t.Helper()
		var whole any
		fatal(t, json.Unmarshal(a.body, &whole))
		return at(whole, "extensions")
	}
	body, err := json.Marshal(map[string]any{"query": query})
	fatal(t, err)
	if got := cost(s.ours.send(t, body)); got != nil {
		t.Errorf("nobody asked for %s", asJSON(got))
	}
	same(t, cost(s.ours.send(t, body, func(r *http.Request) { r.Header.Set(graph.CostHeader, "1") })), "cost", want)
	body, err = json.Marshal(map[string]any{"query": query, "extensions": vars{"cost": true}})
	fatal(t, err)
	same(t, cost(s.ours.send(t, body)), "cost", want)
}

func TestARequestHasItsTime(t *testing.T) {
	t.Parallel()
	s := bounded(t, graph.Bounds{Timeout: time.Nanosecond})
	for _, query := range []string{
		"{ tasks { nodes { id name } } }", "{ viewer { appCode } }",
		`mutation { createSpace(input: {name: "late"}) { space { id } } }`,
	} {
		a := s.ours.ask(t, query, nil)
		if len(a.errors) == 0 || text(a.errors[0], "extensions.code") != "RESOURCE_EXHAUSTED" || !strings.Contains(text(a.errors[0], "message"), "longer than 1ns") {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
}

// viewers is a document that costs n points.
func viewers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " v%d: viewer { appCode }", i)
	}
	return "{" + b.String() + " }"
}

// watch is a clock that the test turns.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) read() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) turn(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func TestCallersWaitWhenTheirPointsAreSpent(t *testing.T) {
	t.Parallel()
	clock := &watch{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s := bounded(t, graph.Bounds{
		Limits: limits(func(l *limit.Limits) { l.Cost = 50 }), Rate: 5, Burst: 50, Now: clock.read,
	})
	dear := viewers(40)
	ok := func(c *client, query string) {
		t.Helper()
		if a := c.ask(t, query, nil); a.status != http.StatusOK || len(a.errors) > 0 {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	waits := func(query, seconds string) {
		t.Helper()
		a := s.ours.ask(t, query, nil)
		if a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != seconds || a.data != nil {
			t.Errorf("%s: %d, Retry-After %q: %s", query, a.status, a.header.Get("Retry-After"), a.body)
		}
		if text(a.errors[0], "extensions.code") != "RESOURCE_EXHAUSTED" || asJSON(at(a.errors[0], "extensions.retryAfter")) != seconds {
			t.Errorf("%s", a.body)
		}
	}
	ok(s.ours, dear)
	waits(dear, "6") // 30 points are missing
	ok(s.theirs, dear)
	ok(s.ours, viewers(1)) // of the 10 that are left
	if a := s.ours.ask(t, "{ nothing }", nil); a.status != http.StatusOK || text(a.errors[0], "extensions.code") != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("%d %s", a.status, a.body)
	}
	clock.turn(6 * time.Second)
	waits(dear, "1") // the refused document cost a point, too
	clock.turn(time.Second)
	ok(s.ours, dear)
	for _, path := range []string{"/healthz", "/readyz", "/"} {
		for range 60 {
			if status, _ := s.ours.probe(http.MethodGet, path, "", ""); status != http.StatusOK {
				t.Fatalf("%s: %d", path, status)
			}
		}
	}
}

// A token is another caller than the application that applied for it.
func TestTokensSpendPointsOfTheirOwn(t *testing.T) {
	t.Parallel()
	clock := &watch{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s := bounded(t, graph.Bounds{Limits: limits(func(l *limit.Limits) { l.Cost = 50 }), Rate: 1, Burst: 50, Now: clock.read})
	const apply = `mutation($in: ApplyTokenInput!) { applyToken(input: $in) { token userErrors { message } } }`
	payload := s.ours.query(t, apply, vars{"in": vars{"resourceType": "SPACE", "resourceId": s.ours.space, "permission": "VIEW", "user": "ann"}})
	token := text(payload, "applyToken.token")
	if token == "" {
		t.Fatalf("%s", asJSON(payload))
	}
	body, err := json.Marshal(map[string]any{"query": viewers(50)})
	fatal(t, err)
	as := func(r *http.Request) {
		r.Header.Del("X-Bkapi-Authorization")
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i, want := range []int{http.StatusOK, http.StatusTooManyRequests} {
		if a := s.ours.send(t, body, as); a.status != want {
			t.Errorf("request %d: %d %s", i, a.status, a.body)
		}
	}
	clock.turn(50 * time.Second)
	if a := s.ours.send(t, body); a.status != http.StatusOK {
		t.Errorf("the application: %d %s", a.status, a.body)
	}
}
