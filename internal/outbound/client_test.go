package outbound_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"rehearse.dev/internal/outbound"
)

// target is a server that tests call.
type target struct{ url, port string }

func (s target) client(t *testing.T) *outbound.Client {
	return outbound.New(outbound.Config{Policy: policy(t, []string{"127.0.0.1:" + s.port}, nil), MaxBody: 1000, Timeout: 10 * time.Second})
}

func serving(t *testing.T, h http.HandlerFunc) target {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return target{server.URL, u.Port()}
}

func counting(t *testing.T) (target, *atomic.Int64) {
	var calls atomic.Int64
	return serving(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		_, _ = io.WriteString(w, "ok")
	}), &calls
}

// answering is a resolver that gives these addresses for every name, one after the
// other, the last one for ever.
func answering(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 512)
		asked := 0
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			ip := netip.MustParseAddr(addresses[min(asked/2, len(addresses)-1)]) // each name is asked for A and AAAA
			asked++
			_, _ = conn.WriteTo(dnsAnswer(buffer[:n], ip), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// dnsAnswer answers one question: with the address when its kind was asked for.
func dnsAnswer(query []byte, ip netip.Addr) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	kind := binary.BigEndian.Uint16(query[end+1:])
	out := append([]byte{}, query[:end+5]...)
	out[2], out[3] = 0x81, 0x80
	binary.BigEndian.PutUint16(out[6:], 0)
	binary.BigEndian.PutUint16(out[8:], 0)
	binary.BigEndian.PutUint16(out[10:], 0)
	raw := ip.AsSlice()
	if kind == 1 && len(raw) == 4 || kind == 28 && len(raw) == 16 {
		binary.BigEndian.PutUint16(out[6:], 1)
		out = append(out, 0xc0, 12, 0, byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(raw)))
		out = append(out, raw...)
	}
	return out
}

func TestCallIsSentAsItIs(t *testing.T) {
	t.Parallel()
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.URL, r.Header.Get("X-A"), r.Header.Get("Accept-Encoding"), body)
	})
	answer, err := s.client(t).Do(t.Context(), outbound.Request{
		Method: "POST", URL: s.url + "/p?q=1#f", Header: http.Header{"X-A": {"v"}}, Body: []byte("hello"),
	})
	if err != nil || answer.Status != http.StatusTeapot || string(answer.Body) != "POST /p?q=1 v identity hello" {
		t.Errorf("%+v, %v", answer, err)
	}
}

// net/http sends a request again when a connection that it has used before is closed
// under it. This server closes every connection after it has read the request.
func TestCallIsSentOnceWhenTheHostHangsUp(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "POST", "PUT", "HEAD", "DELETE"} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		var requests atomic.Int64
		go func() {
			for answered := false; ; answered = true {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
					requests.Add(1)
				}
				if !answered { // the first one leaves a connection that looks good to keep
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
				}
				conn.Close()
			}
		}()
		address := listener.Addr().String()
		c := outbound.New(outbound.Config{Policy: policy(t, []string{address}, nil)})
		r := outbound.Request{Method: method, URL: "http://" + address, Header: http.Header{"Idempotency-Key": {"k"}}}
		if method == "POST" || method == "PUT" {
			r.Body = []byte("x")
		}
		if _, err := c.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		e := refused(t, c, r)
		if e.Rule != outbound.RuleAnswer || !e.Sent || requests.Load() != 2 {
			t.Errorf("%s: %d requests for two calls, %+v", method, requests.Load(), e)
		}
	}
}

