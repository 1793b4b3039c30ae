package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Each package imports only what its layer may know.
func TestImportsFollowTheLayers(t *testing.T) {
	t.Parallel()
	for _, f := range files(t, func(f *file) bool { return f.built && !f.test }) {
		l := placed(f.pkg())
		if l == nil {
			t.Errorf("%s: package %s has no row in layers: decide where it stands", f.path, f.pkg())
			continue
		}
		for _, p := range f.imports() {
			if below(p, module) && !l.allows(p) || l.forbids(p) {
				t.Errorf("%s imports %s\n\tbut %s", f.path, p, l.why)
			}
		}
	}
}

// What a package must not know it must not reach through others either.
func TestDependenciesFollowTheLayers(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		l := placed(p.ImportPath)
		if l == nil {
			continue // the test above says so
		}
		for _, dep := range p.Deps {
			if l.forbids(dep) {
				t.Errorf("%s reaches %s\n\tbut %s", p.ImportPath, dep, l.why)
			}
		}
	}
}

// The binary carries no test helpers.
func TestHelpersStayInTests(t *testing.T) {
	t.Parallel()
	const why = "but it is for tests only: in a binary it brings flags, fakes or panics"
	carried := listed{ImportPath: module}
	for _, p := range list(t) {
		if p.ImportPath == module {
			carried = p
		}
	}
	if len(carried.Deps) == 0 {
		t.Fatalf("go list does not know %s", module)
	}
	if slices.Contains(carried.Deps, "testing") {
		t.Errorf("the binary carries testing\n\t%s", why)
	}
	for _, f := range files(t, func(f *file) bool {
		return f.built && !f.test && slices.Contains(append(carried.Deps, module), f.pkg())
	}) {
		for _, p := range f.imports() {
			if belowAny(p, helpers) {
				t.Errorf("%s imports %s\n\t%s", f.path, p, why)
			}
		}
	}
}

// River can be replaced, or raised to another version, by looking at two packages.
func TestRiverStaysWhereItIsUsed(t *testing.T) {
	t.Parallel()
	for _, f := range files(t, func(f *file) bool { return f.built }) {
		if p := f.pkg(); p == module+"/internal/dispatch" || p == module+"/internal/store/migration" {
			continue
		}
		for _, p := range f.imports() {
			if below(p, "github.com/riverqueue") {
				t.Errorf("%s imports %s\n\tbut wake-ups go through internal/dispatch, and tables through internal/store/migration", f.path, p)
			}
		}
	}
}

// fault is imported by everybody, so it costs nobody anything.
func TestFaultImportsTheStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if p.ImportPath != module+"/internal/fault" {
			continue
		}
		for _, dep := range p.Deps {
			if first, _, _ := strings.Cut(dep, "/"); strings.Contains(first, ".") {
				t.Errorf("fault reaches %s\n\tbut everybody imports fault: std only", dep)
			}
		}
		return
	}
	t.Error("go list does not know internal/fault")
}

// The table itself is sound.
func TestEveryLayerHasOneRowAndAReason(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, l := range layers {
		if seen[l.path] {
			t.Errorf("%q has two rows", l.path)
		}
		seen[l.path] = true
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(l.path))); err != nil {
			t.Errorf("%q is not there", l.path)
		}
		if l.why == "" {
			t.Errorf("%q does not say why", l.path)
		}
	}
	for _, name := range pure {
		if !seen[name] {
			t.Errorf("%s has no row", name)
		}
	}
}

// listed is what the go command knows about a package.
type listed struct {
	ImportPath string
	Deps       []string
}

// list is the packages of the module with all that they reach.
func list(t *testing.T) []listed {
	t.Helper()
	found, err := goList()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return found
}

// goList asks the go command once.
var goList = sync.OnceValues(func() ([]listed, error) {
	if _, err := tree(); err != nil { // opening the files is what makes a cached result of this test expire
		return nil, err
	}
	cmd := exec.Command("go", "list", "-json=ImportPath,Deps", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return nil, err
	}
	var found []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
})
