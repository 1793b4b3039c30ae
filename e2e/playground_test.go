package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// browserPatience bounds the story in a browser, which starts slowly on a busy
// machine.
const browserPatience = 3 * time.Minute

// TestTheMainJobInABrowser types the README's first query into the playground, makes a
// task there and watches it to its end. E2E_SCREENSHOT names a file to put pictures beside.
func TestTheMainJobInABrowser(t *testing.T) {
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	node, err := exec.LookPath("node")
	if err != nil {
		lacks(t, "Node.js, which is not installed")
	}
	if _, err := os.Stat(chromium); err != nil {
		lacks(t, "Chromium, which is not at "+chromium+"; set CHROMIUM")
	}
	web := filepath.Join("..", "graph", "playground", "web")
	if _, err := os.Stat(filepath.Join(web, "node_modules", "playwright-core")); err != nil {
		lacks(t, "playwright-core: run npm ci in "+web)
	}
	s := serve(t, t.TempDir(), nil, "--dev")
	ctx, cancel := context.WithTimeout(t.Context(), browserPatience)
	defer cancel()
	args := []string{"playground/main_job.mjs", s.url + "/", templateID(t, s, "refund an order")}
	if picture := os.Getenv("E2E_SCREENSHOT"); picture != "" {
		args = append(args, picture)
	}
	story := exec.CommandContext(ctx, node, args...)
	story.Env = bare("CHROMIUM=" + chromium)
	out, err := story.CombinedOutput()
	found := regexp.MustCompile(`(?m)^task (\d+)$`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("%v: %s", err, out)
	}
	if tasks := list(t, s); len(tasks) != 1 || tasks[0].ID != string(found[1]) {
		t.Errorf("the browser made task %s, and the tasks are %+v", found[1], tasks)
	}
}

// lacks skips a test for want of a tool; in CI, which installs them all, it fails.
func lacks(t *testing.T, tool string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal("needs ", tool)
	}
	t.Skip("needs ", tool)
}
