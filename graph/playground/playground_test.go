package playground

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask sends one request to h; headers are pairs of name and value.
func ask(t *testing.T, h http.Handler, method, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func TestOnlyKnownPathsAreServed(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	for _, tc := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/", 200},
		{"HEAD", "/", 200},
		{"GET", "/licenses.md", 200},
		{"POST", "/", 405},
		{"DELETE", "/licenses.md", 405},
		{"GET", "/index.html", 404},
		{"GET", "/licenses.md.br", 404},
		{"GET", "/assets/", 404},
		{"GET", "/assets/no-such-file.js", 404},
		{"GET", "/assets/../index.html", 404},
		{"GET", "/playground.go", 404},
		{"GET", "/favicon.ico", 404},
		{"POST", "/graphql", 404},
	} {
		res := ask(t, h, tc.method, tc.path)
		if res.StatusCode != tc.want {
			t.Errorf("%s %s: status %d, want %d", tc.method, tc.path, res.StatusCode, tc.want)
		}
		if res.StatusCode == 405 && res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", tc.method, tc.path, res.Header.Get("Allow"))
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	want := map[string]string{
		"Content-Security-Policy":      policy(Config{}),
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Vary":                         "Accept-Encoding",
	}
	for _, path := range append(paths(), "/") {
		res := ask(t, h, "GET", path)
		for name, value := range want {
			if got := res.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
	}
}

func TestMountedUnderAPrefix(t *testing.T) {
	t.Parallel()
	h := http.StripPrefix("/play", Handler(Config{}))
	body := read(t, ask(t, h, "GET", "/play/"))
	for _, link := range links(body) {
		rest, relative := strings.CutPrefix(link, "./")
		if !relative {
			t.Errorf("%q is not relative to the page", link)
			continue
		}
		if res := ask(t, h, "GET", "/play/"+rest); res.StatusCode != 200 {
			t.Errorf("%s: status %d", link, res.StatusCode)
		}
	}
}
