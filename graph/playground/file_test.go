package playground

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// paths lists the embedded files by URL path.
func paths() []string { return slices.Sorted(maps.Keys(embedded())) }

func TestSizeBudget(t *testing.T) {
	t.Parallel()
	const budget = 4 << 20 // the same number as in web/pack.mjs
	var total int64
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.Contains(name, ".map") {
			t.Errorf("%s: a source map", name)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		total += info.Size()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if total >= budget || total < 500_000 {
		t.Errorf("%d bytes are embedded, want a whole page in less than %d", total, budget)
	}
}

func TestFilesHaveTypeAndLifetime(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	hashed := regexp.MustCompile(`^/assets/.+-[A-Za-z0-9_-]{8}\.[a-z]+$`)
	want := map[string]string{
		".js":  "text/javascript; charset=utf-8",
		".css": "text/css; charset=utf-8",
		".svg": "image/svg+xml",
		".ttf": "font/ttf",
		".md":  "text/plain; charset=utf-8",
	}
	seen := map[string]bool{}
	for _, name := range paths() {
		res := ask(t, h, "GET", name)
		seen[path.Ext(name)] = true
		if got := res.Header.Get("Content-Type"); got == "" || got != want[path.Ext(name)] {
			t.Errorf("%s: Content-Type is %q", name, got)
		}
		lifetime := "private, no-cache"
		if hashed.MatchString(name) {
			lifetime = "public, max-age=31536000, immutable"
		}
		if got := res.Header.Get("Cache-Control"); got != lifetime {
			t.Errorf("%s: Cache-Control is %q, want %q", name, got, lifetime)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("the build has the kinds %v, want exactly those of %v", seen, want)
	}
}

func TestEveryFormHoldsTheSameContent(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	for _, name := range append(paths(), "/") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain := form(t, h, name, "")
			if len(plain) == 0 {
				t.Fatal("empty")
			}
			for _, enc := range []string{"br", "gzip"} {
				if !bytes.Equal(form(t, h, name, enc), plain) {
					t.Errorf("%s differs from the plain form", enc)
				}
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	name := paths()[0]
	tags := map[string]string{}
	for _, enc := range []string{"", "br", "gzip"} {
		tag := ask(t, h, "GET", name, "Accept-Encoding", enc).Header.Get("ETag")
		if other, dup := tags[tag]; dup || !strings.HasPrefix(tag, `"`) {
			t.Errorf("form %q has the tag %s, form %q too", enc, tag, other)
		}
		tags[tag] = enc
		res := ask(t, h, "GET", name, "Accept-Encoding", enc, "If-None-Match", tag)
		if res.StatusCode != 304 || read(t, res) != "" {
			t.Errorf("form %q with its own tag: status %d, want 304 without a body", enc, res.StatusCode)
		}
	}
	for tag, enc := range tags {
		if enc == "br" {
			continue
		}
		if res := ask(t, h, "GET", name, "Accept-Encoding", "br", "If-None-Match", tag); res.StatusCode != 200 {
			t.Errorf("the tag of form %q answers for br: status %d", enc, res.StatusCode)
		}
	}
}

func TestAnotherConfigurationIsAnotherPage(t *testing.T) {
	t.Parallel()
	tag := ask(t, Handler(Config{}), "GET", "/").Header.Get("ETag")
	if again := ask(t, Handler(Config{}), "GET", "/").Header.Get("ETag"); again != tag {
		t.Errorf("the same page has the tags %s and %s", tag, again)
	}
	other := Handler(Config{Headers: map[string]string{"X-A": "b"}})
	if res := ask(t, other, "GET", "/", "If-None-Match", tag); res.StatusCode != 200 {
		t.Errorf("status %d: a stale page would keep an old credential", res.StatusCode)
	}
}

// Scripts and styles contain many addresses as text, such as the SVG namespace
// and links in messages; what must not occur is code that loads from one.
func TestNoFileLoadsFromAnotherHost(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	// Only the bytes before an address are matched: a pattern over the whole of
	// 6 MB takes half a minute under the race detector.
	loads := regexp.MustCompile("(?:\\bimport ?\\(?|\\bfrom ?|importScripts\\(|Worker\\(|@import |url\\()[\"'`]?(?:https?:)?$")
	for _, name := range paths() {
		if ext := path.Ext(name); ext != ".js" && ext != ".css" && ext != ".svg" {
			continue
		}
		body := form(t, h, name, "")
		for at := 0; ; at += 2 {
			next := bytes.Index(body[at:], []byte("//"))
			if next < 0 {
				break
			}
			at += next
			if before := body[max(0, at-30):at]; loads.Match(before) {
				t.Errorf("%s: %s%.40s", name, before, body[at:])
			}
		}
	}
}

// form fetches name in the coding enc, checks the headers that belong to it
// and returns the decoded body.
func form(t *testing.T, h http.Handler, name, enc string) []byte {
	t.Helper()
	res := ask(t, h, "GET", name, "Accept-Encoding", enc)
	if res.StatusCode != 200 || res.Header.Get("Content-Encoding") != enc {
		t.Fatalf("%s: status %d, Content-Encoding %q, want 200 and %q", name, res.StatusCode, res.Header.Get("Content-Encoding"), enc)
	}
	body := []byte(read(t, res))
	if int64(len(body)) != res.ContentLength {
		t.Errorf("%s as %q: Content-Length %d, body %d", name, enc, res.ContentLength, len(body))
	}
	var src io.Reader = bytes.NewReader(body)
	switch enc {
	case "br":
		src = brotli.NewReader(src)
	case "gzip":
		zr, err := gzip.NewReader(src)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		src = zr
	}
	out, err := io.ReadAll(src)
	if err != nil {
		t.Fatalf("%s as %q: %v", name, enc, err)
	}
	return out
}
