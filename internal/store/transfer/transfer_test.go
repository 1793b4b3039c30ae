package transfer_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/ent/migrate"
	"rehearse.dev/internal/store"
	"rehearse.dev/internal/store/backup"
	"rehearse.dev/internal/store/migration"
	"rehearse.dev/internal/store/storetest"
	"rehearse.dev/internal/store/transfer"
)

func TestEveryRowMovesAsItIs(t *testing.T) {
	t.Parallel()
	url, from := target(t), filled(t, 60)
	want := dumpFile(t, from)
	var told []string
	moved, err := transfer.Run(t.Context(), transfer.Options{From: from, To: url, Moved: func(m transfer.Table) { told = append(told, m.Name) }})
	if err != nil {
		t.Fatal(err)
	}
	got := dumpCluster(t, url)
	for _, table := range migrate.Tables {
		if len(want[table.Name]) < 20 {
			t.Errorf("only %d rows of %s to move", len(want[table.Name]), table.Name)
		}
		if !slices.Equal(got[table.Name], want[table.Name]) {
			for i, row := range want[table.Name] {
				if i >= len(got[table.Name]) || got[table.Name][i] != row {
					t.Errorf("%s: row %d of %d is not %s but\n%v", table.Name, i, len(got[table.Name]), row, got[table.Name][min(i, len(got[table.Name])-1)])
					break
				}
			}
		}
	}
	if len(moved) != len(migrate.Tables) || len(told) != len(moved) {
		t.Errorf("%d tables, %d told of, want %d", len(moved), len(told), len(migrate.Tables))
	}
	for _, m := range moved {
		if int(m.Rows) != len(want[m.Name]) {
			t.Errorf("%s: %d rows are told, want %d", m.Name, m.Rows, len(want[m.Name]))
		}
	}
	if after := dumpFile(t, from); !maps.EqualFunc(after, want, slices.Equal[[]string]) {
		t.Error("the source has changed")
	}
	var again *transfer.NotEmptyError
	if _, err := transfer.Run(t.Context(), transfer.Options{From: from, To: url}); !errors.As(err, &again) {
		t.Errorf("a second time: %v", err)
	}
}

// Ids of rows that were deleted do not come back, and those of the next rows are what
// they would have been.
func TestNumberingGoesOn(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(t *testing.T) string{
		"Filled": func(t *testing.T) string { t.Helper(); return filled(t, 30) },
		"Empty": func(t *testing.T) string {
			t.Helper()
			db, path := sourceFile(t)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			return path
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, from := target(t), make(t)
			if _, err := transfer.Run(t.Context(), transfer.Options{From: from, To: url}); err != nil {
				t.Fatal(err)
			}
			var ids [2][2]int
			for i, name := range []string{from, url} {
				s := storetest.Open(t, name)
				app := s.Write.App.Create().SetCode("next").SetSecretDigest([]byte("d")).SaveX(t.Context())
				ids[i] = [2]int{app.ID, s.Write.Space.Create().SetApp(app).SetName("next").SaveX(t.Context()).ID}
			}
			if ids[0] != ids[1] {
				t.Errorf("the next ids are %v here and %v there", ids[0], ids[1])
			}
		})
	}
}

func TestAReferenceIsThereOrComesLater(t *testing.T) {
	t.Parallel()
	tables, later, err := transfer.Order()
	if err != nil {
		t.Fatal(err)
	}
	put := map[string]bool{}
	cycles := 0
	for i, table := range tables {
		for _, key := range table.ForeignKeys {
			for _, c := range key.Columns {
				switch {
				case put[key.RefTable.Name]:
				case slices.Contains(later[i], c) && c.Nullable:
					cycles++
				default:
					t.Errorf("%s.%s refers to %s, which is not there yet", table.Name, c.Name, key.RefTable.Name)
				}
			}
		}
		put[table.Name] = true
	}
	if len(put) != len(migrate.Tables) || cycles != 2 { // templates to their versions
		t.Errorf("%d tables of %d, %d references come later", len(put), len(migrate.Tables), cycles)
	}
}

