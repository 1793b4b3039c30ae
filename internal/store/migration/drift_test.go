package migration

import (
	"context"
	"database/sql"
	"io/fs"
	"strings"
	"testing"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5/stdlib"
)

// TestMigratingMakesWhatEntWould holds the files to ent/schema: whoever changes it runs
// the generator in diff.
func TestMigratingMakesWhatEntWould(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		byFiles, byEnt := newFile(t), newFile(t)
		up(t, SQLite(byFiles))
		sameTables(t, dialect.SQLite, byFiles, byEnt, readSQLite)
		var would strings.Builder
		if err := autoMigrate(t.Context(), dialect.SQLite, byFiles, &would); err != nil {
			t.Fatal(err)
		}
		if would.Len() > 0 {
			t.Errorf("Ent would still change:\n%s", &would)
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		byFiles, byEnt := newDatabase(t), newDatabase(t)
		up(t, Postgres(byFiles))
		files, ent := stdlib.OpenDBFromPool(byFiles), stdlib.OpenDBFromPool(byEnt)
		defer func() { _, _ = files.Close(), ent.Close() }()
		sameTables(t, dialect.Postgres, files, ent, readPostgres)
	})
}

func sameTables(t *testing.T, d string, byFiles, byEnt *sql.DB, read func(context.Context, querier) (catalogue, error)) {
	t.Helper()
	if err := autoMigrate(t.Context(), d, byEnt, nil); err != nil {
		t.Fatal(err)
	}
	want, err := read(t.Context(), byEnt)
	if err != nil {
		t.Fatal(err)
	}
	have, err := read(t.Context(), byFiles)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"table tasks", "column tasks.name", "ids tasks", "index tasks.task_finish_time"} {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is not looked at", name)
		}
	}
	for _, d := range want.compare(have) {
		t.Error(d.text)
	}
}

// TestDriftIsNamed changes one thing each in a database that was right.
func TestDriftIsNamed(t *testing.T) {
	t.Parallel()
	type row struct{ change, says string }
	inPostgres := map[string]row{}
	for name, test := range map[string]struct{ sqlite, postgres row }{
		"IndexIsMissing": {
			row{"DROP INDEX tokens_digest_key", "index tokens.tokens_digest_key is missing"},
			row{"DROP INDEX tokens_digest_key", "index tokens.tokens_digest_key is missing"},
		},
		"IndexHasAnotherCondition": {
			row{"DROP INDEX task_key_id; CREATE INDEX task_key_id ON tasks (key_id) WHERE key_id IS NOT NULL", `index tasks.task_key_id is "key_id BINARY WHERE key_id IS NOT NULL"`},
			row{"DROP INDEX task_key_id; CREATE INDEX task_key_id ON tasks (key_id) WHERE key_id IS NOT NULL", "index tasks.task_key_id is "},
		},
		"IndexIsNotUnique": {
			row{"DROP INDEX mockpreset_one_default; CREATE INDEX mockpreset_one_default ON mock_presets (template_id, node_id) WHERE is_default", "index mock_presets.mockpreset_one_default is "},
			row{"DROP INDEX mockpreset_one_default; CREATE INDEX mockpreset_one_default ON mock_presets (template_id, node_id) WHERE is_default", "index mock_presets.mockpreset_one_default is "},
		},
		"ColumnIsMissing": {
			row{"ALTER TABLE tasks DROP COLUMN was_revoked", "column tasks.was_revoked is missing"},
			row{"ALTER TABLE tasks DROP COLUMN was_revoked", "column tasks.was_revoked is missing"},
		},
		"ColumnIsNew": {
			row{"ALTER TABLE tasks ADD COLUMN mood text NOT NULL DEFAULT 'good'", "column tasks.mood is too much"},
			row{"ALTER TABLE tasks ADD COLUMN mood text NOT NULL DEFAULT 'good'", "column tasks.mood is too much"},
		},
		"TableIsMissing": {
			row{"DROP TABLE tree_infos", "table tree_infos is missing"},
			row{"DROP TABLE tree_infos", "table tree_infos is missing"},
		},
		"IdsStartElsewhere": {
			row{"DELETE FROM sqlite_sequence WHERE name = 'tasks'", `ids tasks is "from 0" and not "from 30064771072"`},
			row{"ALTER TABLE tasks ALTER COLUMN id SET START WITH 7", `ids tasks is "from 7 by 1`},
		},
		"ReferenceIsMissing": {
			row{"PRAGMA writable_schema=1; UPDATE sqlite_master SET sql = replace(sql, 'REFERENCES `apps` (`id`) ON DELETE NO ACTION', 'REFERENCES `apps` (`id`) ON DELETE CASCADE') WHERE name = 'spaces'; PRAGMA writable_schema=RESET", "reference spaces.app_id is "},
			row{"ALTER TABLE spaces DROP CONSTRAINT spaces_apps_spaces", "constraint spaces.spaces_apps_spaces is missing"},
		},
		"Default": {
			row{"ALTER TABLE tokens DROP COLUMN permission; ALTER TABLE tokens ADD COLUMN permission text NOT NULL DEFAULT 'VIEW'", "column tokens.permission is "},
			row{"ALTER TABLE apps ALTER COLUMN superuser SET DEFAULT true", "column apps.superuser is "},
		},
		"Order": {
			row{"DROP INDEX template_create_time; CREATE INDEX template_create_time ON templates (create_time DESC) WHERE NOT is_deleted", "index templates.template_create_time is "},
			row{`ALTER TABLE tasks ALTER COLUMN name TYPE varchar COLLATE "default"`, "column tasks.name is "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newFile(t)
			up(t, SQLite(db))
			wantDrift(t, db, test.sqlite.change, test.sqlite.says, readSQLite)
		})
		inPostgres[name] = test.postgres
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		pool := newDatabase(t)
		up(t, Postgres(pool))
		db := stdlib.OpenDBFromPool(pool)
		defer func() { _ = db.Close() }()
		for name, test := range inPostgres { // of one database, which is dear to make
			t.Run(name, func(t *testing.T) {
				tx, err := db.BeginTx(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = tx.Rollback() }()
				wantDrift(t, tx, test.change, test.says, readPostgres)
			})
		}
	})
}

