package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"rehearse.dev/internal/web"
)

var long = strings.Repeat(`{"id": "1", "name": "a name"}, `, 100)

// answering writes a body with these headers, as a whole.
func answering(status int, body string, header map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		for name, value := range header {
			w.Header().Set(name, value)
			if value == "" {
				w.Header().Del(name)
			}
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func ask(t *testing.T, h http.Handler, method, encodings string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	if encodings != "" {
		r.Header.Set("Accept-Encoding", encodings)
	}
	w := httptest.NewRecorder()
	web.Compress(h).ServeHTTP(w, r)
	return w.Result()
}

func unpack(t *testing.T, res *http.Response) string {
	t.Helper()
	var from io.Reader = res.Body
	var err error
	switch res.Header.Get("Content-Encoding") {
	case "br":
		from = brotli.NewReader(from)
	case "gzip":
		from, err = gzip.NewReader(from)
	case "zstd":
		from, err = zstd.NewReader(from)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAnswersAreCompressedAsTheClientPrefers(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{
		"": "", "identity": "", "deflate": "", "gzip": "gzip", "br": "br", "zstd": "zstd",
		"gzip, deflate, br, zstd": "zstd", "gzip;q=1, zstd;q=0.5": "gzip", "gzip;q=0": "", "*": "zstd",
	} {
		for range 3 { // writers are used again
			res := ask(t, answering(http.StatusOK, long, nil), http.MethodGet, accept)
			if got := res.Header.Get("Content-Encoding"); got != want {
				t.Errorf("%q: %q, want %q", accept, got, want)
			}
			if got := res.Header.Get("Vary"); got != "Accept-Encoding" {
				t.Errorf("%q: Vary is %q", accept, got)
			}
			if length := res.Header.Get("Content-Length"); (length == "") != (want != "") {
				t.Errorf("%q: Content-Length is %q", accept, length)
			}
			if got := unpack(t, res); got != long {
				t.Errorf("%q: %q", accept, got)
			}
		}
	}
}

func TestSomeAnswersAreLeftAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		status int
		body   string
		header map[string]string
		vary   bool
	}{
		"short":             {200, long[:1023], nil, true},
		"of unknown length": {200, long, map[string]string{"Content-Length": ""}, true},
		"encoded":           {200, long, map[string]string{"Content-Encoding": "x"}, false},
		"a stream":          {200, long, map[string]string{"Content-Type": "text/event-stream"}, false},
		"an image":          {200, long, map[string]string{"Content-Type": "image/png"}, false},
		"of no type":        {200, long, map[string]string{"Content-Type": ""}, false},
		"a part":            {206, long, nil, true},
		"kept as it is":     {200, long, map[string]string{"Cache-Control": "public, no-transform"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := ask(t, answering(row.status, row.body, row.header), http.MethodGet, "gzip, br")
			if got := res.Header.Get("Content-Encoding"); got != row.header["Content-Encoding"] {
				t.Errorf("Content-Encoding is %q", got)
			}
			if got := res.Header.Get("Vary") != ""; got != row.vary {
				t.Errorf("Vary is %q", res.Header.Get("Vary"))
			}
			text, err := io.ReadAll(res.Body)
			if err != nil || string(text) != row.body {
				t.Errorf("%d bytes, %v", len(text), err)
			}
		})
	}
}

func TestErrorsAreCompressedToo(t *testing.T) {
	t.Parallel()
	res := ask(t, answering(http.StatusBadRequest, long, nil), http.MethodPost, "br")
	if res.StatusCode != http.StatusBadRequest || unpack(t, res) != long || res.Header.Get("Content-Encoding") != "br" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}

func TestTagsOfCompressedAnswersAreWeak(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]string{"": `"x"`, "gzip": `W/"x"`} {
		res := ask(t, answering(http.StatusOK, long, map[string]string{"ETag": `"x"`}), http.MethodGet, accept)
		if got := res.Header.Get("ETag"); got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

func TestHEADTellsWhatGETWouldSend(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(web.Compress(answering(http.StatusOK, long, nil)))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "zstd")
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.Header.Get("Content-Encoding") != "zstd" || res.ContentLength > 0 {
		t.Errorf("%v, length %d", res.Header, res.ContentLength)
	}
}

func TestEventsLeaveAtOnce(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	server := httptest.NewServer(web.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "event: one\n\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-next
		_, _ = io.WriteString(w, "event: two\n\n")
	})))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip, br, zstd")
	res, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	one := make([]byte, len("event: one\n\n"))
	if _, err := io.ReadFull(res.Body, one); err != nil {
		t.Fatal(err)
	}
	close(next)
	rest, err := io.ReadAll(res.Body)
	if err != nil || string(one)+string(rest) != "event: one\n\nevent: two\n\n" {
		t.Errorf("%q %q %v", one, rest, err)
	}
}

// A cut-off answer must not look whole.
func TestAPanicLeavesTheAnswerBroken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(web.Compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(long)))
		_, _ = io.WriteString(w, long[:1000])
		panic(http.ErrAbortHandler)
	})))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := server.Client().Do(r)
	if err == nil {
		defer func() { _ = res.Body.Close() }()
		_, err = io.Copy(io.Discard, res.Body)
	}
	if err == nil {
		t.Error("the answer ended as if it were whole")
	}
}

func BenchmarkCompress(b *testing.B) {
	body := strings.Repeat(long, 10) // 31 KB
	h := web.Compress(answering(http.StatusOK, body, nil))
	for _, coding := range []string{"identity", "gzip", "br", "zstd"} {
		b.Run(coding, func(b *testing.B) {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/", nil)
			r.Header.Set("Accept-Encoding", coding)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				w := httptest.NewRecorder()
				w.Body = bytes.NewBuffer(nil)
				h.ServeHTTP(w, r)
			}
		})
	}
}
