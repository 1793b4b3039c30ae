package graph

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

func newExecutor(t *testing.T) (*edge, *Executor) {
	t.Helper()
	e := newEdge(t)
	x, err := NewExecutor(e.resolver.Services, slog.New(slog.DiscardHandler), Options{})
	must(t, err)
	return e, x
}

func TestBeginAnswersAQueryOnce(t *testing.T) {
	t.Parallel()
	e, x := newExecutor(t)
	next, errs := x.Begin(e.ctx, []byte(`{"query": "query A { viewer { appCode } } query B { __typename }", "operationName": "A"}`))
	if errs != nil {
		t.Fatal(errs)
	}
	response := next()
	if response == nil || string(response.Data) != `{"viewer":{"appCode":"app"}}` || response.Errors != nil {
		t.Errorf("got %+v", response)
	}
	if more := next(); more != nil {
		t.Errorf("and then %+v", more)
	}
}

func TestBeginRefusesBeforeAnythingRuns(t *testing.T) {
	t.Parallel()
	e, x := newExecutor(t)
	for payload, want := range map[string]string{
		`{"query": "{ viewer `:          "INVALID_INPUT",
		`[{"query": "{ __typename }"}]`: "INVALID_INPUT",
		`{}`:                            "INVALID_INPUT",
		`{"query": "{ viewer"}`:         "GRAPHQL_PARSE_FAILED",
		`{"query": "{ nothing }"}`:      "GRAPHQL_VALIDATION_FAILED",
		`{"query": "{ __typename }", "variables": []}`:               "INVALID_INPUT",
		`{"query": "query($i: ID!) { task(id: $i) { id } }"}`:        "GRAPHQL_VALIDATION_FAILED",
		`{"query": "query A { __typename } query B { __typename }"}`: "GRAPHQL_VALIDATION_FAILED",
		`{"query": "{ __typename }", "operationName": "missing"}`:    "GRAPHQL_VALIDATION_FAILED",
		`{"query": "{` + strings.Repeat(" __typename", 501) + `}"}`:  "RESOURCE_EXHAUSTED",
	} {
		next, errs := x.Begin(e.ctx, []byte(payload))
		if next != nil || len(errs) == 0 || code(errs[0]) != want {
			t.Errorf("%.60s: %v (%s), want %s", payload, errs, code(errs[0]), want)
		}
	}
}

func code(err *gqlerror.Error) string {
	text, _ := err.Extensions["code"].(string)
	return text
}

func TestBeginEndsWithItsContext(t *testing.T) {
	t.Parallel()
	e, x := newExecutor(t)
	ctx, cancel := context.WithCancel(e.ctx)
	next, errs := x.Begin(ctx, []byte(`{"query": "{ viewer { appCode } }"}`))
	if errs != nil {
		t.Fatal(errs)
	}
	cancel()
	if response := next(); response != nil {
		t.Errorf("got %+v", response)
	}
}
