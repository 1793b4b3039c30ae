// Package scripts tests the scripts of this folder as people run them. It must not
// know how the program is made: scripts start other things beside it.
package scripts

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	script = "./postgres"
	// patience bounds every wait; starting a server takes a second or two.
	patience = 60 * time.Second
	// wordVariable turns the test binary into a command that the script runs.
	wordVariable = "SCRIPTS_TEST_COMMAND"
)

func TestMain(m *testing.M) {
	if word := os.Getenv(wordVariable); word != "" {
		os.Exit(command(word))
	}
	os.Exit(m.Run())
}

// command is what the script runs in these tests. It tells of the server on its
// standard output and does what the word says.
func command(word string) int {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, err := ask(ctx, os.Getenv("TEST_DATABASE_URL"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("%d %s %s %s\n", os.Getpid(), found.address, found.folder, found.fsync)
	switch word {
	case "exit 7":
		return 7
	case "wait":
		<-ctx.Done() // a signal comes first
	}
	return 0
}

// about is what a server says of itself.
type about struct{ address, folder, fsync string }

func ask(ctx context.Context, url string) (about, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return about{}, err
	}
	defer func() { _ = conn.Close(ctx) }() // it has answered by then
	a := about{address: fmt.Sprintf("%s:%d", conn.Config().Host, conn.Config().Port)}
	err = conn.QueryRow(ctx, `SELECT current_setting('data_directory'), current_setting('fsync')`).Scan(&a.folder, &a.fsync)
	return a, err
}

// needBinaries skips where no PostgreSQL is installed. In CI that is a failure: it
// has a step that installs one.
func needBinaries(t *testing.T) {
	t.Helper()
	if out, err := exec.Command(script, "bin").CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v: %s", err, out)
		}
		t.Skipf("needs PostgreSQL: %s", out)
	}
}

// running is a script that runs this binary as its command.
type running struct {
	cmd    *exec.Cmd
	pid    int // of the command
	found  about
	stderr strings.Builder
	rest   io.Reader
}

// runCommand starts "run" and waits until its command has connected.
func runCommand(t *testing.T, word string, flags ...string) *running {
	t.Helper()
	needBinaries(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &running{cmd: exec.CommandContext(t.Context(), script, append(flags, "run", self)...)}
	r.cmd.Env = append(os.Environ(), wordVariable+"="+word, "PGPORT=1", "PGDATA=/nowhere")
	r.cmd.Stderr = &r.stderr
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	line, err := reader.ReadString('\n')
	if err != nil {
		_ = r.cmd.Wait() // stderr says more
		t.Fatalf("the command said nothing: %v\n%s", err, &r.stderr)
	}
	if _, err := fmt.Sscanf(line, "%d %s %s %s", &r.pid, &r.found.address, &r.found.folder, &r.found.fsync); err != nil {
		t.Fatalf("the command said %q: %v", line, err)
	}
	r.rest = reader
	return r
}

// wait returns the exit code of the script, -1 after a signal that it cannot catch.
// What it wrote to ends when nobody holds it any more: so the keeper of the server is
// waited for, too.
func (r *running) wait(t *testing.T) int {
	t.Helper()
	if _, err := io.Copy(io.Discard, r.rest); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := r.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return r.cmd.ProcessState.ExitCode()
}

// gone expects that neither the server nor its files are there.
func gone(t *testing.T, found about) {
	t.Helper()
	if _, err := os.Stat(filepath.Dir(found.folder)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", found.folder, err)
	}
	if conn, err := net.DialTimeout("tcp", found.address, time.Second); err == nil {
		_ = conn.Close()
		t.Errorf("something still listens on %s", found.address)
	}
}

func TestRunRemovesWhatItMade(t *testing.T) {
	t.Parallel()
	signalTo := func(s syscall.Signal) func(*running) error {
		return func(r *running) error { return r.cmd.Process.Signal(s) }
	}
	cases := []struct {
		name, word string
		flags      []string
		then       func(*running) error
		code       int
		fsync      string
	}{
		{name: "command ends well", word: "end", fsync: "off"},
		{name: "command fails", word: "exit 7", code: 7, fsync: "off"},
		{name: "durable", word: "end", flags: []string{"--durable"}, fsync: "on"},
		{name: "script is told to end", word: "wait", then: signalTo(syscall.SIGTERM), code: 128 + 15, fsync: "off"},
		{name: "script is interrupted", word: "wait", then: signalTo(syscall.SIGINT), code: 128 + 2, fsync: "off"},
		{
			name: "command is killed", word: "wait", code: 128 + 9, fsync: "off",
			then: func(r *running) error { return syscall.Kill(r.pid, syscall.SIGKILL) },
		},
		{
			name: "script is killed", word: "wait", code: -1, fsync: "off",
			then: func(r *running) error {
				return errors.Join(r.cmd.Process.Kill(), syscall.Kill(r.pid, syscall.SIGKILL))
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := runCommand(t, c.word, c.flags...)
			if r.found.fsync != c.fsync {
				t.Errorf("fsync is %s", r.found.fsync)
			}
			if c.then != nil {
				if err := c.then(r); err != nil {
					t.Fatal(err)
				}
			}
			if code := r.wait(t); code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, &r.stderr)
			}
			gone(t, r.found)
		})
	}
}

