package flow_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// FuzzParse feeds any text through everything that takes a document from outside.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/real/*.json", "testdata/validate/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			doc, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			if at := bytes.IndexByte(doc, '{'); at >= 0 {
				end := bytes.LastIndexByte(doc, '}')
				f.Add(doc[at : end+1])
			}
		}
	}
	for _, c := range conformanceCases(f)[:60] {
		f.Add([]byte(c.Tree))
	}
	f.Add(sketch(f, "s > p1\np1 > x1 a2\nx1 > a2 c1\na2 > c1\nc1 > x1"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := flow.Parse(doc)
		if err != nil {
			if problems := fault.As(err).Problems; len(problems) == 0 || problems[0].Code == "" {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		again, err := flow.Parse(p.Document())
		if err != nil || again.Digest() != p.Digest() || !bytes.Equal(again.Document(), doc) {
			t.Fatalf("another tree the second time: %v", err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, doc); err != nil {
			t.Fatal(err)
		}
		if c, err := flow.Parse(compact.Bytes()); err != nil || c.Digest() != p.Digest() {
			t.Fatalf("white space takes part in the digest: %v", err)
		}
		p.Validate(flow.Web(), flow.RefuseCycles(), flow.StartNode("a1"))
		p.Pairing()
		clean := p.CleanNames()
		if clean.CleanNames() != clean {
			t.Fatal("a clean name is cleaned again")
		}
		values := map[string]json.RawMessage{}
		for _, k := range p.Constants {
			values[k.Key] = json.RawMessage(`[1]`)
		}
		changed, unknown, err := p.Override(values)
		if err != nil || len(unknown) > 0 {
			t.Fatalf("override: %v, unknown %v", err, unknown)
		}
		for _, k := range changed.Constants {
			if !bytes.Equal(bytes.TrimSpace(k.Value), []byte(`[1]`)) && !bytes.Equal(k.Value, p.Constant(k.Key).Value) {
				t.Fatalf("%s has the value %s", k.Key, k.Value)
			}
		}
	})
}
