package playground

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// links lists what the page loads.
func links(html string) []string {
	var found []string
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		found = append(found, m[1])
	}
	return found
}

// slotOf returns the JSON that the page carries, up to the first closing tag,
// which is how a browser finds its end.
func slotOf(t *testing.T, html string) (raw string, s settings) {
	t.Helper()
	_, rest, ok := strings.Cut(html, slot)
	if !ok {
		t.Fatal("the page has no slot for the configuration")
	}
	raw, _, _ = strings.Cut(rest, "</script")
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		t.Fatalf("read %q: %v", raw, err)
	}
	return raw, s
}

func TestPageIsNamedAndNotCachedBlindly(t *testing.T) {
	t.Parallel()
	res := ask(t, Handler(Config{}), "GET", "/")
	if got := res.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	if got := res.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("Cache-Control is %q", got)
	}
	if body := read(t, res); !strings.Contains(body, "<title>Rehearse</title>") {
		t.Errorf("no title in %s", body)
	}
}

func TestPageCarriesTheConfiguration(t *testing.T) {
	t.Parallel()
	cfg := Config{
		Endpoint:             "/api/graphql",
		SubscriptionEndpoint: "/api/live",
		Headers:              map[string]string{"X-Bkapi-Authorization": `{"bk_app_code":"demo"}`},
		Examples:             []Example{{Title: "One", Query: "query One { a }", Variables: `{"n": 1}`}},
	}
	_, got := slotOf(t, read(t, ask(t, Handler(cfg), "GET", "/")))
	want := settings{
		Endpoint:             "/api/graphql",
		SubscriptionEndpoint: "/api/live",
		Headers:              map[string]string{"X-Bkapi-Authorization": `{"bk_app_code":"demo"}`},
		Examples:             []exampleJSON{{Title: "One", Query: "query One { a }", Variables: `{"n": 1}`}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestEmptyConfigurationHasDefaults(t *testing.T) {
	t.Parallel()
	raw, got := slotOf(t, read(t, ask(t, Handler(Config{}), "GET", "/")))
	if got.Endpoint != DefaultEndpoint {
		t.Errorf("endpoint is %q", got.Endpoint)
	}
	if strings.Contains(raw, "null") {
		t.Errorf("the page iterates over these, so null would break it: %s", raw)
	}
}

func TestNoValueLeavesItsPlace(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		`</script><script>alert(1)</script>`,
		`</SCRIPT >`,
		`<!--<script>`,
		`-->]]>`,
		`{}`,
		`"\`,
		"line\u2028separator\u2029",
		"&lt;/script&gt;",
		slot + "{}",
	} {
		cfg := Config{
			Endpoint:             evil,
			SubscriptionEndpoint: evil,
			Headers:              map[string]string{evil: evil},
			Examples:             []Example{{Title: evil, Query: evil, Variables: evil}},
		}
		html := read(t, ask(t, Handler(cfg), "GET", "/"))
		raw, got := slotOf(t, html)
		if strings.ContainsAny(raw, "<>&\u2028\u2029") {
			t.Errorf("%q: not escaped in %s", evil, raw)
		}
		if got.Endpoint != evil || got.Headers[evil] != evil || got.Examples[0] != (exampleJSON{evil, evil, evil}) {
			t.Errorf("%q: arrives as %+v", evil, got)
		}
		plain := read(t, ask(t, Handler(Config{}), "GET", "/"))
		if a, b := strings.Count(html, "<"), strings.Count(plain, "<"); a != b {
			t.Errorf("%q: the page has %d tags, without the value %d", evil, a, b)
		}
	}
}

func TestPageLoadsOnlyWhatIsServedHere(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	html := read(t, ask(t, h, "GET", "/"))
	if at := strings.Index(html, "//"); at >= 0 {
		t.Errorf("the page names another host: %.80s", html[at:])
	}
	loaded := links(html)
	if len(loaded) < 3 {
		t.Fatalf("found only %v, want script, style and icon", loaded)
	}
	for _, link := range loaded {
		if res := ask(t, h, "GET", strings.TrimPrefix(link, ".")); res.StatusCode != 200 {
			t.Errorf("%s: status %d", link, res.StatusCode)
		}
	}
}
