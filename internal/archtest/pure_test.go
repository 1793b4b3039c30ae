package archtest

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	// machine are the packages that answer for the machine a program runs on.
	machine = []string{"crypto/rand", "log", "net", "net/http", "os", "os/exec", "os/signal", "os/user", "syscall"}
	// clock are the names of time that ask the clock or wait for it.
	clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Local"}
	// seeded are the names of math/rand that work from a source that the caller gives.
	seeded = []string{"New", "NewPCG", "NewChaCha8", "NewSource", "NewZipf", "Rand", "Source", "Source64", "PCG", "ChaCha8", "Zipf"}
)

// The core gives the same answer to the same question: no clock, no dice, no
// goroutine, no machine. Golden files and replays rest on that.
func TestThePureCoreIsPure(t *testing.T) {
	t.Parallel()
	core := files(t, func(f *file) bool {
		return f.built && !f.test && slices.ContainsFunc(pure, func(p string) bool { return below(f.pkg(), module+"/"+p) })
	})
	for _, f := range core {
		names := map[string]string{} // import paths by what the file calls them
		for _, spec := range f.syntax.Imports {
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(machine, p) {
				t.Errorf("%s imports %s: the core must not depend on the machine it runs on", f.at(spec.Pos()), p)
			}
			name := strings.TrimSuffix(p, "/v2")
			name = name[strings.LastIndexByte(name, '/')+1:]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			names[name] = p
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine: the core answers before it returns", f.at(n.Pos()))
			case *ast.SelectorExpr:
				owner, ok := n.X.(*ast.Ident)
				if ok && impure(names[owner.Name], n.Sel.Name) {
					t.Errorf("%s uses %s.%s: time and randomness come in as values or functions", f.at(n.Pos()), owner.Name, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// impure says whether a name gives another answer to the same question.
func impure(p, name string) bool {
	switch p {
	case "time":
		return slices.Contains(clock, name)
	case "math/rand", "math/rand/v2":
		return !slices.Contains(seeded, name)
	}
	return false
}