// What fails leaves the target empty, and the next try succeeds.
func TestAMoveThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	from := filled(t, 20)
	for name, test := range map[string]struct {
		harm  string // before
		cut   bool   // while rows are sent
		want  string
		after string
	}{
		"Cut": {cut: true, want: "move "},
		"Changed": {
			harm: `CREATE FUNCTION harm() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = NEW.name || ''x''; RETURN NEW; END';
				CREATE TRIGGER harm BEFORE INSERT ON spaces FOR EACH ROW EXECUTE FUNCTION harm()`,
			want: "spaces came as", after: "DROP TRIGGER harm ON spaces",
		},
		"Lost": {
			harm: `CREATE FUNCTION harm() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
				CREATE TRIGGER harm BEFORE INSERT ON task_calls FOR EACH ROW EXECUTE FUNCTION harm()`,
			want: "task_calls came as 0 rows", after: "DROP TRIGGER harm ON task_calls",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := target(t)
			conn, harmed := connect(t, url), filledCopy(t, from)
			if _, err := conn.Exec(t.Context(), test.harm); err != nil {
				t.Fatal(err)
			}
			cut := func(m transfer.Table) {
				if !test.cut || m.Name != "tasks" {
					return
				}
				_, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rehearse copy'")
				if err != nil {
					t.Error(err)
				}
			}
			_, err := transfer.Run(t.Context(), transfer.Options{From: harmed, To: url, Moved: cut})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%v, want %s", err, test.want)
			}
			nothing(t, url)
			if _, err := conn.Exec(t.Context(), test.after); err != nil {
				t.Fatal(err)
			}
			if _, err := transfer.Run(t.Context(), transfer.Options{From: harmed, To: url}); err != nil {
				t.Errorf("the next try: %v", err)
			}
		})
	}
}

func filledCopy(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir() + "/copy.db"
	if _, err := backup.Make(t.Context(), backup.Options{From: from, To: to}); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestAMoveIsRefused(t *testing.T) {
	t.Parallel()
	from := filled(t, 5)
	t.Run("InUse", func(t *testing.T) {
		t.Parallel()
		path, url := filledCopy(t, from), target(t)
		s := storetest.Open(t, path)
		if _, err := transfer.Run(t.Context(), transfer.Options{From: path, To: url}); !errors.Is(err, backup.ErrInUse) {
			t.Errorf("%v, want that it is in use", err)
		}
		if err := s.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		nothing(t, url)
	})
	t.Run("NoSchema", func(t *testing.T) {
		t.Parallel()
		url := target(t)
		conn := connect(t, url)
		if _, err := conn.Exec(t.Context(), "CREATE SCHEMA bare"); err != nil {
			t.Fatal(err)
		}
		var miss *migration.MismatchError
		_, err := transfer.Run(t.Context(), transfer.Options{From: from, To: url + "&search_path=bare"})
		if !errors.As(err, &miss) || miss.Kind != migration.Empty {
			t.Errorf("%v, want that it has no schema", err)
		}
	})
	t.Run("OtherSchema", func(t *testing.T) {
		t.Parallel()
		db, path := sourceFile(t)
		if _, err := db.Exec("DELETE FROM schema_versions"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var miss *migration.MismatchError
		if _, err := transfer.Run(t.Context(), transfer.Options{From: path, To: "postgres://127.0.0.1:1/none"}); !errors.As(err, &miss) {
			t.Errorf("%v, want that it has another schema", err)
		}
	})
	t.Run("BadURL", func(t *testing.T) {
		t.Parallel()
		for _, url := range []string{"postgres://me:hidden-word@host:port/x", "postgres://me:hidden-word@127.0.0.1:1/x?connect_timeout=1"} {
			_, err := transfer.Run(t.Context(), transfer.Options{From: from, To: url})
			if err == nil || strings.Contains(err.Error(), "hidden-word") {
				t.Errorf("%s: %v", url, err)
			}
		}
	})
}

// Whoever moves keeps servers out, here and there.
func TestNobodyWritesMeanwhile(t *testing.T) {
	t.Parallel()
	from, url := filled(t, 5), target(t)
	looked := false
	_, err := transfer.Run(t.Context(), transfer.Options{From: from, To: url, Moved: func(transfer.Table) {
		if looked {
			return
		}
		looked = true
		if s, err := store.Open(t.Context(), store.Options{DSN: from}); err == nil {
			t.Error("a server can open the source meanwhile")
			_ = s.Close()
		}
		conn := connect(t, url)
		if _, err := conn.Exec(t.Context(), "SET lock_timeout = '50ms'; INSERT INTO apps (create_time, code, secret_digest) VALUES (now(), 'c', '')"); err == nil {
			t.Error("a server can write to the target meanwhile")
		}
	}})
	if err != nil || !looked {
		t.Error(looked, err)
	}
}
