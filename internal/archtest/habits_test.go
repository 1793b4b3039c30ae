package archtest

import (
	"bytes"
	"go/ast"
	"regexp"
	"strings"
	"testing"
)

// Every package says once what it is for.
func TestEveryPackageHasOnePackageComment(t *testing.T) {
	t.Parallel()
	where := map[string][]string{} // by package, the files that carry its comment
	for _, f := range files(t, func(f *file) bool { return f.built && !f.test && !f.generated }) {
		at := where[f.pkg()]
		if f.syntax.Doc != nil {
			at = append(at, f.path)
		}
		where[f.pkg()] = at // also when empty: the package is there
	}
	for pkg, at := range where {
		switch len(at) {
		case 1:
		case 0:
			t.Errorf("%s has no package comment: say what it is for and what it must not know", pkg)
		default:
			t.Errorf("%s has %d package comments, in %s: readers find one", pkg, len(at), strings.Join(at, ", "))
		}
	}
}

// A file is one idea; past 500 lines there is a second one in it.
func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	const most = 500
	for _, f := range files(t, func(f *file) bool { return !f.generated && f.path != resolvers }) {
		if f.lines > most {
			t.Errorf("%s has %d lines, over %d: look for the second idea", f.path, f.lines, most)
		}
	}
}

// resolvers is laid out by gqlgen: one function for each field, so that it grows with
// the schema.
const resolvers = "graph/schema.resolvers.go"

// A resolver asks a service or the reader, and turns the answer over: some ten lines do.
func TestResolversAreThin(t *testing.T) {
	t.Parallel()
	const most = 19 // with the braces
	seen := 0
	for _, f := range files(t, func(f *file) bool { return f.path == resolvers }) {
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			seen++
			lines := f.set.Position(fn.Body.End()).Line - f.set.Position(fn.Body.Pos()).Line + 1
			if lines > most {
				t.Errorf("%s: %s has %d lines: move the work out", f.path, fn.Name.Name, lines-2)
			}
		}
	}
	if seen == 0 {
		t.Errorf("there are no resolvers in %s", resolvers)
	}
}

// main is a few lines, so that tests can start all the rest.
func TestMainIsShort(t *testing.T) {
	t.Parallel()
	const under = 20
	for _, f := range files(t, func(f *file) bool { return f.path == "server.go" }) {
		if f.lines >= under {
			t.Errorf("%s has %d lines, %d or more: move the work to internal/app", f.path, f.lines, under)
		}
	}
}

// A clone is complete: no file points at a folder of the machine that it was
// written on.
func TestNoFileNamesAFolderOfTheAuthorsMachine(t *testing.T) {
	t.Parallel()
	// In pieces, so that this file does not name them.
	beside := []byte(".." + "/shared")
	absolute := regexp.MustCompile("(?m)(^|[\\s\"'`(=:,])/" + "(work|root|home/[a-z]+|Users/[a-z]+)/")
	err := walk(func(name string, text []byte) error {
		if bytes.IndexByte(text, 0) >= 0 { // not text
			return nil
		}
		if i := bytes.Index(text, beside); i >= 0 {
			t.Errorf("%s:%d names a folder beside the repository: copy what it needs into testdata", name, line(text, i))
		}
		if at := absolute.FindIndex(text); at != nil {
			t.Errorf("%s:%d names %q, a folder of one machine", name, line(text, at[1]-1), bytes.TrimSpace(text[at[0]:at[1]]))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
}

// line is the line of an offset, from 1.
func line(text []byte, offset int) int {
	return 1 + bytes.Count(text[:offset], []byte("\n"))
}
