package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clientsPatience bounds all suites together.
const clientsPatience = 8 * time.Minute

// TestPublicSuites runs the suites of e2e/clients that E2E_CLIENTS names ("all" for all
// of them) against the program. They take minutes, so "go test ./..." leaves them to
// ".ci/run clients".
func TestPublicSuites(t *testing.T) {
	names := os.Getenv("E2E_CLIENTS")
	if names == "" {
		t.Skip("takes minutes: .ci/run clients runs it, and E2E_CLIENTS=all here")
	}
	if _, err := os.Stat(filepath.Join("clients", "node_modules")); err != nil {
		lacks(t, "the packages of the suites: run npm ci in e2e/clients")
	}
	args := []string{"run.mjs"}
	if names != "all" {
		args = append(args, strings.Fields(names)...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), clientsPatience)
	defer cancel()
	suites := exec.CommandContext(ctx, "node", args...)
	suites.Dir, suites.Env = "clients", bare("REHEARSE_BIN="+program)
	if out, err := suites.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
