package e2e

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait; a wait that succeeds takes milliseconds.
const patience = 30 * time.Second

// bare is the environment without settings of the program, plus some.
func bare(settings ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "REHEARSE_") {
			env = append(env, v)
		}
	}
	return append(env, settings...)
}

// result is how a command ended.
type result struct {
	out, err string
	code     int
}

// run runs a command in dir to its end.
func run(t *testing.T, dir string, env []string, args ...string) result {
	t.Helper()
	p := start(t, dir, env, args...)
	code := p.wait(t)
	return result{out: p.out.text(), err: p.err.text(), code: code}
}

// process is a program that this test started.
type process struct {
	cmd      *exec.Cmd
	out, err *lines
	ended    chan struct{}
}

// start starts the program in dir. It is killed when the test is over.
func start(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(program, args...), out: newLines(), err: newLines(), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, bare(env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out.w, p.err.w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // its ProcessState tells
		p.out.close()
		p.err.close()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
		if t.Failed() {
			t.Logf("%s\nstdout:\n%s\nstderr:\n%s", strings.Join(args, " "), p.out.text(), p.err.text())
		}
	})
	return p
}

// wait waits for the end and returns the exit code, -1 after a signal.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatal("the program does not end")
		return 0
	}
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// lines collects what a process writes and tells who waits for a line.
type lines struct {
	w *io.PipeWriter

	mu    sync.Mutex
	all   []string
	more  chan struct{} // closed and made anew with each line
	ended bool
	done  chan struct{}
}

func newLines() *lines {
	r, w := io.Pipe()
	l := &lines{w: w, more: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, 4<<20)
		for scanner.Scan() {
			l.add(scanner.Text(), false)
		}
		l.add("", true)
	}()
	return l
}

func (l *lines) close() {
	_ = l.w.Close() // never fails
	<-l.done
}

func (l *lines) add(line string, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended = ended; !ended {
		l.all = append(l.all, line)
	}
	close(l.more)
	l.more = make(chan struct{})
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n")
}

// match waits for a line that matches and returns its submatches.
func (l *lines) match(t *testing.T, pattern string) []string {
	t.Helper()
	re, late := regexp.MustCompile(pattern), time.After(patience)
	for seen := 0; ; {
		l.mu.Lock()
		fresh, ended, more := l.all[seen:], l.ended, l.more
		l.mu.Unlock()
		for _, line := range fresh {
			if found := re.FindStringSubmatch(line); found != nil {
				return found
			}
		}
		if seen += len(fresh); ended {
			t.Fatalf("no line matches %s in:\n%s", pattern, l.text())
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("still no line matches %s in:\n%s", pattern, l.text())
		}
	}
}

// server is a running "serve".
type server struct {
	*process
	dir, url, header string
}

// serve starts the server on a free port and waits until it serves. With --dev it
// also reads the header that is printed.
func serve(t *testing.T, dir string, env []string, args ...string) *server {
	t.Helper()
	p := start(t, dir, env, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	s := &server{process: p, dir: dir}
	s.url = "http://" + p.err.match(t, `"?msg"?[=:]"?serving"?.*"?addr"?[=:]"?(127\.0\.0\.1:\d+)`)[1]
	for _, a := range args {
		if a == "--dev" {
			s.header = p.out.match(t, `^\s*X-Bkapi-Authorization: (\{.*\})$`)[1]
		}
	}
	return s
}

// stop asks the server to stop and expects that it ends well.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.signal(t, syscall.SIGTERM)
	if code := s.wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// mode returns the permission bits of a file in the server's folder.
func mode(t *testing.T, dir, name string) os.FileMode {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// absent fails if the file is there.
func absent(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there: %v", path, err)
	}
}
