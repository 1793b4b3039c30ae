package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"rehearse.dev/internal/app"
	"rehearse.dev/internal/store/storetest"
)

// TestMain lets the benchmark start this program as a server, as main does.
func TestMain(m *testing.M) {
	if os.Getenv(servesVariable) != "" {
		os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// onPostgres is a tiny run of the scenarios on PostgreSQL.
func onPostgres(t *testing.T) options {
	t.Helper()
	if !storetest.OnPostgres() {
		t.Skipf("no PostgreSQL: %s is not set", storetest.Variable)
	}
	o := tiny(t)
	o.postgres, o.only = os.Getenv(storetest.Variable), strings.Join(clusterNames, ",")
	return o
}

func TestRunReportsEveryScenarioOnPostgreSQL(t *testing.T) {
	t.Parallel()
	o := onPostgres(t)
	var out bytes.Buffer
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, &out)
	}
	for _, want := range []string{
		"\nPostgreSQL: server_version ", "\npgrun: ", "\npgcrowd: ", "\npgcreate: ", "\npglist: ", "3 servers", "no NOTIFY",
		"SQLite, 1 server", "raw, pipelined", " waits for PostgreSQL in a request", " connections\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, &out)
		}
	}
}

func TestRunRefusesScenariosThatHaveNoPostgreSQL(t *testing.T) {
	t.Parallel()
	o := tiny(t)
	o.only = "list,pgrun"
	if err := run(t.Context(), o, io.Discard); err == nil || !strings.Contains(err.Error(), "pgrun") {
		t.Errorf("it gives %v", err)
	}
}

// A task that is made and started at once costs PostgreSQL so many round trips whatever
// the machine does, and each raw transaction writes what the server writes.
func TestTasksOnPostgreSQLStayWithinTheirRoundTrips(t *testing.T) {
	t.Parallel()
	if !storetest.OnPostgres() {
		t.Skipf("no PostgreSQL: %s is not set", storetest.Variable)
	}
	ctx := t.Context()
	o := &site{}
	dsn := storetest.Postgres(t)
	key := filepath.Join(t.TempDir(), "servers.key")
	if err := os.WriteFile(key, []byte(random(32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var through string
	var err error
	if o.turns, through, err = newTurns(ctx, dsn); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.turns.close() }()
	if o.world, err = openWorld(ctx, app.Database{DB: through, KeyFile: key}, pageSize); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := o.world.close(); err != nil {
			t.Error(err)
		}
	}()
	if o.chain, err = o.newChain(ctx, shortLength); err != nil {
		t.Fatal(err)
	}
	r, err := o.request(createQuery, o.chain.input)
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.price(ctx, r, func(n int) int { return n })
	if err != nil {
		t.Fatal(err)
	}
	const most = 6 // 5, and one for ids now and then
	if p.turns == 0 || p.turns > most {
		t.Errorf("%d round trips, want 1 to %d, for:\n%s", p.turns, most, strings.Join(p.texts, "\n"))
	}
	equalRows(ctx, t, o.world, o.chain, dsn)
}

// equalRows compares what raw transactions write with what the server has written.
func equalRows(ctx context.Context, t *testing.T, w *world, c *chain, dsn string) {
	t.Helper()
	db, err := pgxpool.New(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id, err := w.createChain(ctx, c, true)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := newRawTask(ctx, db, id, ranTables...)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*rawTask{"one by one": raw, "pipelined": raw.pipelined(), "with NOTIFY": raw.notifying()} {
		var made int64
		err := db.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
			made, err = r.write(ctx, conn.Conn())
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := newRawTask(ctx, db, int(made), ranTables...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again.task.args[r.name], again.task.args[r.made] = raw.task.args[r.name], raw.task.args[r.made]
		if !equalArgs(again.task.args, raw.task.args) {
			t.Errorf("%s: the task is %v, want %v", name, again.task.args, raw.task.args)
		}
		for i := range raw.parts {
			if !equalArgs(again.parts[i].args, raw.parts[i].of(made)) {
				t.Errorf("%s: %s has %v, want %v", name, ranTables[i], again.parts[i].args, raw.parts[i].of(made))
			}
		}
	}
}

func equalArgs(a, b []any) bool {
	return slices.EqualFunc(a, b, func(a, b any) bool {
		switch b := b.(type) {
		case []byte:
			got, ok := a.([]byte)
			return ok && bytes.Equal(got, b)
		case time.Time:
			got, ok := a.(time.Time)
			return ok && got.Equal(b)
		default:
			return a == b
		}
	})
}

func TestInsertRowsNumbersItsPlaces(t *testing.T) {
	t.Parallel()
	got := insertRows("t", []string{"a", "b"}, 2)
	if want := "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	p := part{columns: []string{"task_id", "a"}, args: []any{1, "x", 1, "y"}}
	if got, want := p.of(7), []any{int64(7), "x", int64(7), "y"}; !slices.Equal(got, want) || p.args[0] != 1 {
		t.Errorf("%v of %v, want %v", got, p.args, want)
	}
}

func TestStatOfAProcess(t *testing.T) {
	t.Parallel()
	tail := " 0 0 0 -1 0 0 0 0 0 11 2 30 4 20 0 1 0 500 0"
	for name, row := range map[string]struct {
		line string
		want stat
		ok   bool
	}{
		"plain":    {"17 (postgres) S 4" + tail, stat{"postgres", 4, 13 * tick, 34 * tick}, true},
		"brackets": {"17 (a (b) c) R 1" + tail, stat{"a (b) c", 1, 13 * tick, 34 * tick}, true},
		"cut off":  {"17 (postgres) S 4 0 0", stat{}, false},
		"no name":  {"", stat{}, false},
		"words":    {"17 (postgres) S four" + tail, stat{}, false},
	} {
		if got, ok := parseStat(row.line); got != row.want || ok != row.ok {
			t.Errorf("%s: %+v, %v, want %+v", name, got, ok, row.want)
		}
	}
	if s, ok := readStat(os.Getpid()); ok && s.parent != os.Getppid() {
		t.Errorf("the parent of this process is %d, want %d", s.parent, os.Getppid())
	}
}

func TestTurnsCountAnswersAndChangeNothing(t *testing.T) {
	t.Parallel()
	message := func(kind byte, body string) string {
		return string([]byte{kind, 0, 0, byte((len(body) + 4) >> 8), byte(len(body) + 4)}) + body
	}
	sent := message('1', "") + message('D', strings.Repeat("Z", 9000)) + message('C', "INSERT 0 1\x00") + message(ready, "T") + message(ready, "I")
	near, far := net.Pipe()
	turns, out := &turns{}, &bytes.Buffer{}
	go func() {
		_, _ = io.WriteString(far, sent)
		_ = far.Close()
	}()
	if err := turns.answers(out, near); !errors.Is(err, io.EOF) {
		t.Errorf("it ended with %v", err)
	}
	if out.String() != sent || turns.count.Load() != 2 {
		t.Errorf("%d answers in %d bytes, want 2 in %d", turns.count.Load(), out.Len(), len(sent))
	}
}
