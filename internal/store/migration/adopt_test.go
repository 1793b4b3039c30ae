package migration

import (
	"strings"
	"testing"

	"entgo.io/ent/dialect"
)

func TestAFileFromBeforeVersionsIsAdopted(t *testing.T) {
	t.Parallel()
	db := newFile(t)
	if err := autoMigrate(t.Context(), dialect.SQLite, db, nil); err != nil {
		t.Fatal(err)
	}
	exec(t, db,
		"INSERT INTO apps (create_time, code, secret_digest) VALUES ('2026-01-01', 'a', x'00')",
		"INSERT INTO spaces (create_time, name, app_id) VALUES ('2026-01-01', 's', 1)",
		// What releases of the past left: Ent never dropped an index.
		"CREATE INDEX task_is_deleted_create_time ON tasks (is_deleted, create_time)",
		"CREATE TABLE _litestream_seq (id integer)")
	m := SQLite(db)
	miss := wantKind(t, m.Check(t.Context()), Older)
	if !strings.Contains(miss.Error(), "before its schema had versions: run `rehearse migrate") {
		t.Errorf("says %q", miss)
	}
	steps := up(t, m)
	if !steps[0].Adopted || steps[0].String() != "1 initial: the tables were there" {
		t.Errorf("applied %v", steps)
	}
	if err := m.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if left, err := texts(t.Context(), db, "SELECT name FROM sqlite_master WHERE name = 'task_is_deleted_create_time'"); err != nil || left != nil {
		t.Errorf("left %v, %v", left, err)
	}
	exec(t, db, "INSERT INTO spaces (create_time, name, app_id) VALUES ('2026-01-01', 't', 1)")
	if ids, err := numbers(t.Context(), db, "SELECT id FROM spaces ORDER BY id"); err != nil || len(ids) != 2 || ids[1] != 21474836482 {
		t.Errorf("ids %v, %v", ids, err)
	}
}

func TestAFileWithOtherTablesIsNotAdopted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ change, says string }{
		"Column":    {"ALTER TABLE tasks DROP COLUMN was_revoked", "column tasks.was_revoked is missing"},
		"More":      {"ALTER TABLE tasks ADD COLUMN mood text", "column tasks.mood is too much"},
		"Index":     {"DROP INDEX noderun_task_id_node_id_number", "index node_runs.noderun_task_id_node_id_number is missing"},
		"Unique":    {"CREATE UNIQUE INDEX one_name ON tasks (name)", "index tasks.one_name is too much"},
		"Table":     {"DROP TABLE tree_infos", "table tree_infos is missing"},
		"Ids":       {"UPDATE sqlite_sequence SET seq = 5 WHERE name = 'tasks'", `ids tasks is "from 0" and not "from 30064771072"`},
		"Trigger":   {"CREATE TRIGGER t AFTER DELETE ON apps BEGIN SELECT 1; END", "trigger t is too much"},
		"Condition": {"DROP INDEX taskrun_wake_at; CREATE INDEX taskrun_wake_at ON task_runs (wake_at)", "index task_runs.taskrun_wake_at is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newFile(t)
			if err := autoMigrate(t.Context(), dialect.SQLite, db, nil); err != nil {
				t.Fatal(err)
			}
			exec(t, db, test.change)
			miss := wantKind(t, SQLite(db).Up(t.Context(), nil), Changed)
			if !strings.Contains(miss.Error(), test.says) || !strings.Contains(miss.Error(), "commit "+lastByItself) {
				t.Errorf("says %q", miss)
			}
			if now, err := SQLite(db).look(t.Context(), db); err != nil || now.versioned {
				t.Errorf("the file was changed: %v, %v", now, err)
			}
		})
	}
}
