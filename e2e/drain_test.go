package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slow is a request whose body is half sent.
type slow struct {
	conn net.Conn
	in   *bufio.Reader
	rest string
}

// sendSlowly sends half of a request and returns when the server is reading its
// body: a server answers "Expect: 100-continue" at that moment and not before.
func sendSlowly(t *testing.T, s *server, body string) *slow {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	half := len(body) / 2
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Bkapi-Authorization: %s\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", strings.TrimPrefix(s.url, "http://"), s.header, len(body))
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := in.ReadString('\n'); err != nil { // the empty line
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, body[:half]); err != nil {
		t.Fatal(err)
	}
	return &slow{conn: conn, in: in, rest: body[half:]}
}

// finish sends the rest and reads the answer.
func (s *slow) finish(t *testing.T) answer {
	t.Helper()
	if _, err := io.WriteString(s.conn, s.rest); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(s.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Close {
		t.Error("the server keeps the connection")
	}
	return answer{status: res.StatusCode, header: res.Header, body: string(raw)}
}

// large is a request of about a megabyte that makes a task.
func large(t *testing.T, s *server) string {
	t.Helper()
	input := refund(templateID(t, s, "refund an order"), "slow")
	input["customSpanAttributes"] = map[string]any{"note": "x"}
	body := request(`mutation ($input: CreateMockTaskInput!) { createMockTask(input: $input) { task { id } userErrors { message } } }`,
		map[string]any{"input": input})
	return "{" + strings.Repeat(" ", 1<<20) + body[1:] // a document of that length is refused
}

func TestTheFirstSignalDrains(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s := serve(t, t.TempDir(), nil, "--dev")
			if a := send(t, "GET", s.url+"/readyz", ""); a.status != 200 {
				t.Fatalf("ready: %d", a.status)
			}
			running := sendSlowly(t, s, large(t, s))
			s.signal(t, signal)
			s.err.match(t, `msg=draining`)
			if a := send(t, "GET", s.url+"/readyz", ""); a.status != 503 || !strings.Contains(a.body, "draining") {
				t.Errorf("ready while draining: %d %s", a.status, a.body)
			}
			if a := send(t, "GET", s.url+"/healthz", ""); a.status != 200 {
				t.Errorf("alive while draining: %d", a.status)
			}
			a := running.finish(t)
			if a.status != 200 || !strings.Contains(a.body, `"userErrors":[]`) {
				t.Errorf("status %d: %s", a.status, a.body)
			}
			if code := s.wait(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
			absent(t, s.dir+"/rehearse.db-wal") // closed in good order
			if got := list(t, serve(t, s.dir, nil, "--dev")); len(got) != 1 || got[0].Name != "slow" {
				t.Errorf("tasks %+v", got)
			}
		})
	}
}

func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil, "--dev")
	sendSlowly(t, s, large(t, s))
	s.signal(t, syscall.SIGTERM)
	s.err.match(t, `msg=draining`)
	asked := time.Now()
	s.signal(t, syscall.SIGINT)
	if code := s.wait(t); code != -1 {
		t.Errorf("exit code %d, want the end by the signal", code)
	}
	if took := time.Since(asked); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
	if got := list(t, serve(t, s.dir, nil, "--dev")); len(got) != 0 {
		t.Errorf("the request that was cut off made %+v", got)
	}
}
