package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rehearse.dev/graph"
)

// set makes a change of a request that sets headers, given as name and value by turns;
// an empty value removes one.
func set(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
			if pairs[i+1] == "" {
				r.Header.Del(pairs[i])
			}
		}
	}
}

// getting makes a change of a request into a GET with these parameters.
func getting(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		r.Method, r.URL.RawQuery, r.Body, r.ContentLength = http.MethodGet, values.Encode(), http.NoBody, 0
		r.Header.Del("Content-Type")
	}
}

const preflight = "Apollo-Require-Preflight"

func TestRequestsAreRefusedByMethodAndMediaType(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const fine = `{"query": "{ viewer { appCode } }"}`
	method := func(name string) func(*http.Request) { return func(r *http.Request) { r.Method = name } }
	for name, row := range map[string]struct {
		status int
		set    []func(*http.Request)
	}{
		"PUT":                              {405, []func(*http.Request){method("PUT")}},
		"DELETE":                           {405, []func(*http.Request){method("DELETE")}},
		"OPTIONS":                          {405, []func(*http.Request){method("OPTIONS")}},
		"simple GET":                       {400, []func(*http.Request){getting("query", "{viewer{appCode}}")}},
		"GET of a form type":               {400, []func(*http.Request){getting("query", "{viewer{appCode}}"), set("Content-Type", "text/plain")}},
		"plain text":                       {400, []func(*http.Request){set("Content-Type", "text/plain")}},
		"form":                             {400, []func(*http.Request){set("Content-Type", "application/x-www-form-urlencoded")}},
		"multipart":                        {400, []func(*http.Request){set("Content-Type", "multipart/form-data; boundary=x")}},
		"no content type":                  {400, []func(*http.Request){set("Content-Type", "")}},
		"plain text after a preflight":     {415, []func(*http.Request){set("Content-Type", "text/plain", preflight, "1")}},
		"form after a preflight":           {415, []func(*http.Request){set("Content-Type", "application/x-www-form-urlencoded", preflight, "1")}},
		"no content type, a preflight":     {415, []func(*http.Request){set("Content-Type", "", preflight, "1")}},
		"GraphQL text":                     {415, []func(*http.Request){set("Content-Type", "application/graphql")}},
		"another charset":                  {415, []func(*http.Request){set("Content-Type", "application/json; charset=utf-16")}},
		"an answer that cannot be given":   {406, []func(*http.Request){set("Accept", "text/html")}},
		"GET without a query":              {400, []func(*http.Request){getting("x", "y"), set(preflight, "1")}},
		"GET with a query twice":           {400, []func(*http.Request){getting("query", "{a}", "query", "{b}"), set(preflight, "1")}},
		"GET with variables that are none": {400, []func(*http.Request){getting("query", "{__typename}", "variables", "[]"), set(preflight, "1")}},
		"GET with a mutation":              {405, []func(*http.Request){getting("query", `mutation { createSpace(input: {name: "x"}) { space { id } } }`), set(preflight, "1")}},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.ours.bad(t, fine, row.status, []string{"!INVALID_INPUT"}, row.set...)
			if allow := a.header.Get("Allow"); (row.status == 405) != strings.Contains(allow, "POST") {
				t.Errorf("Allow is %q", allow)
			}
			if got := a.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("Content-Type is %q", got)
			}
		})
	}
	t.Run("a charset that is read", func(t *testing.T) {
		a := s.ours.send(t, []byte(fine), set("Content-Type", "application/json; charset=UTF-8"))
		same(t, a.data, "viewer.appCode", `"ours"`)
	})
	t.Run("an upgrade that is only offered", func(t *testing.T) {
		a := s.ours.send(t, []byte(fine), set("Upgrade", "h2c"))
		same(t, a.data, "viewer.appCode", `"ours"`)
	})
}

func TestQueriesCanBeAskedWithGET(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	query := getting("query", `query A { __typename } query B($name: String!) { __type(name: $name) { name } }`,
		"operationName", "B", "variables", `{"name": "Task"}`, "extensions", "{}")
	for _, header := range []string{preflight, "X-Apollo-Operation-Name"} {
		a := s.ours.send(t, nil, query, set(header, "B"))
		if a.status != http.StatusOK || a.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("status %d, %v", a.status, a.header)
		}
		same(t, a.data, "__type.name", `"Task"`)
	}
	a := s.ours.send(t, nil, query, set("Content-Type", "application/json"))
	same(t, a.data, "__type.name", `"Task"`)
	if head := s.ours.send(t, nil, query, set(preflight, "1"), func(r *http.Request) { r.Method = http.MethodHead }); head.status != http.StatusOK ||
		head.header.Get("Content-Length") != a.header.Get("Content-Length") {
		t.Errorf("HEAD: status %d, %v", head.status, head.header)
	}
}

