package app_test

import (
	"net/http"
	"strings"
	"testing"

	"rehearse.dev/graph"
	"rehearse.dev/internal/auth"
)

// bad sends a body that has to be refused with a status and these top-level
// errors, without data and without anything being written.
func (c *client) bad(t *testing.T, body string, status int, problems []string, set ...func(*http.Request)) *answer {
	t.Helper()
	var a *answer
	c.unchanged(t, func() { a = c.send(t, []byte(body), set...) })
	if a.status != status {
		t.Errorf("status %d, not %d", a.status, status)
	}
	if a.data != nil {
		t.Errorf("there is data: %s", asJSON(a.data))
	}
	equalProblems(t, "errors", topLevel(a), problems)
	for _, e := range a.errors {
		if text(e, "message") == "" || strings.Contains(text(e, "message"), "internal") {
			t.Errorf("message %q", text(e, "message"))
		}
	}
	return a
}

// creating is a body that would make a task if the given JSON were fine.
func creating(template, field, value string) string {
	return `{"query": "mutation($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { code } } }",
		"variables": {"input": {"templateId": "` + template + `", "name": "n", "creator": "c", "` + field + `": ` + value + `}}}`
}

func TestBodyThatIsNoRequest(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	for name, row := range map[string]struct {
		body string
		want string
	}{
		"106 invalid JSON":        {`{"query": "{ viewer { appCode } }"`, "!INVALID_INPUT/INVALID_TREE "},
		"106 a list":              {`[{"query": "{ viewer { appCode } }"}]`, "!INVALID_INPUT"},
		"an empty list":           {`[]`, "!INVALID_INPUT"},
		"empty":                   {``, "!INVALID_INPUT/INVALID_TREE "},
		"white space":             {" \n", "!INVALID_INPUT/INVALID_TREE "},
		"text":                    {`"{ viewer { appCode } }"`, "!INVALID_INPUT"},
		"null":                    {`null`, "!INVALID_INPUT"},
		"number":                  {`5`, "!INVALID_INPUT"},
		"two values":              {`{"query": "{ viewer { appCode } }"} {}`, "!INVALID_INPUT/INVALID_TREE "},
		"byte order mark":         {"\ufeff{}", "!INVALID_INPUT/INVALID_TREE "},
		"no query":                {`{}`, "!INVALID_INPUT"},
		"query is null":           {`{"query": null}`, "!INVALID_INPUT"},
		"query is empty":          {`{"query": ""}`, "!INVALID_INPUT"},
		"query is a number":       {`{"query": 5}`, "!INVALID_INPUT"},
		"query is an object":      {`{"query": {}}`, "!INVALID_INPUT"},
		"operation is a list":     {`{"query": "{ viewer { appCode } }", "operationName": []}`, "!INVALID_INPUT"},
		"variables are a list":    {`{"query": "{ viewer { appCode } }", "variables": []}`, "!INVALID_INPUT"},
		"variables are a text":    {`{"query": "{ viewer { appCode } }", "variables": "{}"}`, "!INVALID_INPUT"},
		"extensions are a list":   {`{"query": "{ viewer { appCode } }", "extensions": []}`, "!INVALID_INPUT"},
		"query given twice":       {`{"query": "{ a }", "query": "{ viewer { appCode } }"}`, "!INVALID_INPUT/INVALID_TREE query"},
		"NUL in the query":        {`{"query": "{ viewer { appCode } } \u0000"}`, "!INVALID_INPUT/INVALID_TREE query"},
		"invalid UTF-8":           {"{\"query\": \"{ viewer { appCode } } # \xff\"}", "!INVALID_INPUT/INVALID_TREE "},
		"half a surrogate pair":   {`{"query": "{ viewer { appCode } }", "variables": {"x": "\ud800"}}`, "!INVALID_INPUT/INVALID_TREE variables.x"},
		"deep nesting":            {`{"query": "{ viewer { appCode } }", "variables": {"x": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}}`, ""},
		"very deep, never closed": {strings.Repeat(`{"a":`, 1_000_000), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if row.want != "" {
				c.bad(t, row.body, http.StatusBadRequest, []string{row.want})
				return
			}
			a := c.send(t, []byte(row.body))
			got := topLevel(a)
			if a.status != http.StatusBadRequest || len(got) != 1 || !strings.HasPrefix(got[0], "!INVALID_INPUT/INVALID_TREE ") {
				t.Errorf("status %d, %.200q", a.status, got)
			}
		})
	}
}

