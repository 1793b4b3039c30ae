package dispatch_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/internal/dispatch"
)

// victimEnv makes this test binary a server on the database it names, to be killed.
const victimEnv = "DISPATCH_TEST_VICTIM"

// beVictim is a server that never ends an advance.
func beVictim(dsn string) {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, dsn)
	if err == nil {
		var d *dispatch.Dispatcher
		if d, err = dispatch.New(pool, slog.New(slog.DiscardHandler), dispatch.Options{ID: "victim"}); err == nil {
			err = d.Start(ctx, func(ctx context.Context, taskID int) (*time.Time, error) {
				fmt.Println("advance", taskID)
				<-ctx.Done()
				return nil, ctx.Err()
			})
		}
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("started")
	time.Sleep(5 * time.Minute) // its test ends it long before
}

// victim starts a server in a process of its own. Lines are what it tells.
func victim(t *testing.T, dsn string) (kill func(), lines <-chan string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+dsn)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 100)
	go func() {
		defer close(told)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			told <- scan.Text()
		}
	}()
	kill = func() {
		_ = cmd.Process.Kill() // SIGKILL: nothing is handed back
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	return kill, told
}

func hear(t *testing.T, lines <-chan string, want string) {
	t.Helper()
	select {
	case line := <-lines:
		if line != want {
			t.Fatalf("the victim told %q, want %q", line, want)
		}
	case <-time.After(deadline):
		t.Fatalf("the victim did not tell %q", want)
	}
}
