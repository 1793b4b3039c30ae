package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// simulateTree is one display node that a constant fills, behind a call.
const simulateTree = `{"id":"p",
 "start_event":{"id":"s","type":"EmptyStartEvent","name":"","incoming":"","outgoing":"f0"},
 "end_event":{"id":"e","type":"EmptyEndEvent","name":"","incoming":"f2","outgoing":""},
 "activities":{
  "call":{"id":"call","type":"ServiceActivity","name":"Call","incoming":["f0"],"outgoing":"f1","optional":true,"error_ignorable":false,
   "component":{"code":"uniform_api","version":"v1.0.0","data":{"url":{"hook":false,"value":"/${k}"}}}},
  "show":{"id":"show","type":"ServiceActivity","name":"Show","incoming":["f1"],"outgoing":"f2","optional":true,"error_ignorable":false,
   "component":{"code":"bk_display","version":"v1.0","data":{"bk_display_message":{"hook":false,"value":"${k}"}}}}},
 "gateways":{},
 "flows":{"f0":{"id":"f0","source":"s","target":"call"},"f1":{"id":"f1","source":"call","target":"show"},"f2":{"id":"f2","source":"show","target":"e"}},
 "constants":{"${k}":{"key":"${k}","name":"K","value":"K","custom_type":"input","source_type":"custom","source_info":{},"show_type":"show"}},
 "outputs":["${k}"]}`

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func simulated(t *testing.T, c SimulateCmd) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := c.Run(&out)
	return out.String(), err
}

func TestSimulateStopsBeforeARealCall(t *testing.T) {
	t.Parallel()
	out, err := simulated(t, SimulateCmd{Tree: writeFile(t, "tree.json", simulateTree)})
	if err != nil || !strings.Contains(out, "Stopped: node call would call uniform_api@v1.0.0 for real") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSimulateTakesMocksAndConstants(t *testing.T) {
	t.Parallel()
	out, err := simulated(t, SimulateCmd{
		Tree: writeFile(t, "tree.json", simulateTree), JSON: true,
		Mock:      writeFile(t, "mock.json", `{"nodes":["call"],"outputs":{"call":{"data":1}}}`),
		Constants: writeFile(t, "constants.json", `{"${k}":[1,2]}`),
	})
	if err != nil {
		t.Fatal(err, out)
	}
	var report struct {
		State   string
		Outputs map[string]any
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	if list, ok := report.Outputs["${k}"].([]any); report.State != "FINISHED" || !ok || len(list) != 2 {
		t.Errorf("%s", out)
	}
}

func TestSimulateRefusesMistakes(t *testing.T) {
	t.Parallel()
	tree := writeFile(t, "tree.json", simulateTree)
	broken := strings.Replace(simulateTree, `"f1","optional"`, `"f9","optional"`, 1)
	cases := map[string]SimulateCmd{
		"nothing":          {},
		"both":             {Tree: tree, Cases: tree},
		"broken tree":      {Tree: writeFile(t, "broken.json", broken)},
		"no JSON":          {Tree: writeFile(t, "text.json", "tree")},
		"unknown mock":     {Tree: tree, Mock: writeFile(t, "mock.json", `{"nodes":["nobody"]}`)},
		"unknown constant": {Tree: tree, Constants: writeFile(t, "c.json", `{"${nobody}":1}`)},
	}
	for name, c := range cases {
		if out, err := simulated(t, c); err == nil {
			t.Errorf("%s: accepted\n%s", name, out)
		}
	}
}

func TestSimulateReplaysCases(t *testing.T) {
	t.Parallel()
	out, err := simulated(t, SimulateCmd{Cases: filepath.Join("..", "engine", "enginetest", "testdata", "engine-cases.jsonl.gz")})
	if err != nil || out != "191 passed, 0 failed\n" {
		t.Errorf("%v\n%s", err, out)
	}
	wrong := `{"name":"wrong","request":{"pipeline_tree":` + strings.ReplaceAll(simulateTree, "\n", "") + `},"expect":{"states":{}}}` + "\nno JSON\n"
	out, err = simulated(t, SimulateCmd{Cases: writeFile(t, "cases.jsonl", wrong)})
	if !errors.Is(err, ErrCasesFailed) || !strings.HasSuffix(out, "0 passed, 2 failed\n") || !strings.Contains(out, "FAIL wrong: states[call]") || !strings.Contains(out, "\nFAIL line 2: ") {
		t.Errorf("%v\n%s", err, out)
	}
}
