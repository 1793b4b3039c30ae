package flow_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// conformanceCase is one line of testdata/conformance.jsonl.gz.
type conformanceCase struct {
	Name         string
	Tree         json.RawMessage
	Web          bool
	RefuseCycles bool `json:"refuse_cycles"`
	Start        string
	Rejected     string
}

func conformanceCases(tb testing.TB) []conformanceCase {
	tb.Helper()
	file, err := os.Open("testdata/conformance.jsonl.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	var cases []conformanceCase
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, flow.MaxTreeBytes)
	for lines.Scan() {
		var c conformanceCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			tb.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return cases
}

// rendered are the cases that the reference refuses because a variable cannot be
// rendered. The engine answers for those; for this package their trees are fine.
var rendered = []string{
	"web_validate_cycle_var", "generated-0425", "generated-0439", "generated-0483", "generated-0615",
	"generated-0618", "generated-0815", "generated-0830", "generated-0866", "generated-0891",
}

// kinds tells how the cases name the codes.
var kinds = map[string]string{
	flow.InvalidTree: "invalid_tree", flow.Variable: "invalid_tree", flow.Connection: "connection",
	flow.GatewayPairing: "gateway_pairing", flow.Stream: "stream", flow.Cycle: "cycle",
	flow.StartPosition: "start_position",
}

func TestConformanceTreesAreJudgedAsByTheReference(t *testing.T) {
	t.Parallel()
	cases := conformanceCases(t)
	if len(cases) != 425 {
		t.Fatalf("%d cases, want 425", len(cases))
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			p, err := flow.Parse(c.Tree)
			if err != nil {
				t.Fatal(fault.As(err).Problems)
			}
			opts := []flow.Option{flow.StartNode(c.Start)}
			if c.Web {
				opts = append(opts, flow.Web())
			}
			if c.RefuseCycles {
				opts = append(opts, flow.RefuseCycles())
			}
			want := c.Rejected
			if slices.Contains(rendered, c.Name) {
				want = ""
			}
			got := ""
			problems := p.Validate(opts...)
			if len(problems) > 0 {
				got = kinds[problems[0].Code]
			}
			if got != want {
				t.Errorf("refused as %q, want %q: %v", got, want, problems)
			}
		})
	}
}
