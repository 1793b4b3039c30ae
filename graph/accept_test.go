package graph

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func withHeader(name string, values ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	for _, v := range values {
		r.Header.Add(name, v)
	}
	return r
}

func TestAnswersHaveTheMediaTypeThatIsRatedHighest(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, row := range []struct {
		want   string
		accept []string
	}{
		{typeJSON, nil},
		{typeJSON, []string{"*/*"}},
		{typeJSON, []string{"application/*"}},
		{typeJSON, []string{"application/json"}},
		{typeJSON, []string{"APPLICATION/JSON;Charset=UTF-8"}},
		{typeResponse, []string{"application/graphql-response+json"}},
		{typeResponse, []string{"application/json, application/graphql-response+json"}},
		{typeResponse, []string{"application/json", "application/graphql-response+json; charset=utf-8"}},
		{typeResponse, []string{"application/graphql-response+json,application/json;q=0.9"}},
		{typeResponse, []string{"*/*, application/graphql-response+json"}},
		{typeJSON, []string{"application/graphql-response+json;q=0.8, application/json;q=0.9"}},
		{typeJSON, []string{"application/graphql-response+json;q=0.8, */*"}},
		{typeJSON, []string{"application/graphql-response+json;q=0, */*;q=0.1"}},
		{typeResponse, []string{"application/json;q=0, */*;q=0.1"}},
		{typeResponse, []string{"application/json;q=0, application/*"}},
		{typeJSON, []string{"text/html, application/xhtml+xml, */*;q=0.8"}},
		{none, []string{"text/html"}},
		{none, []string{""}},
		{none, []string{"application/json;q=0"}},
		{none, []string{"application/json; charset=latin1"}},
		{none, []string{"application/json;q=2"}},
		{none, []string{"application/json;q=NaN"}},
		{none, []string{"application/graphql-response"}},
		{none, []string{"text/event-stream"}},
	} {
		got, ok := answerType(withHeader("Accept", row.accept...))
		if !ok {
			got = none
		}
		if got != row.want {
			t.Errorf("%q: %q, want %q", row.accept, got, row.want)
		}
	}
}

func TestStreamsAreForThoseWhoPreferThem(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]bool{
		"text/event-stream":                        true,
		"text/event-stream, */*;q=0.1":             true,
		"text/event-stream, multipart/mixed":       true,
		"application/json;q=0.5,text/event-stream": true,
		"application/json, text/event-stream":      false,
		"application/graphql-response+json, application/json, text/event-stream, multipart/mixed": false,
		"text/event-stream;q=0": false,
		"text/*":                false,
		"*/*":                   false,
	} {
		if got := wantsEvents(withHeader("Accept", accept)); got != want {
			t.Errorf("%s: %v", accept, got)
		}
	}
}

func TestSimpleRequestsNeedAHeaderThatStandsOut(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		simple bool
		types  []string
	}{
		{true, nil},
		{true, []string{""}},
		{true, []string{"text/plain"}},
		{true, []string{"Text/Plain; charset=utf-8"}},
		{true, []string{"application/x-www-form-urlencoded"}},
		{true, []string{"multipart/form-data; boundary=x"}},
		{true, []string{"application/json", "text/plain"}},
		{true, []string{"text/plain, application/json"}},
		{true, []string{"text/plain; application/json"}},
		{true, []string{"nonsense;;"}},
		{false, []string{"application/json"}},
		{false, []string{"application/json; charset=utf-8"}},
		{false, []string{"application/graphql"}},
		{false, []string{"text/xml"}},
	} {
		r := withHeader("Content-Type", row.types...)
		if got := isSimple(r); got != row.simple {
			t.Errorf("%q: %v", row.types, got)
		}
		for _, name := range []string{"apollo-require-preflight", "x-apollo-operation-name"} {
			r := withHeader("Content-Type", row.types...)
			r.Header.Set(name, "")
			if got := isSimple(r); got != row.simple {
				t.Errorf("%q with an empty %s: %v", row.types, name, got)
			}
			r.Header.Set(name, "x")
			if isSimple(r) {
				t.Errorf("%q with %s is simple", row.types, name)
			}
		}
	}
}