// session is a pool or a transaction.
type session interface {
	querier
	execer
}

func wantDrift(t *testing.T, db session, change, says string, read func(context.Context, querier) (catalogue, error)) {
	t.Helper()
	want, err := read(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, change)
	have, err := read(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	found := want.compare(have)
	for _, d := range found {
		if strings.Contains(d.text, says) {
			return
		}
	}
	t.Errorf("found %v, want %s", found, says)
}

// TestCommittedMigrationsNeverChange: databases have them already. Atlas keeps the sums;
// write a new migration instead.
func TestCommittedMigrationsNeverChange(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"sqlite", "postgres"} {
		dir, err := migrate.NewLocalDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		if err := migrate.Validate(dir); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

func TestMigrationsFollowTheRules(t *testing.T) {
	t.Parallel()
	for _, d := range []string{dialect.SQLite, dialect.Postgres} {
		source := embedded(d)
		for i, f := range source.files {
			if f.version != int64(i)+1 {
				t.Errorf("%s: %s follows version %d", d, f.path, i)
			}
			text, err := fs.ReadFile(source, f.path)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(text), "-- +goose Up\n") {
				t.Errorf("%s: %s does not begin with the words that goose looks for", d, f.path)
			}
			if strings.Contains(string(text), "NO TRANSACTION") {
				t.Errorf("%s: %s is no transaction, so it cannot be cut off", d, f.path)
			}
		}
		if names, err := fs.Glob(source, "*"); err != nil || len(names) != len(source.files) {
			t.Errorf("%s: of the files %v only %d count", d, names, len(source.files))
		}
	}
	for i, f := range embedded(dialect.SQLite).files {
		if other := embedded(dialect.Postgres).files; i >= len(other) || other[i].path != f.path {
			t.Errorf("%s is not there for both dialects", f.path)
		}
	}
	if a, b := Latest(dialect.SQLite), Latest(dialect.Postgres); a != b {
		t.Errorf("%d and %d migrations", a, b)
	}
	if Latest("mysql") != 0 {
		t.Error("there are migrations for a dialect that is not served")
	}
}
