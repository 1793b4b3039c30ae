package flow_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestValidateGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/validate/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before := txtar.Format(archive)
			runGolden(t, archive)
			after := txtar.Format(archive)
			if *update {
				if err := os.WriteFile(file, after, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(before), string(after)); diff != "" {
				t.Errorf("differs from the golden file (run with -update to accept):\n%s", diff)
			}
		})
	}
}

// runGolden parses and validates the tree of the archive and replaces the results
// in it.
func runGolden(t *testing.T, archive *txtar.Archive) {
	var doc []byte
	inputs := slices.DeleteFunc(slices.Clone(archive.Files), func(f txtar.File) bool {
		return f.Name == "problems" || f.Name == "pairing"
	})
	for _, f := range inputs {
		switch f.Name {
		case "tree.json":
			doc = f.Data
		case "sketch":
			doc = sketch(t, string(f.Data))
		default:
			t.Fatalf("unknown section %q", f.Name)
		}
	}
	add := func(name, text string) {
		if text != "" {
			inputs = append(inputs, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	p, err := flow.Parse(doc)
	if err != nil {
		add("problems", list(fault.As(err).Problems))
	} else {
		add("problems", list(p.Validate(goldenOptions(t, string(archive.Comment))...)))
		add("pairing", pairs(p))
	}
	archive.Files = inputs
}

func goldenOptions(t *testing.T, comment string) (opts []flow.Option) {
	for line := range strings.Lines(comment) {
		words, ok := strings.CutPrefix(line, "options:")
		if !ok {
			continue
		}
		for _, word := range strings.Fields(words) {
			name, value, _ := strings.Cut(word, "=")
			switch name {
			case "web":
				opts = append(opts, flow.Web())
			case "cycles":
				opts = append(opts, flow.RefuseCycles())
			case "start":
				opts = append(opts, flow.StartNode(value))
			default:
				t.Fatalf("unknown option %q", word)
			}
		}
	}
	return opts
}

func list(problems []fault.Problem) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s node=%q path=%s\n\t%s\n", p.Code, p.NodeID, strings.Join(p.Path, "/"), p.Message)
	}
	if b.Len() == 0 {
		return "none\n"
	}
	return b.String()
}

func pairs(p *flow.Pipeline) string {
	var b strings.Builder
	m := p.Pairing()
	for _, gateway := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s → %s\n", gateway, m[gateway])
	}
	return b.String()
}
