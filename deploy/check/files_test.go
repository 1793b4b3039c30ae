package check

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// The examples.
const (
	composeFile    = "../compose.yaml"
	kubernetesFile = "../kubernetes.yaml"
	dockerFile     = "../Dockerfile"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// broken is a copy of an example with one mistake, which a check has to name.
type broken struct {
	name     string
	old, new string // the first old of the file becomes new
	problem  string // a part of the problem
}

// testFile expects no problem in the file as it is, and one in each broken copy.
func testFile(t *testing.T, file string, problems func(text string) []string, copies []broken) {
	t.Helper()
	text := read(t, file)
	t.Run("as it is", func(t *testing.T) {
		t.Parallel()
		for _, p := range problems(text) {
			t.Error(p)
		}
	})
	for _, c := range copies {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(text, c.old) {
				t.Fatalf("%s holds no %q any more", file, c.old)
			}
			found := problems(strings.Replace(text, c.old, c.new, 1))
			if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, c.problem) }) {
				t.Errorf("no problem says %q: %q", c.problem, found)
			}
		})
	}
}
