package migration_test

import (
	"testing"

	"entgo.io/ent/dialect"

	"rehearse.dev/internal/store/migration"
)

func TestSumTellsSchemasApart(t *testing.T) {
	t.Parallel()
	file, cluster := migration.Sum(dialect.SQLite), migration.Sum(dialect.Postgres)
	if len(file) != 64 || file == cluster || file == migration.Sum("none") {
		t.Errorf("SQLite has %q, PostgreSQL %q, nobody %q", file, cluster, migration.Sum("none"))
	}
	if again := migration.Sum(dialect.Postgres); again != cluster {
		t.Errorf("%q, then %q", cluster, again)
	}
}
