package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

// web keeps no connection alive, so that a story that ends a server does not
// depend on connections of another.
var web = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}

// answer is an HTTP answer that was read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends a request; pairs are headers.
func send(t *testing.T, method, url, body string, pairs ...string) answer {
	t.Helper()
	a, err := trySend(method, url, body, pairs...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func trySend(method, url, body string, pairs ...string) (answer, error) {
	req, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "Host" {
			req.Host = pairs[i+1]
		}
		req.Header.Set(pairs[i], pairs[i+1])
	}
	res, err := web.Do(req)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, header: res.Header, body: string(raw)}, errJoin(err, res.Body.Close())
}

func errJoin(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// request is the body of a GraphQL request.
func request(query string, variables any) string {
	raw, _ := json.Marshal(map[string]any{"query": query, "variables": variables}) // plain data
	return string(raw)
}

// post sends an operation as the demo application, or as pairs say.
func (s *server) post(t *testing.T, query string, variables any, pairs ...string) answer {
	t.Helper()
	pairs = append([]string{"Content-Type", "application/json", "X-Bkapi-Authorization", s.header}, pairs...)
	return send(t, "POST", s.url+"/graphql", request(query, variables), pairs...)
}

// query decodes the data of an operation that must have no errors into T.
func query[T any](t *testing.T, s *server, text string, variables any) T {
	t.Helper()
	a := s.post(t, text, variables)
	return data[T](t, a)
}

func data[T any](t *testing.T, a answer) T {
	t.Helper()
	var body struct {
		Data   T
		Errors []any
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != 200 || len(body.Errors) > 0 {
		t.Fatalf("status %d: %s, %v", a.status, a.body, err)
	}
	return body.Data
}

// userError is a problem in a payload.
type userError struct {
	Code, Message string
	Field         []string
}

// templates is the data of listTemplates.
type templates struct {
	Templates struct {
		TotalCount int
		Nodes      []struct{ ID, Name string }
	}
}

const listTemplates = `{ templates { totalCount nodes { id name } } }`

// templateID returns the id of the template with that name.
func templateID(t *testing.T, s *server, name string) string {
	t.Helper()
	for _, n := range query[templates](t, s, listTemplates, nil).Templates.Nodes {
		if n.Name == name {
			return n.ID
		}
	}
	t.Fatalf("there is no template %q", name)
	return ""
}

// within fails if the moment is not about now.
func within(t *testing.T, at time.Time) {
	t.Helper()
	if d := time.Since(at); d < -time.Minute || d > time.Minute {
		t.Errorf("%s is not about now", at)
	}
}
