package read

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/app"
	"rehearse.dev/internal/store/storetest"
)

// shaky is the driver of a replica that fails as it is told.
type shaky struct {
	dialect.Driver
	asked atomic.Int64
	fail  error
	hang  bool
	cut   error // after the first row
}

func (s *shaky) Query(ctx context.Context, query string, args, v any) error {
	s.asked.Add(1)
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.fail != nil {
		return s.fail
	}
	if err := s.Driver.Query(ctx, query, args, v); err != nil || s.cut == nil {
		return err
	}
	rows := v.(*sql.Rows)
	rows.ColumnScanner = &cutRows{ColumnScanner: rows.ColumnScanner, err: s.cut}
	return nil
}

type cutRows struct {
	sql.ColumnScanner
	read int
	err  error
}

func (c *cutRows) Next() bool { c.read++; return c.read <= 1 && c.ColumnScanner.Next() }
func (c *cutRows) Err() error { return c.err }

// pair is a primary and a replica that hold differing applications.
type pair struct {
	client  *ent.Client
	driver  *replicated
	replica *shaky
	clock   time.Time
	log     bytes.Buffer
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{clock: time.Unix(0, 0)}
	drivers := map[string]dialect.Driver{}
	for _, name := range []string{"primary", "replica"} {
		s := storetest.NewFile(t) // what fails here is made up
		for i := range 3 {
			if err := s.Write.App.Create().SetCode(fmt.Sprint(name, i)).SetSecretDigest([]byte("x")).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		drivers[name] = s.ReadDriver()
	}
	p.replica = &shaky{Driver: drivers["replica"]}
	client, driver := WithReplica(drivers["primary"], p.replica, slog.New(slog.NewTextHandler(&p.log, nil)))
	p.client, p.driver = client, driver.(*replicated)
	p.driver.now = func() time.Time { return p.clock }
	return p
}

// read tells which database answered, by our own statements and by Ent's.
func (p *pair) read(ctx context.Context) (string, error) {
	r := New(p.client, p.driver, nil, nil, nil)
	own, err := scan(ctx, r.rows, r.selectFrom(app.Table, []string{app.FieldCode}), func(s *string) []any { return []any{s} })
	if err != nil {
		return "", err
	}
	rows, err := p.client.App.Query().All(ctx)
	if err != nil {
		return "", err
	}
	if len(own) != 3 || len(rows) != 3 {
		return "", fmt.Errorf("%d and %d rows", len(own), len(rows))
	}
	from := func(code string) string { return strings.TrimRight(code, "012") }
	if from(*own[0]) != from(rows[0].Code) {
		return "both", nil
	}
	return from(*own[0]), nil
}

func (p *pair) reads(ctx context.Context, t *testing.T, want string) {
	t.Helper()
	if got, err := p.read(ctx); got != want || err != nil {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestOnlyMarkedReadsGoToTheReplica(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.reads(t.Context(), t, "primary")
	p.reads(FromReplica(t.Context()), t, "replica")
	p.reads(FromPrimary(FromReplica(t.Context())), t, "primary")
	p.reads(context.WithoutCancel(FromReplica(t.Context())), t, "replica")
	if p.log.Len() > 0 {
		t.Error(p.log.String())
	}
}

// state is an error of PostgreSQL.
type state string

func (s state) Error() string    { return "state " + string(s) }
func (s state) SQLState() string { return string(s) }

func TestThePrimaryAnswersForAReplicaThatDoesNot(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*pair){
		"not connected":             func(p *pair) { p.replica.fail = errors.New("connection refused") },
		"shut down":                 func(p *pair) { p.replica.fail = state("57P01") },
		"starting":                  func(p *pair) { p.replica.fail = fmt.Errorf("connect: %w", state("57P03")) },
		"full":                      func(p *pair) { p.replica.fail = state("53300") },
		"gives way to the primary":  func(p *pair) { p.replica.fail = state("40001") },
		"behind a migration":        func(p *pair) { p.replica.fail = state("42703") },
		"silent":                    func(p *pair) { p.replica.hang, p.driver.patience = true, time.Millisecond },
		"cut in the middle of rows": func(p *pair) { p.replica.cut = errors.New("unexpected EOF") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			change(p)
			p.reads(FromReplica(t.Context()), t, "primary")
			if n := p.replica.asked.Load(); n != 1 {
				t.Errorf("asked %d times for one operation", n)
			}
			if n := strings.Count(p.log.String(), "does not answer"); n != 1 {
				t.Errorf("%d lines: %s", n, p.log.String())
			}
		})
	}
}

func TestAnErrorInTheStatementIsTheAnswer(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.replica.fail = state("22P02")
	if _, err := p.read(FromReplica(t.Context())); !errors.Is(err, p.replica.fail) {
		t.Error(err)
	}
	p.replica.fail, p.replica.cut = nil, state("22012")
	if _, err := p.read(FromReplica(t.Context())); !errors.Is(err, p.replica.cut) {
		t.Error(err)
	}
	p.replica.cut = nil
	p.reads(FromReplica(t.Context()), t, "replica")
}

func TestOneWhoHasGoneSaysNothingAboutTheReplica(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.replica.hang = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.read(FromReplica(ctx)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	p.replica.hang = false
	p.reads(FromReplica(t.Context()), t, "replica")
}

func TestAReplicaIsTriedByOneAfterEachPause(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.replica.fail = errors.New("connection refused")
	for range 3 * int(time.Minute/time.Second) {
		for range 10 {
			p.reads(FromReplica(t.Context()), t, "primary")
		}
		p.clock = p.clock.Add(time.Second)
	}
	if n := p.replica.asked.Load(); n != int64(3*time.Minute/replicaPause) {
		t.Errorf("asked %d times in three minutes", n)
	}
	if n := strings.Count(p.log.String(), "does not answer"); n != 3 {
		t.Errorf("%d lines in three minutes", n)
	}
	p.replica.fail = nil
	p.clock = p.clock.Add(replicaPause)
	began := FromReplica(t.Context())
	p.driver.mu.Lock()
	p.driver.until = p.clock.Add(time.Second)
	p.driver.mu.Unlock()
	p.reads(began, t, "primary") // another one tries meanwhile
	p.clock = p.clock.Add(time.Second)
	p.reads(FromReplica(t.Context()), t, "replica")
	p.reads(FromReplica(t.Context()), t, "replica")
	p.reads(began, t, "primary") // what began there stays there
	if n := strings.Count(p.log.String(), "answers again"); n != 1 {
		t.Errorf("%d lines about its return", n)
	}
}