func TestRedirectsStayOnTheirHost(t *testing.T) {
	t.Parallel()
	other, calls := counting(t)
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/307":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/302":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/across":
			http.Redirect(w, r, other.url, http.StatusTemporaryRedirect)
		case "/scheme":
			http.Redirect(w, r, "https://"+r.Host+"/end", http.StatusFound)
		case "/user":
			http.Redirect(w, r, "http://u:p@"+r.Host+"/end", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/hostname", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			fmt.Fprintf(w, "%s %q %s %s", r.Method, body, r.Header.Get("X-Bkapi-Authorization"), r.Header.Get("Referer"))
		}
	})
	c := s.client(t)
	post := func(path string) outbound.Request {
		return outbound.Request{Method: "POST", URL: s.url + path + "?secret=1", Header: http.Header{"X-Bkapi-Authorization": {"auth"}}, Body: []byte("b")}
	}
	for path, want := range map[string]string{"/307": `POST "b" auth `, "/302": `GET "" auth `} {
		if answer, err := c.Do(t.Context(), post(path)); err != nil || string(answer.Body) != want {
			t.Errorf("%s: %+v, %v", path, answer, err)
		}
	}
	for _, path := range []string{"/across", "/scheme", "/user", "/file", "/loop"} {
		e := refused(t, c, post(path))
		if e.Rule != outbound.RuleRedirect || !e.Sent || e.Status/100 != 3 || strings.Contains(e.Error(), "secret") {
			t.Errorf("%s: %+v", path, e)
		}
	}
	if calls.Load() != 0 {
		t.Error("a redirect was followed to another host")
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	packed := func(n int) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(bytes.Repeat([]byte("a"), n))
		_ = z.Close()
		return b.Bytes()
	}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fits":
			_, _ = w.Write(bytes.Repeat([]byte("a"), 1000))
		case "/large":
			_, _ = w.Write(bytes.Repeat([]byte("a"), 1001))
		case "/endless":
			for _, err := w.Write(bytes.Repeat([]byte("a"), 4096)); err == nil; {
				_, err = w.Write(bytes.Repeat([]byte("a"), 4096))
			}
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed(1000))
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed(500_000))
		case "/nogzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "plain hidden text")
		case "/br":
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, "x")
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("h", 100<<10))
		case "/slow":
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "a")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}
	})
	c := outbound.New(outbound.Config{Policy: policy(t, []string{"127.0.0.1"}, nil), MaxBody: 1000, Timeout: 2 * time.Second})
	for _, path := range []string{"/fits", "/gzip"} {
		if answer, err := c.Do(t.Context(), outbound.Request{Method: "GET", URL: s.url + path}); err != nil || len(answer.Body) != 1000 {
			t.Errorf("%s: %v", path, err)
		}
	}
	for path, want := range map[string]outbound.Rule{
		"/large": outbound.RuleSize, "/endless": outbound.RuleSize, "/bomb": outbound.RuleSize, "/slow": outbound.RuleTime,
		"/header": outbound.RuleAnswer, "/nogzip": outbound.RuleAnswer, "/br": outbound.RuleAnswer,
	} {
		if e := refused(t, c, outbound.Request{URL: s.url + path}); e.Rule != want || !e.Sent || strings.Contains(e.Error(), "hidden") {
			t.Errorf("%s: %+v", path, e)
		}
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{})
	s := serving(t, func(_ http.ResponseWriter, r *http.Request) {
		close(reached)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	_, err := s.client(t).Do(ctx, outbound.Request{Method: "GET", URL: s.url})
	var e *outbound.Error
	if !errors.As(err, &e) || e.Rule != outbound.RuleTime || !e.Sent {
		t.Errorf("%v", err)
	}
}

func TestFailuresSayWhatFailedAndNothingElse(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	go func() {
		for {
			conn, err := raw.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "SSH-2.0-hidden\r\n\r\n")
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			conn.Close()
		}
	}()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = nil
	t.Cleanup(untrusted.Close)
	c := outbound.New(outbound.Config{Policy: policy(t, []string{"127.0.0.1"}, nil)})
	for url, want := range map[string]outbound.Error{
		"http://" + address + "/?hidden":              {Rule: outbound.RuleConnect},
		"http://" + raw.Addr().String() + "/?hidden":  {Rule: outbound.RuleAnswer, Sent: true},
		untrusted.URL + "/?hidden":                    {Rule: outbound.RuleConnect},
		"https://" + raw.Addr().String() + "/?hidden": {Rule: outbound.RuleConnect},
	} {
		e := refused(t, c, outbound.Request{URL: url})
		if e.Rule != want.Rule || e.Sent != want.Sent || strings.Contains(e.Error(), "hidden") {
			t.Errorf("%s: %+v", url, e)
		}
	}
}
