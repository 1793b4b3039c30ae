package migration

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"entgo.io/ent/dialect"
)

func TestANewFileGetsTheSchema(t *testing.T) {
	t.Parallel()
	m := SQLite(newFile(t))
	wantKind(t, m.Check(t.Context()), Empty)
	steps := up(t, m)
	if len(steps) != len(m.source.files) || steps[len(steps)-1].Version != Latest(dialect.SQLite) {
		t.Errorf("applied %v", steps)
	}
	if steps[0].Name != "initial" || steps[0].Adopted || !strings.HasPrefix(steps[0].String(), "1 initial (") {
		t.Errorf("the first step is %v", steps[0])
	}
	if err := m.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if again := up(t, m); again != nil {
		t.Errorf("applied once more: %v", again)
	}
}

// TestManyMakeOneFile is several processes that find no file and start at once.
func TestManyMakeOneFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rehearse.db")
	source := with(t, dialect.SQLite, map[string]string{
		"0002_count.sql": "INSERT INTO apps (create_time, code, secret_digest, superuser) VALUES ('2026-01-01', 'once', x'00', false);",
	})
	var g errgroup.Group
	for range 8 {
		m := SQLite(openFile(t, path))
		m.source = source
		g.Go(func() error { return m.Up(t.Context(), nil) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	codes, err := texts(t.Context(), openFile(t, path), "SELECT code FROM apps")
	if err != nil || len(codes) != 1 {
		t.Errorf("the second migration was applied %d times, %v", len(codes), err)
	}
}

func TestAFileThatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before []string
		kind   Kind
		text   string
	}{
		"Newer": {
			[]string{"INSERT INTO schema_versions (version_id, is_applied) SELECT max(version_id) + 1, true FROM schema_versions"},
			Newer, "this server is older than its database: upgrade it, or restore a backup",
		},
		"Gap": {
			[]string{"UPDATE schema_versions SET version_id = 7 WHERE version_id = 1"},
			Foreign, "version 7 is noted in schema_versions and version 1 is not",
		},
		"OtherVersions": {
			[]string{"DROP TABLE schema_versions", "CREATE TABLE schema_versions (id integer)"},
			Foreign, "schema_versions of the database is not ours",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newFile(t)
			m := SQLite(db)
			up(t, m)
			exec(t, db, test.before...)
			for _, err := range []error{m.Check(t.Context()), m.Up(t.Context(), nil)} {
				if miss := wantKind(t, err, test.kind); !strings.Contains(miss.Error(), test.text) {
					t.Errorf("says %q", miss)
				}
			}
		})
	}
	t.Run("OtherProgram", func(t *testing.T) {
		t.Parallel()
		db := newFile(t)
		exec(t, db, "CREATE TABLE bookmarks (url text)")
		miss := wantKind(t, SQLite(db).Up(t.Context(), nil), Foreign)
		if !strings.Contains(miss.Error(), "bookmarks") {
			t.Errorf("says %q", miss)
		}
	})
}

// TestATableIsMadeAnewWithItsReferences: the way SQLite changes a column is to copy the
// table, which would empty the references to it if they were on.
func TestATableIsMadeAnewWithItsReferences(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	m := SQLite(db)
	up(t, m)
	exec(t, db,
		"INSERT INTO apps (id, create_time, code, secret_digest) VALUES (1, '2026-01-01', 'a', x'00')",
		"INSERT INTO spaces (create_time, name, app_id) VALUES ('2026-01-01', 's', 1)")
	m.source = with(t, dialect.SQLite, map[string]string{"0002_anew.sql": `
CREATE TABLE new_apps (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, create_time datetime NOT NULL, code text NOT NULL,
  secret_digest blob NOT NULL, superuser bool NOT NULL DEFAULT (false), motto text NULL);
INSERT INTO new_apps (id, create_time, code, secret_digest, superuser) SELECT id, create_time, code, secret_digest, superuser FROM apps;
DROP TABLE apps;
ALTER TABLE new_apps RENAME TO apps;
CREATE UNIQUE INDEX apps_code_key ON apps (code);
`})
	if steps := up(t, m); len(steps) != 1 || steps[0].Name != "anew" {
		t.Fatalf("applied %v", steps)
	}
	found, err := texts(t.Context(), db, "SELECT code FROM spaces JOIN apps ON apps.id = app_id WHERE motto IS NULL")
	if err != nil || len(found) != 1 {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := db.ExecContext(t.Context(), "DELETE FROM apps"); err == nil {
		t.Error("references stayed off")
	}
}

func TestAStepThatBreaksAReferenceIsTakenBack(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	m := SQLite(db)
	up(t, m)
	exec(t, db,
		"INSERT INTO apps (id, create_time, code, secret_digest) VALUES (1, '2026-01-01', 'a', x'00')",
		"INSERT INTO spaces (create_time, name, app_id) VALUES ('2026-01-01', 's', 1)")
	m.source = with(t, dialect.SQLite, map[string]string{"0002_lose.sql": "DELETE FROM apps;"})
	err := m.Up(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "row 21474836481 of spaces refers to a row of apps that is not there") {
		t.Errorf("got %v", err)
	}
	if codes, err := texts(t.Context(), db, "SELECT code FROM apps"); err != nil || len(codes) != 1 {
		t.Errorf("%d apps are left, %v", len(codes), err)
	}
}

// TestASecondRunFinishes: of three steps the last one fails in the middle; nothing of it
// stays, and when it works, it is the only one that is applied.
func TestASecondRunFinishes(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	m := SQLite(db)
	m.source = with(t, dialect.SQLite, map[string]string{
		"0002_good.sql": "CREATE TABLE good (id integer);",
		"0003_bad.sql":  "CREATE TABLE half (id integer);\nSELECT nonsense;",
	})
	err := m.Up(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "migration 0003_bad.sql: ") {
		t.Fatalf("got %v", err)
	}
	miss := wantKind(t, m.Check(t.Context()), Older)
	if miss.Have != 2 || miss.Want != 3 || !strings.Contains(miss.Error(), "has version 2 and this server needs 3: run `rehearse migrate --db …`") {
		t.Errorf("says %q", miss)
	}
	m.source = with(t, dialect.SQLite, map[string]string{
		"0002_good.sql": "CREATE TABLE good (id integer);",
		"0003_bad.sql":  "CREATE TABLE half (id integer);",
	})
	if steps := up(t, m); len(steps) != 1 || steps[0].Version != 3 {
		t.Errorf("applied %v", steps)
	}
}

func TestAFileTakesOneConnection(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	db.SetMaxOpenConns(2)
	if err := SQLite(db).Up(t.Context(), nil); err == nil {
		t.Error("migrated over two connections")
	}
}

// TestAStepMayDoNothing: a change of one dialect takes its number in the other, too.
func TestAStepMayDoNothing(t *testing.T) {
	t.Parallel()
	m := SQLite(newFile(t))
	m.source = with(t, dialect.SQLite, map[string]string{"0002_nothing.sql": "-- nothing: this change is one of the other dialect\n"})
	if steps := up(t, m); len(steps) != 2 || steps[1].Name != "nothing" {
		t.Errorf("applied %v", steps)
	}
	if err := m.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
