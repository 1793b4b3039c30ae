package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestFirstRunIsReadyToUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, nil, "--dev", "--db", "rehearse.db")
	s.out.match(t, s.url+`\b.*playground`)

	first := query[templates](t, s, listTemplates, nil).Templates
	if first.TotalCount != 2 {
		t.Errorf("templates %+v, want the two of the demo", first)
	}
	page := send(t, "GET", s.url+"/", "")
	if page.status != 200 || !strings.Contains(page.body, "X-Bkapi-Authorization") || !strings.Contains(page.body, `\"bk_app_secret\"`) {
		t.Errorf("the page has no header: status %d", page.status)
	}
	for _, name := range []string{"rehearse.db", "rehearse.key"} {
		if m := mode(t, dir, name); m != 0o600 {
			t.Errorf("%s has mode %04o", name, m)
		}
	}
	s.stop(t)

	again := serve(t, dir, nil, "--dev", "--db", "rehearse.db")
	if again.header != s.header {
		t.Error("the second start prints another header")
	}
	if second := query[templates](t, again, listTemplates, nil).Templates; second.TotalCount != first.TotalCount || second.Nodes[0] != first.Nodes[0] {
		t.Errorf("templates %+v, before %+v", second, first)
	}
}

func TestWithoutDevNothingIsOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dev := serve(t, dir, nil, "--dev")
	dev.stop(t)

	s := serve(t, dir, nil)
	if s.out.text() != "" {
		t.Errorf("printed: %s", s.out.text())
	}
	page := send(t, "GET", s.url+"/", "")
	if page.status != 200 || strings.Contains(page.body, "bk_app_secret") {
		t.Errorf("status %d, or the page holds a credential", page.status)
	}
	a := send(t, "POST", s.url+"/graphql", request(listTemplates, nil), "Content-Type", "application/json")
	if a.status != 401 || !strings.Contains(a.body, "UNAUTHENTICATED") {
		t.Errorf("without header: status %d: %s", a.status, a.body)
	}
	s.header = strings.Replace(dev.header, `"bk_app_secret":"`, `"bk_app_secret":"x`, 1)
	if a := s.post(t, listTemplates, nil); a.status != 401 {
		t.Errorf("with a wrong secret: status %d", a.status)
	}
}

func TestAnApplicationCalledDemoIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if r := run(t, dir, nil, "app", "create", "demo"); r.code != 0 {
		t.Fatal(r.err)
	}
	r := run(t, dir, nil, "serve", "--dev", "--addr", "127.0.0.1:0")
	if r.code != 1 || !strings.Contains(r.err, `--db: it has an application "demo" that --dev did not make`) || r.out != "" {
		t.Errorf("code %d: %s%s", r.code, r.out, r.err)
	}
}

func TestDemoOfAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := filepath.Join(dir, "a.db")
	serve(t, dir, nil, "--dev", "--db", db).stop(t)
	r := run(t, dir, []string{"REHEARSE_KEY=" + strings.Repeat("ab", 32)}, "serve", "--dev", "--addr", "127.0.0.1:0", "--db", db)
	if r.code != 1 || !strings.Contains(r.err, "made with another key") {
		t.Errorf("code %d: %s", r.code, r.err)
	}
}
