package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/internal/store/storetest"
)

func TestMigrateMakesAFileAndTellsEachStep(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "new.db")
	code, _, errOut := rehearse(t, "migrate", "--check", "--db", file)
	if code != 1 || !strings.Contains(errOut, "--db: the database is empty: run `rehearse migrate --db …`") {
		t.Errorf("%d, %q", code, errOut)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a check made the file")
	}
	code, out, errOut := rehearse(t, "migrate", "--db", file)
	if code != 0 || !strings.HasPrefix(out, "1 initial (") || !strings.HasSuffix(out, ", up to date\n") {
		t.Errorf("%d, %q, %q", code, out, errOut)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	for _, args := range [][]string{{"migrate", "--db", file}, {"migrate", "--check", "--db", file}} {
		if code, out, errOut := rehearse(t, args...); code != 0 || !strings.HasPrefix(out, "version ") {
			t.Errorf("%v: %d, %q, %q", args, code, out, errOut)
		}
	}
}

func TestMigrateRefusesWhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ db, says string }{
		{"secrets.key", "a name that ends in .key is for the file of the key"},
		{"mysql://me:hush@host/db", "the database must be the plain path of a file or start with postgres://"},
		{"postgres://me:hush@%zz/db", "the URL of the database is not understood"},
	} {
		code, _, errOut := rehearse(t, "migrate", "--db", test.db)
		if code != 2 || !strings.Contains(errOut, test.says) || strings.Contains(errOut, "hush") {
			t.Errorf("%s: %d, %q", test.db, code, errOut)
		}
	}
}

func TestMigrateOnPostgres(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	code, out, errOut := rehearse(t, "migrate", "--check", "--db", url)
	if code != 0 || !strings.HasSuffix(out, ", up to date\n") {
		t.Errorf("%d, %q, %q", code, out, errOut)
	}
}