func TestBodyThatIsTooLarge(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	body := `{"query": "{ viewer { appCode } }", "variables": {"x": "` + strings.Repeat("a", graph.MaxBody) + `"}}`
	c.bad(t, body, http.StatusRequestEntityTooLarge, []string{"!RESOURCE_EXHAUSTED"})
	// A body that does not tell its length.
	c.bad(t, body, http.StatusRequestEntityTooLarge, []string{"!RESOURCE_EXHAUSTED"}, func(r *http.Request) { r.ContentLength = -1 })
}

func TestJSONThatHasNoOneMeaning(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id := c.template(t, order(t))
	at := "!INVALID_INPUT/INVALID_TREE variables.input."
	for name, row := range map[string]struct{ field, value, path string }{
		"NUL in the name":               {"description", `"a\u0000b"`, "description"},
		"NUL in a node id":              {"mockData", `{"nodes": ["nfetch\u0000"]}`, "mockData.nodes.0"},
		"NUL in outputs":                {"mockData", `{"outputs": {"nfetch": {"a": "\u0000"}}}`, "mockData.outputs.nfetch.a"},
		"NUL in constants":              {"constants", `{"${order_no}": ["\u0000"]}`, "constants.${order_no}.0"},
		"integer beyond 2^53":           {"constants", `{"${order_no}": 9007199254740993}`, "constants.${order_no}"},
		"negative integer beyond -2^53": {"mockData", `{"outputs": {"nfetch": {"a": -9007199254740993}}}`, "mockData.outputs.nfetch.a"},
		"preset id beyond 2^53":         {"mockData", `{"mockDataIds": {"nfetch": 99999999999999999999}}`, "mockData.mockDataIds.nfetch"},
		"name given twice":              {"constants", `{"${order_no}": 1, "${order_no}": 2}`, "constants.${order_no}"},
		"node given twice":              {"mockData", `{"outputs": {"nfetch": {}, "nfetch": {"a": 1}}}`, "mockData.outputs.nfetch"},
		"credential given twice":        {"credentials", `{"a": "x", "\u0061": "y"}`, "credentials.a"},
	} {
		t.Run(name, func(t *testing.T) {
			c.bad(t, creating(id, row.field, row.value), http.StatusBadRequest, []string{at + row.path})
		})
	}
	t.Run("a raw NUL", func(t *testing.T) {
		c.bad(t, creating(id, "description", "\"a\x00b\""), http.StatusBadRequest, []string{"!INVALID_INPUT/INVALID_TREE "})
	})
	t.Run("invalid UTF-8", func(t *testing.T) {
		c.bad(t, creating(id, "description", "\"a\xffb\""), http.StatusBadRequest, []string{"!INVALID_INPUT/INVALID_TREE "})
	})
	t.Run("the largest exact integers are fine", func(t *testing.T) {
		c.create(t, input(id, vars{"constants": raw(`{"${order_no}": [9007199254740992, -9007199254740992]}`)}))
	})
	tree := func(pairs ...string) string {
		return `{"query": "mutation($input: CreateTemplateInput!) { createTemplate(input: $input) { template { id } userErrors { code } } }",
			"variables": {"input": {"spaceId": "` + c.space + `", "name": "n", "pipelineTree": ` + string(order(t, pairs...)) + `}}}`
	}
	for name, row := range map[string]struct{ from, to, path string }{
		"NUL in a tree":                 {`tell user`, `tell\u0000user`, "activities.ntell.name"},
		"integer beyond 2^53 in a tree": {`"index": 0`, `"index": 9007199254740993`, "constants.${order_no}.index"},
		"key given twice in a tree":     {`"name": "tell user"`, `"name": "a", "name": "b"`, "activities.ntell.name"},
		"node given twice in a tree":    {`"nsub": {`, `"ntell": {}, "nsub": {`, "activities.ntell"},
	} {
		t.Run(name, func(t *testing.T) {
			c.bad(t, tree(row.from, row.to), http.StatusBadRequest, []string{"!INVALID_INPUT/INVALID_TREE variables.input.pipelineTree." + row.path})
		})
	}
}

