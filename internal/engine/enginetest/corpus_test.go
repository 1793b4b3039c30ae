package enginetest_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rehearse.dev/internal/engine/simulate"
)

// corpus reads the cases that were observed on the reference engine, once.
var corpus = sync.OnceValues(func() ([]*simulate.Case, error) {
	var cases []*simulate.Case
	for _, name := range []string{"engine-cases.jsonl.gz", "engine-generated.jsonl.gz"} {
		more, err := readCases(filepath.Join("testdata", name))
		if err != nil {
			return nil, err
		}
		cases = append(cases, more...)
	}
	return cases, nil
})

func readCases(path string) ([]*simulate.Case, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 16<<20)
	var cases []*simulate.Case
	for lines.Scan() {
		c := new(simulate.Case)
		if err := json.Unmarshal(lines.Bytes(), c); err != nil {
			return nil, err
		}
		cases = append(cases, c)
	}
	return cases, lines.Err()
}

// allCases returns the corpus; do not change it.
func allCases(tb testing.TB) []*simulate.Case {
	tb.Helper()
	cases, err := corpus()
	if err != nil {
		tb.Fatal(err)
	}
	return cases
}

// differences reads the list of deliberate differences.
func differences(tb testing.TB) map[string]string {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "differences.txt"))
	if err != nil {
		tb.Fatal(err)
	}
	listed := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(line, "\t")
		if !ok || reason == "" {
			tb.Fatalf("differences.txt: %q has no reason", line)
		}
		listed[name] = reason
	}
	return listed
}
