package archtest

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "rehearse.dev"

// file is one Go file of the module.
type file struct {
	path      string // from the root, with slashes
	test      bool
	generated bool
	built     bool // part of an ordinary build: no "ignore" or "tools" tag
	lines     int
	syntax    *ast.File
	set       *token.FileSet
}

// pkg is the import path of the package that the file belongs to.
func (f *file) pkg() string { return path.Join(module, path.Dir(f.path)) }

// imports are the paths that the file imports.
func (f *file) imports() []string {
	var found []string
	for _, spec := range f.syntax.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			found = append(found, p)
		}
	}
	return found
}

// at says where a piece of the file is.
func (f *file) at(pos token.Pos) string {
	return f.path + ":" + strconv.Itoa(f.set.Position(pos).Line)
}

// root is the module's folder, seen from this package.
var root = filepath.Join("..", "..")

// tree reads every Go file once. It opens the files itself and does not ask the go
// command, so that a cached test result is dropped when any of them changes.
var tree = sync.OnceValues(func() ([]*file, error) {
	var found []*file
	err := walk(func(name string, text []byte) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		set := token.NewFileSet()
		syntax, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		built, err := build.Default.MatchFile(filepath.Join(root, filepath.FromSlash(path.Dir(name))), path.Base(name))
		if err != nil {
			return err
		}
		found = append(found, &file{
			path: name, test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(syntax), built: built,
			lines: bytes.Count(text, []byte("\n")), syntax: syntax, set: set,
		})
		return nil
	})
	return found, err
})

// walk visits every file of the project, in order, without what git, npm or the suites of
// e2e/clients keep.
func walk(visit func(name string, text []byte) error) error {
	skip := []string{".git", ".bin", "node_modules", "results"}
	return filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(skip, entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || entry.Name() == ".git" { // a work tree has a file of that name
			return nil
		}
		name, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(at)
		if os.IsNotExist(err) { // another test's temporary file
			return nil
		}
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(name), text)
	})
}

// files are the Go files that keep picks.
func files(t *testing.T, keep func(*file) bool) []*file {
	t.Helper()
	all, err := tree()
	if err != nil {
		t.Fatalf("read the tree: %v", err)
	}
	var found []*file
	for _, f := range all {
		if keep(f) {
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		t.Fatal("no file to check: the tree was not found")
	}
	return found
}