func TestJSONWrittenIntoTheDocument(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	id := c.template(t, order(t))
	ask := func(arguments string) *answer {
		return c.ask(t, `mutation { createMockTask(input: {templateId: "`+id+`", name: "n", creator: "c", `+arguments+`}) { task { id parameters mock { outputs } } userErrors`+problemFields+` } }`, nil)
	}
	t.Run("is taken", func(t *testing.T) {
		a := ask(`mockData: {nodes: ["nfetch"], outputs: {nfetch: {n: 1, s: "x", l: [true, null, 1.5], o: {e: "é"}}}}`)
		same(t, a.data, "createMockTask.task.mock.outputs", `{"nfetch":{"n":1,"s":"x","l":[true,null,1.5],"o":{"e":"é"}}}`)
	})
	for name, arguments := range map[string]string{
		"NUL in outputs":     `mockData: {nodes: ["nfetch"], outputs: {nfetch: {s: "a\u0000b"}}}`,
		"NUL in the name":    `description: "a\u0000b"`,
		"large integer":      `mockData: {nodes: ["nfetch"], outputs: {nfetch: {n: 9007199254740993}}}`,
		"huge integer":       `mockData: {nodes: ["nfetch"], outputs: {nfetch: {n: 99999999999999999999}}}`,
		"name given twice":   `mockData: {nodes: ["nfetch"], outputs: {nfetch: {n: 1, n: 2}}}`,
		"deep lists":         `mockData: {nodes: ["nfetch"], outputs: {nfetch: {n: ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}}}`,
		"NUL in a span":      `customSpanAttributes: {a: "\u0000"}`,
		"NUL in a failure":   `mockData: {nodes: ["nfetch"], failures: {nfetch: "\u0000"}}`,
		"more than a parser": `mockData: {nodes: [` + strings.Repeat(`"a",`, 20_000) + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			var a *answer
			c.unchanged(t, func() { a = ask(arguments) })
			problems := append(topLevel(a), problemsAt(a.data, "createMockTask.userErrors")...)
			if len(problems) == 0 || strings.Contains(strings.Join(problems, " "), "INTERNAL") || strings.HasPrefix(problems[0], "! ") || problems[0] == "!" {
				t.Errorf("%.300q: %.300s", problems, a.body)
			}
		})
	}
}

func TestCallersThatAreNobody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const body = `{"query": "mutation { createSpace(input: {name: \"x\"}) { space { id } } }"}`
	send := func(t *testing.T, header ...string) *answer {
		t.Helper()
		return s.ours.bad(t, body, http.StatusUnauthorized, []string{"!UNAUTHENTICATED"}, func(r *http.Request) {
			r.Header.Del(auth.AppHeader)
			for _, h := range header {
				r.Header.Add(auth.AppHeader, h)
			}
		})
	}
	wrong := send(t, header("ours", s.theirs.secret))
	unknown := send(t, header("stranger", s.ours.secret))
	if string(wrong.body) != string(unknown.body) {
		t.Errorf("wrong secret: %s\nunknown app: %s", wrong.body, unknown.body)
	}
	if wrong.header.Get("WWW-Authenticate") == "" {
		t.Error("the answer names no scheme")
	}
	for name, h := range map[string]string{
		"empty": "", "no JSON": "ours:secret", "list": "[]", "no secret": `{"bk_app_code": "ours"}`,
		"secret is no text": `{"bk_app_code": "ours", "bk_app_secret": 5}`, "NUL": `{"bk_app_code": "ours\u0000", "bk_app_secret": "x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if a := send(t, h); strings.Contains(string(a.body), s.ours.secret) {
				t.Errorf("%s", a.body)
			}
		})
	}
	t.Run("no header", func(t *testing.T) { send(t) })
	t.Run("the body is not looked at", func(t *testing.T) {
		s.ours.bad(t, strings.Repeat("x", 100), http.StatusUnauthorized, []string{"!UNAUTHENTICATED"}, func(r *http.Request) { r.Header.Del(auth.AppHeader) })
	})
}
