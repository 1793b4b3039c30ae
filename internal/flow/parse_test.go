package flow_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

func parse(tb testing.TB, doc string) *flow.Pipeline {
	tb.Helper()
	p, err := flow.Parse([]byte(doc))
	if err != nil {
		tb.Fatalf("parse: %v", fault.As(err).Problems)
	}
	return p
}

func TestParseRefusesText(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	value := func(v string) string { return `{"constants":{"${k}":{"value":` + v + `}}}` }
	tests := []struct {
		name, doc, path, message string
	}{
		{"Empty", "", "", "not JSON"},
		{"Truncated", `{"id":`, "", "at offset 6"},
		{"TwoValues", `{} {}`, "", "not JSON"},
		{"NoObject", `[]`, "", "must be an object, not a list"},
		{"Null", `null`, "", "must be an object, not null"},
		{"InvalidUTF8", "{\"id\":\"\xff\"}", "", "invalid byte at offset 7"},
		{"TooDeep", value(nested(98)), "constants/${k}/value" + strings.Repeat("/0", 97), "deeper than 100"},
		{"TooLarge", strings.Repeat(" ", flow.MaxTreeBytes) + "{}", "", "more than the limit"},
		{"NUL", value(`"a\u0000"`), "constants/${k}/value", "NUL"},
		{"NULInName", value(`{"\u0000":1}`), "constants/${k}/value/\x00", "NUL"},
		{"HalfSurrogate", value(`"\ud800"`), "constants/${k}/value", "surrogate"},
		{"LowSurrogateFirst", value(`"\udc00\ud800"`), "constants/${k}/value", "surrogate"},
		{"LargeInteger", value(`[0, 9007199254740993]`), "constants/${k}/value/1", "beyond 2^53"},
		{"LargeNegative", value(`-9007199254740993`), "constants/${k}/value", "beyond 2^53"},
		{"LargeExponent", value(`1e999`), "constants/${k}/value", "out of range"},
		{"DuplicateInValue", value(`{"a":1,"a":2}`), "constants/${k}/value/a", `"a" twice`},
		{"DuplicateSection", `{"flows":{},"flows":{}}`, "flows", `"flows" twice`},
		{"DuplicateInUnknownField", `{"line":[{"x":1,"x":1}]}`, "line/0/x", `"x" twice`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := flow.Parse([]byte(tt.doc))
			f := fault.As(err)
			if f == nil || f.Code != fault.CodeInvalid || len(f.Problems) != 1 {
				t.Fatalf("got %#v, want one problem", err)
			}
			got := f.Problems[0]
			if got.Code != flow.InvalidTree || strings.Join(got.Path, "/") != tt.path || !strings.Contains(got.Message, tt.message) {
				t.Errorf("got %+v, want %q at %q", got, tt.message, tt.path)
			}
		})
	}
}

func TestParseAcceptsText(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"Limit":         `9007199254740992`,
		"NegativeLimit": `-9007199254740992`,
		"LongFraction":  `0.12345678901234567890`,
		"Surrogates":    `"\ud83d\ude00"`,
		"EscapedSlash":  `"\\u0000 \/ \\"`,
		"Quotes":        `"\\\"x\\\\"`,
		"Deep":          strings.Repeat("[", 97) + strings.Repeat("]", 97),
		"Empties":       ` [ { } , [ ] , "" ] `,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := `{"constants":{"${k}":{"value":` + value + `}}}`
			got := parse(t, doc).Constant("${k}").Value
			if string(got) != strings.TrimSpace(value) {
				t.Errorf("value %s, want %s", got, value)
			}
		})
	}
}

func TestParseListsNoMoreThanMaxProblems(t *testing.T) {
	t.Parallel()
	_, err := flow.Parse([]byte(`{"line":[` + strings.Repeat(`1e999,`, 500) + `0]}`))
	got := fault.As(err).Problems
	if len(got) != flow.MaxProblems+1 || !strings.Contains(got[flow.MaxProblems].Message, "400 more") {
		t.Errorf("%d problems, the last is %q", len(got), got[len(got)-1].Message)
	}
}

