package e2e

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// postgres is a PostgreSQL server of a story's own, which it may kill.
type postgres struct{ dir, url string }

// newPrimary starts a server that others can follow.
func newPrimary(t *testing.T) *postgres {
	t.Helper()
	if os.Getenv("TEST_DATABASE_URL") == "" {
		t.Skip("no PostgreSQL: TEST_DATABASE_URL is not set; scripts/postgres run go test ./... sets it")
	}
	return startPostgres(t, func(dir string) []string { return []string{"--durable", "start", dir} })
}

// follow starts a server that repeats what this one does.
func (p *postgres) follow(t *testing.T) *postgres {
	t.Helper()
	return startPostgres(t, func(dir string) []string { return []string{"standby", dir, p.dir} })
}

// startPostgres runs scripts/postgres with what words makes of the server's folder. The
// end of the test ends the server.
func startPostgres(t *testing.T, words func(dir string) []string) *postgres {
	t.Helper()
	const script = "../scripts/postgres"
	p := &postgres{dir: filepath.Join(t.TempDir(), "postgres")}
	// The server may run as another user, who must be able to come here.
	if err := os.Chmod(filepath.Dir(filepath.Dir(p.dir)), 0o711); err != nil { //nolint:gosec // passing through is meant
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if said, err := os.ReadFile(filepath.Join(p.dir, "log")); err == nil && t.Failed() {
			t.Logf("PostgreSQL in %s said:\n%s", p.dir, said[max(0, len(said)-4000):])
		}
		_ = exec.Command(script, "stop", p.dir).Run() // it may not have started
	})
	var said bytes.Buffer
	starting := exec.CommandContext(t.Context(), script, words(p.dir)...)
	starting.Stderr = &said
	out, err := starting.Output()
	if err != nil {
		t.Fatalf("start PostgreSQL: %v: %s", err, &said)
	}
	p.url = strings.TrimSpace(string(out))
	return p
}

// leave has a standby hear no more from its primary, once it knows what is there by now.
func (p *postgres) leave(t *testing.T, primary *postgres) {
	t.Helper()
	last := primary.ask(t, "SELECT pg_current_wal_lsn()")
	eventually(t, "the standby knows what is there", func() bool {
		return p.ask(t, "SELECT pg_last_wal_replay_lsn() >= '"+last+"'") == "t"
	})
	p.ask(t, "ALTER SYSTEM SET primary_conninfo = ''")
	p.ask(t, "SELECT pg_reload_conf()")
	eventually(t, "the standby hears no more", func() bool {
		return p.ask(t, "SELECT count(*) FROM pg_stat_wal_receiver") == "0"
	})
}

// promote makes a primary of a standby.
func (p *postgres) promote(t *testing.T) {
	t.Helper()
	p.ask(t, "SELECT pg_promote(wait => false)")
	eventually(t, "the standby is promoted", func() bool { return p.ask(t, "SELECT pg_is_in_recovery()") == "f" })
}

// or is the URL of whichever of the two takes writes.
func (p *postgres) or(t *testing.T, other *postgres) string {
	t.Helper()
	mine, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := url.Parse(other.url)
	if err != nil {
		t.Fatal(err)
	}
	mine.Host += "," + theirs.Host
	return mine.String() + "&target_session_attrs=read-write"
}

// ask runs a statement and returns what it gives, as text.
func (p *postgres) ask(t *testing.T, statement string) (answer string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := pgx.Connect(ctx, p.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	rows, err := c.Query(ctx, statement, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	for rows.Next() {
		answer = string(rows.RawValues()[0])
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return answer
}

// kill kills the server, and with it what it has started.
func (p *postgres) kill(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || pid <= 1 {
		t.Fatalf("the server's process is %q", first)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
