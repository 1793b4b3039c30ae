package archtest

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

var (
	link    = regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]+)\)`)
	adr     = regexp.MustCompile(`^ADR (\d+)$`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	quoted  = regexp.MustCompile("`([^`]+)`")
	place   = regexp.MustCompile("`((?:bench|docs|e2e|ent|graph|internal)/[\\w./-]+)`")
)

// documents are the texts for people, by name from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := walk(func(name string, text []byte) error {
		if path.Ext(name) == ".md" {
			found[name] = string(text)
		}
		return nil
	})
	if err != nil || found["README.md"] == "" {
		t.Fatalf("read the documents: %d, %v", len(found), err)
	}
	return found
}

// Links lead to files and headings of this tree, quoted paths are there, and decisions
// have their numbers.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	all := documents(t)
	for name, text := range all {
		for _, found := range place.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(found[1]))); err != nil {
				t.Errorf("%s: there is no %s", name, found[1])
			}
		}
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(found[2], "#")
			if strings.Contains(target, "://") {
				continue
			}
			at := name
			if target != "" {
				at = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(at))); err != nil {
				t.Errorf("%s: %s leads nowhere", name, found[0])
			}
			if anchor != "" && !slices.Contains(anchors(all[at]), anchor) {
				t.Errorf("%s: %s has no such heading", name, found[0])
			}
			if number := adr.FindStringSubmatch(found[1]); number != nil && !strings.HasPrefix(path.Base(at), fmt.Sprintf("%04s-", number[1])) {
				t.Errorf("%s: %s is another decision", name, found[0])
			}
		}
		if base := path.Base(name); path.Dir(name) == "docs/adr" && !strings.HasPrefix(text, "# "+strings.TrimLeft(base[:4], "0")+". ") {
			t.Errorf("%s: the heading has another number", name)
		}
	}
}

// anchors are what the headings of a document are called in links.
func anchors(text string) []string {
	var names []string
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		kept := strings.Map(func(r rune) rune {
			switch {
			case r == ' ', r == '-':
				return '-'
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '_':
				return r
			}
			return -1
		}, strings.ToLower(found[1]))
		names = append(names, kept)
	}
	return names
}

// docs/errors.md explains every code of the schema, and none that is not there.
func TestEveryErrorCodeIsExplained(t *testing.T) {
	t.Parallel()
	sdl, err := os.ReadFile(filepath.Join(root, "schema.graphqls"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := parser.ParseSchema(&ast.Source{Input: string(sdl)})
	if err != nil {
		t.Fatal(err)
	}
	text := documents(t)["docs/errors.md"]
	for title, enum := range map[string]string{"User error codes": "UserErrorCode", "Pipeline problem codes": "PipelineProblemCode"} {
		var want, got []string
		for _, value := range schema.Definitions.ForName(enum).EnumValues {
			want = append(want, value.Name)
		}
		for _, row := range rows(t, text, title) {
			if !strings.Contains(row[1], "REST route](rest.md) only") {
				got = append(got, strings.Trim(row[0], "`"))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v\n\tand docs/errors.md explains %v", enum, want, got)
		}
	}
}

// The map of ARCHITECTURE.md has every package, and a package imports what its row says.
func TestTheMapIsTrue(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{} // by folder; nil stands for everything
	for _, row := range rows(t, documents(t)["ARCHITECTURE.md"], "The map") {
		name := strings.Trim(row[0], "`")
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(name))); err != nil {
			t.Errorf("the map has %s, which is not there", name)
		}
		if name == "server.go" {
			name = "."
		}
		if row[2] == "everything" {
			allowed[name] = nil
			continue
		}
		paths := []string{name, "internal/fault", "internal/input"}
		if strings.Contains(row[2], "services") {
			paths = append(paths, "internal/task", "internal/template", "internal/space", "internal/token")
		}
		for _, found := range quoted.FindAllStringSubmatch(row[2], -1) {
			paths = append(paths, found[1], "internal/"+found[1])
		}
		allowed[name] = paths
	}
	for _, f := range files(t, func(f *file) bool { return f.built && !f.test }) {
		row := path.Dir(f.path)
		for _, known := allowed[row]; !known && row != "."; _, known = allowed[row] {
			row = path.Dir(row)
		}
		if row == "." && path.Dir(f.path) != "." {
			t.Errorf("the map has no row for %s", path.Dir(f.path))
			continue
		}
		for _, p := range f.imports() {
			p, ours := strings.CutPrefix(p, module+"/")
			if ours && allowed[row] != nil && !belowAny(p, allowed[row]) {
				t.Errorf("%s imports %s\n\tbut the row of %s in ARCHITECTURE.md does not say so", f.path, p, row)
			}
		}
	}
}

// rows are the cells of the table under a heading, without the table's own heading.
func rows(t *testing.T, text, title string) [][]string {
	t.Helper()
	_, section, _ := strings.Cut(text, "\n## "+title+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var found [][]string
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		found = append(found, cells)
	}
	if len(found) == 0 {
		t.Fatalf("there is no table under %q", title)
	}
	return found
}
