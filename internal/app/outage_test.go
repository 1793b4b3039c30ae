package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rehearse.dev/internal/store/storetest"
)

// TestADatabaseThatIsAwayIsNoDefect: whoever asks meanwhile is told to try again, over
// both surfaces, and the log does not call it an internal error.
func TestADatabaseThatIsAwayIsNoDefect(t *testing.T) {
	t.Parallel()
	storetest.Postgres(t) // skips without a server
	s := newServer(t)
	templateID := s.ours.template(t, order(t))
	proxy := storetest.NewProxy(t, s.db)
	c := s.through(t, proxy.URL, "")
	rest := func() *httptest.ResponseRecorder {
		body := `{"template_id": ` + templateID + `, "name": "away", "creator": "ann", "mock_data": {}}`
		r := httptest.NewRequest(http.MethodPost, "/apigw/space/"+s.ours.space+"/create_mock_task/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Bkapi-Authorization", c.header)
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, r)
		return w
	}

	const away, ask = "the database cannot be reached; try again", `{ viewer { spaces { id } } }`
	toldOf := func(a *answer, status int) bool {
		return a.status == status && text(a.errors, "0.message") == away && text(a.errors, "0.extensions.code") == "RESOURCE_EXHAUSTED"
	}
	proxy.Down() // nobody is known yet
	soon(t, "connections that are no more have been thrown away", func() bool {
		return toldOf(c.ask(t, ask, nil), http.StatusServiceUnavailable)
	})
	said := len(c.log.String())
	if w := rest(); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), away) {
		t.Errorf("REST answers %d: %s", w.Code, w.Body)
	}
	if since := c.log.String()[said:]; strings.Contains(since, "internal error") || !strings.Contains(since, "slow or away") {
		t.Errorf("the log says %s", since)
	}

	proxy.Up()
	soon(t, "the server answers again", func() bool { return len(c.ask(t, ask, nil).errors) == 0 })
	proxy.Down() // the caller is known for a while
	soon(t, "a resolver is told", func() bool { return toldOf(c.ask(t, ask, nil), http.StatusOK) })
}
