package stream_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"rehearse.dev/graph/operation/operationtest"
	"rehearse.dev/graph/stream"
	"rehearse.dev/internal/body"
)

func TestOperationsAreStreamsOfEvents(t *testing.T) {
	t.Parallel()
	h := newHub(t, stream.Times{})
	for query, want := range map[string]string{
		"caller":  next(`{"data":"good"}`) + complete,
		"count 3": next(`{"data":2}`) + next(`{"data":1}`) + next(`{"data":0}`) + complete,
		"count 0": complete,
		"lines":   next(`{"data":{ "a":  1}}`) + complete,
		"refused": next(`{"errors":[{"message":"this query is refused","extensions":{"code":"INVALID_INPUT"}}]}`) + complete,
		"panic":   next(`{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`) + complete,
	} {
		r, _ := h.open(t, query, "good")
		r.want(want)
		r.wantEnd()
	}
	if text := h.log.String(); !strings.Contains(text, "s3cret defect") || !strings.Contains(text, "fake.go") {
		t.Errorf("the defect was logged as %s", text)
	}
}

func TestStreamsAreNotKeptOrHeldBack(t *testing.T) {
	t.Parallel()
	answer := newHub(t, stream.Times{}).send(t, `{"query":"count 1"}`, nil)
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
		"X-Content-Type-Options": "nosniff",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWhatIsNoOperationIsAStatus(t *testing.T) {
	t.Parallel()
	h := newHub(t, stream.Times{})
	const single = "distinct connections mode"
	good := `{"query":"count 1"}`
	for name, test := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		text   string
	}{
		"Get":         {good, func(r *http.Request) { r.Method = http.MethodGet; r.Body = nil; r.ContentLength = 0 }, 405, single},
		"Reserve":     {"", func(r *http.Request) { r.Method = http.MethodPut }, 405, single},
		"End":         {"", func(r *http.Request) { r.Method = http.MethodDelete; r.URL.RawQuery = "operationId=1" }, 405, single},
		"TokenHeader": {good, func(r *http.Request) { r.Header.Set("X-GraphQL-Event-Stream-Token", "x") }, 400, single},
		"TokenInURL":  {good, func(r *http.Request) { r.URL.RawQuery = "token=x" }, 400, single},
		"Form":        {good, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415, "application/json"},
		"NoType":      {good, func(r *http.Request) { r.Header.Del("Content-Type") }, 415, "application/json"},
		"Stranger":    {good, func(r *http.Request) { r.Header.Del(operationtest.Header) }, 401, "UNAUTHENTICATED"},
		"Outage":      {good, func(r *http.Request) { r.Header.Set(operationtest.Header, "outage") }, 500, `"internal error"`},
		"NotJSON":     {`{"query":`, nil, 400, "INVALID_INPUT"},
		"TooLarge":    {strings.Repeat(" ", body.Max+1), nil, 413, "RESOURCE_EXHAUSTED"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := h.send(t, test.body, test.change)
			text, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != test.status || !strings.Contains(string(text), test.text) || !strings.HasPrefix(string(text), `{"errors":[{"message":`) {
				t.Errorf("%s %s, %v", answer.Status, text, err)
			}
			if media := answer.Header.Get("Content-Type"); media != "application/json; charset=utf-8" {
				t.Error(media)
			}
			if allow := answer.Header.Get("Allow"); (allow == "POST") != (test.status == http.StatusMethodNotAllowed) {
				t.Errorf("Allow: %q", allow)
			}
			if strings.Contains(string(text), "s3cret") {
				t.Errorf("a secret is told: %s", text)
			}
		})
	}
}

func TestSilentStreamsBeatBeyondTheServersTimeLimit(t *testing.T) {
	t.Parallel()
	h := newHubWithin(t, stream.Times{Beat: 50 * time.Millisecond}, 150*time.Millisecond)
	r, body := h.open(t, "wait", "good")
	r.want(strings.Repeat(":\n\n", 6)) // 300 ms
	body.Close()
	await(t, "the operation ends with its client", func() bool { return h.Live.Load() == 0 })
}

func TestCredentialsEnd(t *testing.T) {
	t.Parallel()
	h := newHub(t, stream.Times{Recheck: 5 * time.Millisecond})
	h.Expire("good for now", time.Now().Add(300*time.Millisecond))
	r, _ := h.open(t, "wait", "good for now")
	r.want(next(`{"errors":[{"message":"credentials expired","extensions":{"code":"UNAUTHENTICATED"}}]}`) + complete)
	r.wantEnd()
	r, _ = h.open(t, "one and wait", "good until revoked")
	r.want(next(`{"data":0}`))
	h.Revoke("good until revoked")
	r.want(next(`{"errors":[{"message":"the credentials are no longer valid","extensions":{"code":"UNAUTHENTICATED"}}]}`) + complete)
	r.wantEnd()
}

func TestADrainingServerLetsRequestsEndAndStreamsGo(t *testing.T) {
	t.Parallel()
	h := newHub(t, stream.Times{Settle: patience})
	request, _ := h.open(t, "held", "good")
	watching, _ := h.open(t, "one and wait", "good")
	watching.want(next(`{"data":0}`))
	await(t, "both run", func() bool { return h.Live.Load() == 2 })
	h.drain()
	watching.wantEnd() // without complete: clients connect again
	close(h.Release)
	request.want(next(`{"data":0}`) + complete)
	request.wantEnd()
	if answer := h.send(t, `{"query":"count 1"}`, nil); answer.StatusCode != http.StatusServiceUnavailable {
		t.Error(answer.Status)
	}
}

func TestADrainingServerDoesNotWaitForLong(t *testing.T) {
	t.Parallel()
	h := newHub(t, stream.Times{Settle: 20 * time.Millisecond})
	r, _ := h.open(t, "wait", "good")
	h.drain()
	r.wantEnd()
}

// A client that does not read is dropped.
func TestASlowClientIsDropped(t *testing.T) {
	t.Parallel()
	h := newHub(t, stream.Times{Write: 200 * time.Millisecond})
	h.open(t, "flood", "good")
	await(t, "the flood runs", func() bool { return h.Live.Load() == 1 })
	await(t, "the flood ends", func() bool { return h.Live.Load() == 0 })
}

// The limits of a stream are not those of the next request on its connection.
func TestConnectionsServeMoreThanOneStream(t *testing.T) {
	t.Parallel()
	h := newHub(t, stream.Times{Write: 400 * time.Millisecond, Beat: 250 * time.Millisecond})
	h.client.Transport.(*http.Transport).MaxConnsPerHost = 1
	for range 3 {
		r, _ := h.open(t, "count 1", "good")
		r.want(next(`{"data":0}`) + complete)
		r.wantEnd()
	}
	r, body := h.open(t, "wait", "good")
	r.want(strings.Repeat(":\n\n", 5))
	body.Close()
}

func TestRequestsOfTheSingleConnectionModeAreTold(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]bool{
		"GET /": false, "POST /": false, "POST /?token=": false, "PUT /": true, "DELETE /?operationId=1": true,
		"POST /?token=x": true, "GET /?token=x": true,
	} {
		method, path, _ := strings.Cut(target, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := stream.IsSingle(r); got != want {
			t.Errorf("%s: %v", target, got)
		}
	}
}