func TestStatusOfARefusedDocumentFollowsTheMediaType(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, row := range map[string]struct{ body, code string }{
		"grammar":        {`{"query": "{"}`, "!GRAPHQL_PARSE_FAILED"},
		"unknown field":  {`{"query": "{ nothing }"}`, "!GRAPHQL_VALIDATION_FAILED"},
		"coercion":       {`{"query": "query($id: ID!) { task(id: $id) { id } }", "variables": {"id": null}}`, "!GRAPHQL_VALIDATION_FAILED variable.id"},
		"which of two":   {`{"query": "query A { __typename } query B { __typename }"}`, "!GRAPHQL_VALIDATION_FAILED"},
		"no such name":   {`{"query": "{ __typename }", "operationName": "A"}`, "!GRAPHQL_VALIDATION_FAILED"},
		"only fragments": {`{"query": "fragment F on Query { __typename }"}`, "!GRAPHQL_VALIDATION_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			for accept, status := range map[string]int{"application/json": 200, "*/*": 200, "application/graphql-response+json": 400} {
				a := s.ours.send(t, []byte(row.body), set("Accept", accept))
				got := topLevel(a)
				if a.status != status || len(got) != 1 || got[0] != row.code || strings.Contains(string(a.body), `"data"`) {
					t.Errorf("%s: status %d, %q: %s", accept, a.status, got, a.body)
				}
			}
		})
	}
}

func TestAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for coding, magic := range map[string]string{"gzip": "\x1f\x8b", "zstd": "\x28\xb5\x2f\xfd", "br": "", "identity": `{"data":`} {
		a := s.ours.send(t, []byte(`{"query": "{ __schema { types { name description } } }"}`), set("Accept-Encoding", coding))
		got := a.header.Get("Content-Encoding")
		if (got == coding) != (coding != "identity") || !strings.HasPrefix(string(a.body), magic) || a.header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %v %.20q", coding, a.header, a.body)
		}
		a = s.ours.send(t, []byte(`{"query": "{ __typename }"}`), set("Accept-Encoding", coding))
		same(t, a.data, "__typename", `"Query"`)
	}
}

func TestTheSchemaIsServedAsText(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	read := func(change ...func(*http.Request)) *answer {
		return s.ours.send(t, nil, append([]func(*http.Request){getting(), set("X-Bkapi-Authorization", ""), func(r *http.Request) { r.URL.Path = "/schema.graphql" }}, change...)...)
	}
	a := read()
	tag := a.header.Get("ETag")
	if a.status != http.StatusOK || string(a.body) != graph.SDL() || tag == "" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Fatalf("status %d, %v, %.40q", a.status, a.header, a.body)
	}
	for name, row := range map[string]struct {
		status int
		change func(*http.Request)
	}{
		"HEAD":                            {200, func(r *http.Request) { r.Method = http.MethodHead }},
		"the same":                        {304, set("If-None-Match", tag)},
		"the same, from compressed":       {304, set("If-None-Match", "W/"+tag, "Accept-Encoding", "br")},
		"another":                         {200, set("If-None-Match", `"other"`)},
		"compressed":                      {200, set("Accept-Encoding", "br")},
		"a method that would change it":   {405, func(r *http.Request) { r.Method = http.MethodPost }},
		"a method that would take it out": {405, func(r *http.Request) { r.Method = http.MethodDelete }},
	} {
		if got := read(row.change); got.status != row.status || got.header.Get("Vary") != "Accept-Encoding" && row.status == 200 {
			t.Errorf("%s: status %d, %v", name, got.status, got.header)
		}
	}
	s.configure(t, graph.Options{Bounds: graph.Bounds{NoIntrospection: true}})
	if a := read(); a.status != http.StatusNotFound {
		t.Errorf("without introspection: status %d", a.status)
	}
}

func TestDeferIsNotServed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	a := s.ours.ask(t, `{ ... @defer { viewer { appCode } } }`, nil)
	if got := topLevel(a); len(got) != 1 || got[0] != "!GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("%s", a.body)
	}
	if a := s.ours.ask(t, `{ __schema { directives { name } } }`, nil); strings.Contains(string(a.body), "defer") {
		t.Errorf("%s", a.body)
	}
}
