// Package e2e tells stories about the built program: it starts it as a person
// would, calls it over HTTP, and looks at files, logs and exit codes. It must not
// know how the program is made.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	// Not for use: "go test" keeps a result for as long as what it imports stays
	// the same, and does not see what the program is built from.
	_ "rehearse.dev/internal/app"
)

// given tells whether a flag was given.
func given(name string) (found bool) {
	flag.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// program is the path of the binary that the stories start.
var program string

// buildFlags are what it is built with.
var buildFlags []string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	flag.Parse()
	if !given("test.parallel") {
		_ = flag.Set("test.parallel", "8") // stories wait for processes and timers
	}
	dir, err := os.MkdirTemp("", "rehearse-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // the folder is temporary anyway
	program = filepath.Join(dir, "rehearse")
	build := exec.Command("go", append(append([]string{"build"}, buildFlags...), "-o", program, "..")...)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
		return 1
	}
	return m.Run()
}
