package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheNextMigrationIsWritten goes from an empty folder to one that a migration of one
// dialect took something from.
func TestTheNextMigrationIsWritten(t *testing.T) {
	t.Parallel()
	server := os.Getenv("TEST_DATABASE_URL")
	if server == "" {
		t.Skip("no PostgreSQL: TEST_DATABASE_URL is not set; scripts/postgres run go test ./... sets it")
	}
	folder := t.TempDir()
	generate := func(name string) string {
		t.Helper()
		var out strings.Builder
		if err := run(t.Context(), folder, name, server, &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	read := func(name string) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if said := generate("everything"); strings.Count(said, "read and commit") != 2 {
		t.Errorf("said %q", said)
	}
	for _, dialect := range dialects {
		made := read(dialect.name + "/0001_everything.sql")
		if !strings.Contains(made, "WHERE state IN ('FINISHED', 'REVOKED');") {
			t.Errorf("%s: conditions are not in the words of ent/schema", dialect.name)
		}
		if strings.Contains(made, "+goose Down") {
			t.Errorf("%s: there is a way back", dialect.name)
		}
	}
	if said := generate("again"); said != "nothing has changed\n" {
		t.Errorf("said %q", said)
	}

	edit := filepath.Join(folder, "postgres", "0002_by_hand.sql")
	if err := os.WriteFile(edit, []byte("-- +goose Up\nDROP INDEX \"tokens_digest_key\";\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), folder, "back", server, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a file without a checksum: %v", err)
	}
	if err := writeSums(folder); err != nil {
		t.Fatal(err)
	}
	if said := generate("back"); !strings.HasSuffix(said, "/postgres/0003_back.sql\n") {
		t.Errorf("said %q", said)
	}
	if made := read("postgres/0003_back.sql"); !strings.Contains(made, `CREATE UNIQUE INDEX "tokens_digest_key" ON "tokens" ("digest");`) {
		t.Errorf("wrote %s", made)
	}
	if made := read("sqlite/0003_back.sql"); strings.Contains(made, ";") {
		t.Errorf("wrote %s", made)
	}
}

func TestAMigrationNeedsAName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "Add owner", "../x", "1st"} {
		if err := run(t.Context(), t.TempDir(), name, "unused", &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "name") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := run(t.Context(), t.TempDir(), "fine", "", &strings.Builder{}); err == nil {
		t.Error("compared in no PostgreSQL")
	}
}
