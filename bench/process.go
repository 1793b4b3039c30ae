package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"rehearse.dev/internal/app"
)

// servesVariable makes this program the server: what is measured as a process of its own
// is the same build, unless the command line names another one.
const servesVariable = "BENCH_SERVES"

// Times of processes, generous because the machine may be busy.
const (
	startPatience = 60 * time.Second
	stopPatience  = 20 * time.Second
	lookAgain     = 20 * time.Millisecond
)

// process is a server of its own.
type process struct {
	cmd   *exec.Cmd
	addr  string
	ended chan error
}

// startServer starts "serve" for the database and waits until it serves. What it logs
// goes to a file in dir, as a server's log usually does.
func startServer(ctx context.Context, program, dir, name string, db app.Database) (*process, error) {
	log := filepath.Join(dir, name+".log")
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.CommandContext(ctx, program, "serve", "--addr", "127.0.0.1:0"), ended: make(chan error, 1)}
	p.cmd.Env = append(bare(), servesVariable+"=1", "REHEARSE_DB="+db.DB, "REHEARSE_KEY_FILE="+db.KeyFile)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = stopPatience
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	if p.addr, err = p.serving(log); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// bare is the environment without settings of the program.
func bare() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "REHEARSE_") {
			env = append(env, v)
		}
	}
	return env
}

var servingLine = regexp.MustCompile(`msg=serving addr=(\S+)`)

// serving waits for the line of the log that says where the server is.
func (p *process) serving(log string) (addr string, err error) {
	late := time.After(startPatience)
	for {
		text, err := os.ReadFile(log)
		if err != nil {
			return "", err
		}
		if found := servingLine.FindSubmatch(text); found != nil {
			return string(found[1]), nil
		}
		select {
		case err := <-p.ended:
			p.ended <- err
			return "", fmt.Errorf("the server ended: %w: %s", err, bytes.TrimSpace(text))
		case <-late:
			return "", fmt.Errorf("the server does not serve: %s", bytes.TrimSpace(text))
		case <-time.After(lookAgain):
		}
	}
}

// stop asks the server to stop, and ends it when it does not.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case err := <-p.ended:
		p.ended <- err
		return err
	case <-time.After(stopPatience):
		return errors.Join(errors.New("the server did not stop"), p.cmd.Process.Kill())
	}
}
