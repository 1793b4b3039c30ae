package check

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience bounds every wait; one that succeeds takes a few seconds at most.
const patience = time.Minute

// nobody is the user of the image.
const nobody = 10001

// newDatabase makes an empty database and returns its URL.
func newDatabase(t *testing.T, name string) string {
	t.Helper()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Skip("no PostgreSQL: TEST_DATABASE_URL is not set; scripts/postgres run sets it")
	}
	name = fmt.Sprintf("deploy_%s_%d", name, os.Getpid())
	admin := func(text string) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		conn, err := pgx.Connect(ctx, server)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }() // what was asked is done
		_, err = conn.Exec(ctx, text)
		return err
	}
	if err := admin("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// on is the call with another database and key, and with ports that are free.
func (c call) on(database string) call {
	c.env = maps.Clone(c.env)
	for name, value := range map[string]string{
		"REHEARSE_DB": database, "REHEARSE_KEY": dotEnv["REHEARSE_KEY"],
		"REHEARSE_ADDR": "127.0.0.1:0", "REHEARSE_METRICS_ADDR": "127.0.0.1:0",
	} {
		if _, there := c.env[name]; there {
			c.env[name] = value
		}
	}
	return c
}

// command is the call as the container makes it: nothing else in the environment, from
// the root folder, and as the image's user where the test may become somebody else.
func (c call) command() *exec.Cmd {
	cmd := exec.Command(program, c.args...)
	cmd.Dir, cmd.Env = "/", []string{}
	for name, value := range c.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// server is a running "serve".
type server struct {
	cmd   *exec.Cmd
	port  string
	ended chan struct{}

	mu  sync.Mutex
	log bytes.Buffer
}

// serve starts the call and waits until it serves.
func serve(t *testing.T, c call) *server {
	t.Helper()
	s := &server{cmd: c.command(), ended: make(chan struct{})}
	out, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan string, 1)
	go func() {
		defer close(s.ended)
		s.read(out, serving)
		_ = s.cmd.Wait() // its ProcessState tells
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have ended
		<-s.ended
		if t.Failed() {
			t.Logf("%s\n%s", c.from, &s.log)
		}
	})
	select {
	case addr := <-serving:
		_, s.port, _ = strings.Cut(addr, ":")
	case <-s.ended:
		t.Fatal("it does not serve")
	case <-time.After(patience):
		t.Fatal("it still does not serve")
	}
	return s
}

// read keeps the log, in the form that the examples ask for, and tells its address.
func (s *server) read(out io.Reader, serving chan<- string) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var line struct{ Msg, Addr string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			serving <- line.Addr
		}
		s.mu.Lock()
		_, _ = fmt.Fprintln(&s.log, lines.Text()) // never fails
		s.mu.Unlock()
	}
}

// stop asks it to end and expects that it does in the time that the example gives.
func (s *server) stop(t *testing.T, grace time.Duration) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.ended:
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(grace):
		t.Errorf("it did not end within %v", grace)
	}
}

// mustEnd runs a call to its end.
func mustEnd(t *testing.T, c call) {
	t.Helper()
	cmd := c.command()
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", c.from, err, text)
	}
}

func mustRefuse(t *testing.T, c call, says string) {
	t.Helper()
	text, err := c.command().CombinedOutput()
	if err == nil || !strings.Contains(string(text), says) {
		t.Errorf("%s: %v, no %q: %s", c.from, err, says, text)
	}
}

func TestComposeRuns(t *testing.T) {
	t.Parallel()
	text, database := read(t, composeFile), newDatabase(t, "compose")
	calls, err := composeCalls(text)
	if err != nil {
		t.Fatal(err)
	}
	migrate, serving := calls[0].on(database), calls[1].on(database)
	mustRefuse(t, serving, "rehearse migrate")
	mustEnd(t, migrate)
	mustEnd(t, migrate)
	project, err := loadCompose(text, dotEnv)
	if err != nil {
		t.Fatal(err)
	}
	service := project.Services["server"]
	first, second := serve(t, serving), serve(t, serving)
	healthy := func(s *server) error {
		test := service.HealthCheck.Test[1:] // after CMD
		args := make([]string, len(test))
		for i, word := range test {
			args[i] = strings.ReplaceAll(word, "/127.0.0.1/8080", "/127.0.0.1/"+s.port)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return exec.CommandContext(ctx, args[0], args[1:]...).Run()
	}
	for _, s := range []*server{first, second} {
		if err := healthy(s); err != nil {
			t.Errorf("the health check of a server that is ready: %v", err)
		}
	}
	first.stop(t, time.Duration(*service.StopGracePeriod))
	if healthy(first) == nil {
		t.Error("a server that has ended passes its health check")
	}
	if err := healthy(second); err != nil {
		t.Errorf("the other server: %v", err)
	}
	second.stop(t, time.Duration(*service.StopGracePeriod))
}

func TestKubernetesRuns(t *testing.T) {
	t.Parallel()
	text, database := read(t, kubernetesFile), newDatabase(t, "kubernetes")
	calls, err := kubernetesCalls(text)
	if err != nil {
		t.Fatal(err)
	}
	c, err := decodeCluster(text)
	if err != nil {
		t.Fatal(err)
	}
	mustEnd(t, calls[0].on(database))
	unchanged := calls[1].on(database)
	unchanged.env["REHEARSE_KEY"] = calls[1].env["REHEARSE_KEY"]
	mustRefuse(t, unchanged, "REHEARSE_KEY")
	s := serve(t, calls[1].on(database))
	pod := c.deployments[0].Spec.Template.Spec
	for _, path := range []string{pod.Containers[0].ReadinessProbe.HTTPGet.Path, pod.Containers[0].LivenessProbe.HTTPGet.Path} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+s.port+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close() // its status says it all
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	s.stop(t, time.Duration(*pod.TerminationGracePeriodSeconds)*time.Second)
}