func TestParseReadsBothGenerationsOfFields(t *testing.T) {
	t.Parallel()
	p := parse(t, `{"activities":{
		"plain":{"type":"ServiceActivity"},
		"old":{"isSkipped":false,"can_retry":false},
		"both":{"skippable":true,"isSkipped":false,"can_retry":false,"retryable":true},
		"null":{"skippable":null,"isSkipped":false,"can_retry":null}}}`)
	for id, want := range map[string][2]bool{"plain": {true, true}, "old": {false, false}, "both": {true, true}, "null": {false, true}} {
		if a := p.Activity(id); a.Skippable != want[0] || a.Retryable != want[1] {
			t.Errorf("%s: skippable %t, retryable %t, want %v", id, a.Skippable, a.Retryable, want)
		}
	}
}

func TestParseReadsConnectionsInEveryForm(t *testing.T) {
	t.Parallel()
	p := parse(t, `{"activities":{"none":{"incoming":"","outgoing":null},"one":{"incoming":"f"},"many":{"incoming":["f","g"]}},
		"end_event":{"id":"e","incoming":"f"}}`)
	for id, want := range map[string][]string{"none": nil, "one": {"f"}, "many": {"f", "g"}, "e": {"f"}} {
		if got := p.Node(id).Incoming; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
}

func TestParseCapsRetriesAndTimeouts(t *testing.T) {
	t.Parallel()
	retries := map[string]flow.AutoRetry{
		`{"enable":true,"times":99,"interval":2}`:     {Enable: true, Times: 10, Interval: 2},
		`{"enable":true,"times":-3,"interval":-4}`:    {Enable: true, Times: 3, Interval: 4},
		`{"enable":true,"times":"x","interval":"no"}`: {Enable: true, Times: 10, Interval: 10},
		`{"enable":true,"times":"3","interval":2.9}`:  {Enable: true, Times: 3, Interval: 2},
		`{"enable":true,"times":null,"interval":[]}`:  {Enable: true, Times: 10, Interval: 10},
		`{"enable":1}`: {Enable: true, Times: 10},
		`null`:         {},
	}
	for config, want := range retries {
		got := parse(t, `{"activities":{"a":{"auto_retry":`+config+`}}}`).Activity("a").AutoRetry
		if got != want {
			t.Errorf("%s: %+v, want %+v", config, got, want)
		}
	}
	timeouts := map[string]flow.Timeout{
		`{"enable":true,"seconds":30,"action":"forced_fail"}`: {Declared: true, Enable: true, Seconds: 30, Action: "forced_fail"},
		`{"enable":true,"seconds":0}`:                         {Declared: true},
		`{"enable":true,"seconds":"30"}`:                      {Declared: true},
		`{"enable":true,"seconds":1.5}`:                       {Declared: true},
		`{"enable":true}`:                                     {Declared: true},
		`{"enable":false,"seconds":5}`:                        {Seconds: 5},
	}
	for config, want := range timeouts {
		got := parse(t, `{"activities":{"a":{"timeout_config":`+config+`}}}`).Activity("a").Timeout
		if got != want {
			t.Errorf("%s: %+v, want %+v", config, got, want)
		}
	}
}

func TestParseKeepsOrder(t *testing.T) {
	t.Parallel()
	p := parse(t, `{
		"activities":{"b":{"component":{"code":"x","data":{"z":{"value":1.0},"a":{"value":null}}}},"a":{}},
		"gateways":{"g":{"conditions":{"f9":{"evaluate":"1"},"f1":{"evaluate":"2"}},"extra_info":{"strategy":2,"parse_lang":"FEEL"},"default_condition":{}}},
		"constants":{"${z}":{"source_info":{"n2":["y","x"],"n1":[]}},"${a}":{"need_render":false,"pre_render_mako":1}}}`)
	if got := p.NodeIDs(); !slices.Equal(got, []string{"b", "a", "g"}) {
		t.Errorf("nodes %v", got)
	}
	inputs := p.Activity("b").Component.Inputs
	if inputs[0].Key != "z" || string(inputs[0].Value) != "1.0" || inputs[1].Key != "a" || string(inputs[1].Value) != "null" {
		t.Errorf("inputs %+v", inputs)
	}
	if v := p.Activity("b").Component.Version; v != "legacy" {
		t.Errorf("version %q", v)
	}
	g := p.Gateway("g")
	if g.Conditions[0].FlowID != "f9" || g.Conditions[1].FlowID != "f1" || g.Language != "FEEL" || g.Default != nil {
		t.Errorf("gateway %+v", g)
	}
	if diff := cmp.Diff([]flow.Source{{NodeID: "n2", Keys: []string{"y", "x"}}, {NodeID: "n1", Keys: []string{}}}, p.Constants[0].SourceInfo); diff != "" {
		t.Error(diff)
	}
	if k := p.Constant("${a}"); k.NeedRender || !k.PreRender {
		t.Errorf("constant %+v", k)
	}
}

func TestParseReadsSubProcesses(t *testing.T) {
	t.Parallel()
	p := parse(t, `{"activities":{
		"inline":{"pipeline":{"id":"inline","outputs":["${r}"]},"type":"SubProcess","template_id":"ignored"},
		"named":{"type":"SubProcess","template_id":12,"version":"1.0.0","always_use_latest":true,"constants":{"${k}":1}},
		"text":{"type":"SubProcess","template_id":"34"},
		"service":{"type":"ServiceActivity","template_id":"unknown field","pipeline":7}}}`)
	if in := p.Activity("inline"); in.Reference != nil || in.Pipeline == nil || in.Pipeline.ID != "inline" || in.Pipeline.Outputs[0] != "${r}" {
		t.Errorf("inline %+v", in)
	}
	ref := p.Activity("named").Reference
	if ref.TemplateID != 12 || ref.Version != "1.0.0" || !ref.AlwaysUseLatest || string(ref.Constants) != `{"${k}":1}` {
		t.Errorf("reference %+v", ref)
	}
	if id := p.Activity("text").Reference.TemplateID; id != 34 {
		t.Errorf("template id %d", id)
	}
	if s := p.Activity("service"); s.Pipeline != nil || s.Reference != nil {
		t.Errorf("service %+v", s)
	}
}

func TestParseOwnsItsDocument(t *testing.T) {
	t.Parallel()
	doc := []byte(`{"constants":{"${k}":{"value":"old"}}}`)
	p, err := flow.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	copy(doc, strings.Repeat("x", len(doc)))
	if got := string(p.Document()); got != `{"constants":{"${k}":{"value":"old"}}}` {
		t.Errorf("document %s", got)
	}
	if got := string(p.Constant("${k}").Value); got != `"old"` {
		t.Errorf("value %s", got)
	}
}

func TestRealTreesAreFine(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/real/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no real trees: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p := parse(t, string(doc))
			if string(p.Document()) != string(doc) {
				t.Error("the document has changed")
			}
			if problems := p.Validate(flow.Web()); len(problems) > 0 {
				t.Error(problems)
			}
			if p.CleanNames() != p {
				t.Error("the names are unclean")
			}
		})
	}
}

func TestLookupsFindWhatTheTreeHas(t *testing.T) {
	t.Parallel()
	p := parse(t, string(sketch(t, "s > x1\nx1 > a1 e\na1 > e")))
	kinds := map[string]flow.NodeKind{
		"s": flow.StartEvent, "e": flow.EndEvent, "a1": flow.NodeKind(flow.ServiceActivity), "x1": flow.NodeKind(flow.ExclusiveGateway),
	}
	for id, kind := range kinds {
		if n := p.Node(id); n == nil || n.ID != id || n.Kind != kind {
			t.Errorf("node %s: %+v", id, n)
		}
	}
	if p.Node("zz") != nil || p.Activity("x1") != nil || p.Gateway("a1") != nil || p.Flow("f99") != nil || p.Constant("${k}") != nil {
		t.Error("found what is not there")
	}
	if f := p.Flow("f1"); f.Source != "x1" || f.Target != "a1" {
		t.Errorf("flow %+v", f)
	}
}