func TestStartStaysUntilStop(t *testing.T) {
	t.Parallel()
	needBinaries(t)
	dir := filepath.Join(t.TempDir(), "server")
	// An ordinary user must be able to reach it.
	if err := os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o711); err != nil {
		t.Fatal(err)
	}
	url, code := output(t, "start", dir)
	if code != 0 {
		t.Fatalf("start: exit code %d: %s", code, url)
	}
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			_ = exec.Command(script, "stop", dir).Run() // the test has failed already
		}
	})
	found, err := ask(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if text, code := output(t, "start", dir); code != 1 || !strings.Contains(text, "is not empty") {
		t.Errorf("a second start: exit code %d: %s", code, text)
	}
	if text, code := output(t, "stop", dir); code != 0 {
		t.Fatalf("stop: exit code %d: %s", code, text)
	}
	stopped = true
	gone(t, found)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	mine := t.TempDir()
	if err := os.WriteFile(filepath.Join(mine, "letter"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		args   []string
		needs  bool
		env    string
		code   int
		expect string
	}{
		{name: "no word", code: 2, expect: "usage:"},
		{name: "unknown word", args: []string{"restart"}, code: 2, expect: "usage:"},
		{name: "nothing to run", args: []string{"run"}, code: 2, expect: "usage:"},
		{name: "stop what is not ours", args: []string{"stop", mine}, needs: true, code: 1, expect: "holds no server of ours"},
		{name: "start over what is there", args: []string{"start", mine}, needs: true, code: 1, expect: "is not empty"},
		{name: "follow nothing", args: []string{"standby", filepath.Join(mine, "new")}, code: 2, expect: "usage:"},
		{name: "follow what is not ours", args: []string{"standby", filepath.Join(mine, "new"), mine}, needs: true, code: 1, expect: "holds no server of ours"},
		{name: "no binaries", args: []string{"run", "true"}, env: "PGBIN=/nowhere", code: 1, expect: "apt-get install postgresql"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.needs {
				needBinaries(t)
			}
			cmd := exec.CommandContext(t.Context(), script, c.args...)
			cmd.Env = append(os.Environ(), c.env)
			text, _ := cmd.CombinedOutput() // the exit code is looked at
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(text), c.expect) {
				t.Errorf("exit code %d, want %d and %q: %s", code, c.code, c.expect, text)
			}
			if _, err := os.Stat(filepath.Join(mine, "letter")); err != nil {
				t.Error(err)
			}
		})
	}
}

// output runs the script and returns what it wrote, and its exit code.
func output(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), script, args...)
	text, _ := cmd.CombinedOutput() // the exit code is returned
	return strings.TrimSpace(string(text)), cmd.ProcessState.ExitCode()
}
