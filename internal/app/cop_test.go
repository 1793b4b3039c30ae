package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"rehearse.dev/graph"
	"rehearse.dev/internal/auth"
)

// probe sends a request as a scanner with a caller's header does.
func (c *client) probe(method, target, contentType, body string) (status int, answer string) {
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	request.Header.Set(auth.AppHeader, c.header)
	request.Header.Set("Accept", "*/*")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request)
	raw, _ := io.ReadAll(recorder.Result().Body)
	return recorder.Code, string(raw)
}

// What graphql-cop (github.com/dolevf/graphql-cop) sends, and what a vulnerable server
// answers. docs/limits.md has the verdicts.
func TestTheChecksOfGraphqlCop(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	dark := *s
	dark.configure(t, graph.Options{Bounds: graph.Bounds{NoIntrospection: true}})
	darkClient := *s.ours
	darkClient.server = &dark
	post := func(c *client, query string) (int, string) {
		raw, err := json.Marshal(map[string]string{"query": query})
		fatal(t, err)
		return c.probe(http.MethodPost, "/graphql", "application/json", string(raw))
	}
	var aliases strings.Builder
	for i := range 101 {
		aliases.WriteString("alias" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10)) + ":__typename \n")
	}
	for name, c := range map[string]struct {
		ask  func() (int, string)
		want string // what the answer says
		not  string // what a vulnerable server's would
	}{
		"AliasOverloading": {func() (int, string) { return post(s.ours, "query { "+aliases.String()+" }") }, "RESOURCE_EXHAUSTED", `"data"`},
		"FieldDuplication": {func() (int, string) { return post(s.ours, "query { "+strings.Repeat("__typename \n", 500)+"} ") }, "RESOURCE_EXHAUSTED", `"data"`},
		"DirectiveOverloading": {
			func() (int, string) { return post(s.ours, "query { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }") },
			"10 directives at one place, and at most 8", "Unknown directive",
		},
		"CircularIntrospection": {
			func() (int, string) {
				return post(s.ours, "query { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }")
			},
			"Maximum introspection depth", `"data"`,
		},
		"ArrayBatching": {
			func() (int, string) {
				one := `{"query": "query { __typename }"}`
				return s.ours.probe(http.MethodPost, "/graphql", "application/json", "["+one+strings.Repeat(","+one, 10)+"]")
			},
			"batches are not supported", `"data"`,
		},
		"MutationByGET": {
			func() (int, string) {
				return s.ours.probe(http.MethodGet, "/graphql?query="+url.QueryEscape("mutation {__typename}"), "", "")
			},
			`"errors"`, `"data"`,
		},
		"QueryByGET": {
			func() (int, string) {
				return s.ours.probe(http.MethodGet, "/graphql?query="+url.QueryEscape("{__typename}"), "", "")
			},
			`"errors"`, `"data"`,
		},
		"QueryInTheURLOfAPost": {
			func() (int, string) {
				return s.ours.probe(http.MethodPost, "/graphql?query="+url.QueryEscape("query {__typename}"), "", "")
			},
			`"errors"`, `"data"`,
		},
		"QueryInAForm": {
			func() (int, string) {
				return s.ours.probe(http.MethodPost, "/graphql", "application/x-www-form-urlencoded", "query="+url.QueryEscape("query {__typename}"))
			},
			`"errors"`, `"data"`,
		},
		"MutationInAForm": {
			func() (int, string) {
				return s.ours.probe(http.MethodPost, "/graphql", "application/x-www-form-urlencoded", "query="+url.QueryEscape("mutation {__typename}"))
			},
			`"errors"`, `"data"`,
		},
		"Tracing":        {func() (int, string) { return post(s.ours, "query { __typename }") }, `{"data":{"__typename":"Query"}}`, `"extensions"`},
		"UnhandledError": {func() (int, string) { return post(s.ours, "qwerty cop { abc }") }, "GRAPHQL_PARSE_FAILED", "exception"},
		"Suggestions":    {func() (int, string) { return post(s.ours, "query { __schema { directive } }") }, "Did you mean", "exception"},
		"SuggestionsOff": {func() (int, string) { return post(&darkClient, "query { __schema { directive } }") }, "introspection is switched off", "Did you mean"},
		"MisspeltOff":    {func() (int, string) { return post(&darkClient, "query { viewr { appCode } }") }, "Cannot query field", "Did you mean"},
		"Introspection":  {func() (int, string) { return post(s.ours, "query { __schema { types { name fields { name } } } }") }, `"data"`, `"errors"`},
		"IntrospectedOff": {func() (int, string) {
			return post(&darkClient, "query { __schema { types { name fields { name } } } }")
		}, "GRAPHQL_VALIDATION_FAILED", `"data"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, got := c.ask()
			if !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
				t.Errorf("%d %.300s\nwant %s and not %s", status, got, c.want, c.not)
			}
			for _, leak := range []string{"stacktrace", "goroutine ", ".go:", "tracing"} {
				if strings.Contains(strings.ToLower(got), leak) {
					t.Errorf("%q is told: %.300s", leak, got)
				}
			}
		})
	}
	t.Run("IDE", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/graphiql", "/playground", "/console", "/graphql"} {
			_, got := s.ours.probe(http.MethodGet, path, "", "")
			for _, word := range []string{"graphiql.min.css", "GraphQL Playground", "GraphiQL", "graphql-playground"} {
				if strings.Contains(got, word) {
					t.Errorf("%s says %s", path, word)
				}
			}
		}
	})
}
