package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rehearse.dev/internal/web"
)

func TestOriginsAreWrittenAsBrowsersSendThem(t *testing.T) {
	t.Parallel()
	for _, fine := range [][]string{nil, {"*"}, {"https://a.example"}, {"http://localhost:5173", "https://a.example:8443", "http://[::1]:8080"}} {
		if _, err := web.ParseOrigins(fine); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
	for _, wrong := range []string{
		"", "null", "a.example", "https://", "https://a.example/", "https://a.example/x", "https://A.example", "HTTPS://a.example",
		"https://a.example:443", "http://a.example:80", "https://user@a.example", "https://*.example", "https://a.example?x", "ftp://a.example",
	} {
		if _, err := web.ParseOrigins([]string{wrong}); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if _, err := web.ParseOrigins([]string{"*", "https://a.example"}); err == nil {
		t.Error("a name beside * is taken")
	}
}

func shared(t *testing.T, origins ...string) http.Handler {
	t.Helper()
	o, err := web.ParseOrigins(origins)
	if err != nil {
		t.Fatal(err)
	}
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	return o.Share(next, []string{"GET", "POST"}, []string{"Content-Type", "X-A"}, []string{"X-Request-Id"})
}

func cross(h http.Handler, method string, pairs ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	for i := 0; i < len(pairs); i += 2 {
		r.Header.Set(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesOfNamedSitesMayCall(t *testing.T) {
	t.Parallel()
	h := shared(t, "https://a.example", "https://b.example")
	for origin, allowed := range map[string]bool{
		"https://a.example": true, "https://b.example": true, "https://c.example": false, "https://a.example:8443": false,
		"http://a.example": false, "https://a.example.evil": false, "null": false, "": false,
	} {
		want, credentials := "", ""
		if allowed {
			want, credentials = origin, "true"
		}
		w := cross(h, "POST", "Origin", origin)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want || w.Code != http.StatusTeapot {
			t.Errorf("%s: %q, status %d", origin, got, w.Code)
		}
		if got := w.Header().Get("Access-Control-Allow-Credentials"); got != credentials {
			t.Errorf("%s: credentials %q", origin, got)
		}
		if got := w.Header().Get("Vary"); got != "Origin" {
			t.Errorf("%s: Vary is %q", origin, got)
		}
		if got := w.Header().Get("Access-Control-Expose-Headers"); (got == "X-Request-Id") != allowed {
			t.Errorf("%s: exposed %q", origin, got)
		}
		w = cross(h, "OPTIONS", "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type,x-a")
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want || w.Code != http.StatusNoContent {
			t.Errorf("preflight of %s: %q, status %d", origin, got, w.Code)
		}
		if got := w.Header().Get("Access-Control-Max-Age"); (got == "7200") != allowed {
			t.Errorf("preflight of %s: kept for %q", origin, got)
		}
		if got := w.Header().Get("Vary"); !strings.Contains(got, "Origin") {
			t.Errorf("preflight of %s: Vary is %q", origin, got)
		}
	}
	w := cross(h, "OPTIONS", "Origin", "https://a.example", "Access-Control-Request-Method", "DELETE")
	if got := w.Header().Get("Access-Control-Allow-Methods"); got != "" {
		t.Errorf("DELETE is allowed: %q", got)
	}
}

func TestEverySiteMayCallWithoutCookies(t *testing.T) {
	t.Parallel()
	w := cross(shared(t, "*"), "POST", "Origin", "https://a.example")
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", w.Header())
	}
}

func TestNobodyIsAllowedUnasked(t *testing.T) {
	t.Parallel()
	h := shared(t)
	for _, method := range []string{"POST", "OPTIONS"} {
		w := cross(h, method, "Origin", "https://a.example", "Access-Control-Request-Method", "POST")
		if w.Code != http.StatusTeapot || len(w.Header()) != 0 {
			t.Errorf("%s: status %d, %v", method, w.Code, w.Header())
		}
	}
	if (web.Origins{}).Allows("https://a.example") || (web.Origins{}).Allows("") {
		t.Error("an origin is allowed")
	}
}
