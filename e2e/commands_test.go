package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestAnAppIsMadeAndCalls(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, dir, nil, "app", "create", "shop")
	if r.code != 0 || r.err != "" || !regexp.MustCompile(`^[\w-]{43}$`).MatchString(r.out) {
		t.Fatalf("code %d: %s%s", r.code, r.out, r.err)
	}
	again := run(t, dir, nil, "app", "create", "shop")
	if again.code != 1 || again.out != "" || !strings.Contains(again.err, "taken") {
		t.Errorf("twice: code %d: %s%s", again.code, again.out, again.err)
	}
	root := run(t, dir, []string{"REHEARSE_SUPERUSER=true"}, "app", "create", "root")

	s := serve(t, dir, nil)
	for code, want := range map[string]bool{"shop": false, "root": true} {
		s.header = `{"bk_app_code":"` + code + `","bk_app_secret":"` + map[string]string{"shop": r.out, "root": root.out}[code] + `"}`
		v := query[struct {
			Viewer struct {
				AppCode     string
				IsSuperuser bool
			}
		}](t, s, `{ viewer { appCode isSuperuser } }`, nil).Viewer
		if v.AppCode != code || v.IsSuperuser != want {
			t.Errorf("viewer %+v", v)
		}
	}
	for _, name := range []string{"rehearse.db", "rehearse.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(raw), r.out) {
			t.Errorf("%s holds the secret, or %v", name, err)
		}
	}
}

func TestAppCreateRefusesBadCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, code := range []string{"", "a b", "é", strings.Repeat("x", 33)} {
		if r := run(t, dir, nil, "app", "create", code); r.code != 1 || r.out != "" || !strings.Contains(r.err, "code") {
			t.Errorf("%q: code %d: %s%s", code, r.code, r.out, r.err)
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if r := run(t, dir, nil, "version"); r.code != 0 || !regexp.MustCompile(`^rehearse \S+`).MatchString(r.out) {
		t.Errorf("version: code %d: %s%s", r.code, r.out, r.err)
	}
	if r := run(t, dir, nil, "serve", "--help"); r.code != 0 || !strings.Contains(r.out, "REHEARSE_ADDR") {
		t.Errorf("help: code %d: %s%s", r.code, r.out, r.err)
	}
	for _, args := range [][]string{nil, {"nope"}, {"serve", "--nope"}, {"serve", "extra"}} {
		if r := run(t, dir, nil, args...); r.code != 2 || !strings.HasPrefix(r.err, "rehearse: ") {
			t.Errorf("%q: code %d: %s", args, r.code, r.err)
		}
	}
}
