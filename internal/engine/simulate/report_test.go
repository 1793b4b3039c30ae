package simulate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/plugin"
)

var update = flag.Bool("update", false, "rewrite the expected tables")

// TestReportGolden runs the tree.json of each archive with its mock.json and
// compares the printed table.
func TestReportGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := table(t, section(archive, "tree.json"), section(archive, "mock.json"))
			if *update {
				replace(archive, "table.txt", got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := section(archive, "table.txt"); !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func table(t *testing.T, tree, mock []byte) []byte {
	t.Helper()
	report := play(t, tree, mock).Report()
	if _, err := json.Marshal(report); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	// Archives cannot show blanks at the end of a line.
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return []byte(strings.Join(lines, "\n"))
}

func play(t *testing.T, tree, mock []byte) *simulate.Run {
	t.Helper()
	p, err := flow.Parse(tree)
	if err != nil {
		t.Fatal(err)
	}
	if problems := p.Validate(); len(problems) > 0 {
		t.Fatal(problems)
	}
	plan, err := engine.Compile(p, engine.Options{Plugins: plugin.Builtin()})
	if err != nil {
		t.Fatal(err)
	}
	var data simulate.MockData
	if len(mock) > 0 {
		if err := json.Unmarshal(mock, &data); err != nil {
			t.Fatal(err)
		}
	}
	run := simulate.New(plan, simulate.Config{Init: engine.Init{Mock: data.Engine()}})
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	return run
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func replace(a *txtar.Archive, name string, data []byte) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = data
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: data})
}

func TestThirtyDaysOfTimersCostNothing(t *testing.T) {
	t.Parallel()
	run := play(t, []byte(month), nil)
	if days := run.Elapsed().Hours() / 24; days < 29.9 || days > 30 {
		t.Errorf("%v days of virtual time, want 30", days)
	}
	if state := run.Report().State; state != engine.Shown(engine.Finished) {
		t.Errorf("state %s", state)
	}
}

// month is one timer of thirty days.
const month = `{"id":"p",
 "start_event":{"id":"s","type":"EmptyStartEvent","name":"","incoming":"","outgoing":"f0"},
 "end_event":{"id":"e","type":"EmptyEndEvent","name":"","incoming":"f1","outgoing":""},
 "activities":{"a":{"id":"a","type":"ServiceActivity","name":"a","incoming":["f0"],"outgoing":"f1","optional":true,"error_ignorable":false,
  "component":{"code":"sleep_timer","version":"legacy","data":{"bk_timing":{"hook":false,"value":"2592000"}}}}},
 "gateways":{},"flows":{"f0":{"id":"f0","source":"s","target":"a"},"f1":{"id":"f1","source":"a","target":"e"}},
 "constants":{},"outputs":[]}`
