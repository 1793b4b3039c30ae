package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// demoSpace starts and ends a server, so that its database has the demo space, and
// returns the space's id.
func demoSpace(t *testing.T, dir string) string {
	t.Helper()
	s := serve(t, dir, nil, "--dev")
	defer s.stop(t)
	return query[struct {
		Viewer struct{ Spaces []struct{ ID string } }
	}](t, s, `{ viewer { spaces { id } } }`, nil).Viewer.Spaces[0].ID
}

// file writes a file and returns its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tree.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRealTreesAreImported(t *testing.T) {
	t.Parallel()
	trees, err := filepath.Glob("testdata/*.json")
	if err != nil || len(trees) < 2 {
		t.Fatalf("trees %q, %v", trees, err)
	}
	dir := t.TempDir()
	space := demoSpace(t, dir)
	ids := map[string]string{} // by path
	for _, path := range trees {
		absolute, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		r := run(t, dir, nil, "import", "--space", space, absolute)
		found := regexp.MustCompile(`^template (\d+) "(.+)"$`).FindStringSubmatch(r.out)
		if r.code != 0 || r.err != "" || found == nil || found[2] != strings.TrimSuffix(filepath.Base(path), ".json") {
			t.Fatalf("%s: code %d: %s%s", path, r.code, r.out, r.err)
		}
		ids[path] = found[1]
	}
	s := serve(t, dir, nil, "--dev")
	for path, id := range ids {
		sent, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := query[struct {
			Template struct {
				Name         string
				PipelineTree json.RawMessage
				Draft        struct{ Problems []any }
				Nodes        []struct{ ID string }
			}
		}](t, s, `query ($id: ID!) { template(id: $id) { name pipelineTree draft { problems { message } } nodes { id } } }`,
			map[string]any{"id": id}).Template
		if len(got.Draft.Problems) > 0 || len(got.Nodes) < 3 {
			t.Errorf("%s: %d nodes, problems %v", path, len(got.Nodes), got.Draft.Problems)
		}
		if !bytes.Equal(compact(t, got.PipelineTree), compact(t, sent)) {
			t.Errorf("%s came back as %s", path, got.PipelineTree)
		}
		create(t, s, map[string]any{"input": map[string]any{"templateId": id, "name": "try", "creator": "ann"}})
	}
}

func compact(t *testing.T, raw []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// incomplete is a tree that can be drawn and not run: its activity leads nowhere.
const incomplete = `{
  "start_event": {"id": "s", "type": "EmptyStartEvent", "incoming": "", "outgoing": "f1"},
  "end_event": {"id": "e", "type": "EmptyEndEvent", "incoming": [], "outgoing": ""},
  "activities": {"a": {"id": "a", "name": "a", "type": "ServiceActivity", "incoming": ["f1"], "outgoing": "", "component": {"code": "bk_display", "data": {}}}},
  "gateways": {}, "flows": {"f1": {"id": "f1", "source": "s", "target": "a", "is_default": false}}, "constants": {}, "outputs": []
}`

func TestAnIncompleteTreeIsImportedWithWarnings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, dir, []string{"REHEARSE_SPACE=" + demoSpace(t, dir), "REHEARSE_NAME=half"}, "import", file(t, incomplete))
	if r.code != 0 || !strings.Contains(r.out, `"half"`) || !strings.Contains(r.err, "warning: ") {
		t.Fatalf("code %d: %s%s", r.code, r.out, r.err)
	}
	s := serve(t, dir, nil, "--dev")
	a := s.post(t, `mutation ($id: ID!) { createMockTask(input: {templateId: $id, name: "n", creator: "c"}) { task { id } userErrors { code } } }`,
		map[string]any{"id": templateID(t, s, "half")})
	if !strings.Contains(a.body, "INVALID_PIPELINE") || len(list(t, s)) > 0 {
		t.Errorf("a task of it: %s", a.body)
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	space := demoSpace(t, dir)
	bad := `{"activities": [], "gateways": 7, "flows": {}, "constants": {}}`
	for name, test := range map[string]struct {
		args []string
		code int
		want []string // parts of the message
	}{
		"BadTree":      {[]string{"--space", space, file(t, bad)}, 1, []string{"activities: ", "gateways: "}},
		"NoJSON":       {[]string{"--space", space, file(t, `{"activities": `)}, 1, []string{"JSON"}},
		"DuplicateKey": {[]string{"--space", space, file(t, `{"a": 1, "a": 2}`)}, 1, []string{"a"}},
		"UnknownSpace": {[]string{"--space", "7", file(t, incomplete)}, 1, []string{"--space: there is no space 7"}},
		"SpaceNoID":    {[]string{"--space", "x", file(t, incomplete)}, 2, []string{"--space"}},
		"NoSpace":      {[]string{file(t, incomplete)}, 2, []string{"--space"}},
		"NoFile":       {[]string{"--space", space, "missing.json"}, 2, []string{"missing.json"}},
		"BlankName":    {[]string{"--space", space, "--name", " ", file(t, incomplete)}, 1, []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, dir, nil, append([]string{"import"}, test.args...)...)
			if r.code != test.code || r.out != "" {
				t.Errorf("code %d, printed %s", r.code, r.out)
			}
			for _, part := range test.want {
				if !strings.Contains(r.err, part) {
					t.Errorf("%q is not in: %s", part, r.err)
				}
			}
		})
	}
	t.Cleanup(func() {
		s := serve(t, dir, nil, "--dev")
		if n := query[templates](t, s, listTemplates, nil).Templates.TotalCount; n != 2 {
			t.Errorf("%d templates, want those of the demo", n)
		}
	})
}
