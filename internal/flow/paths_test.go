package flow_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// line is a tree of a start event, activities in a row and an end event; each
// activity is the text behind its id, incoming and outgoing.
func line(constants string, activities ...string) string {
	var acts, flows []string
	flows = append(flows, `"l0": {"id": "l0", "source": "s", "target": "a0"}`)
	for i, a := range activities {
		id, next := "a"+string(rune('0'+i)), "a"+string(rune('1'+i))
		if i == len(activities)-1 {
			next = "e"
		}
		in, out := "l"+string(rune('0'+i)), "l"+string(rune('1'+i))
		acts = append(acts, `"`+id+`": {"id": "`+id+`", "name": "n", "incoming": ["`+in+`"], "outgoing": "`+out+`", `+a+`}`)
		flows = append(flows, `"`+out+`": {"id": "`+out+`", "source": "`+id+`", "target": "`+next+`"}`)
	}
	return `{"id": "own", "start_event": {"id": "s", "name": "", "type": "EmptyStartEvent", "incoming": "", "outgoing": "l0"},
		"end_event": {"id": "e", "name": "", "type": "EmptyEndEvent", "incoming": ["l` + string(rune('0'+len(activities))) + `"], "outgoing": ""},
		"activities": {` + strings.Join(acts, ",") + `}, "gateways": {}, "flows": {` + strings.Join(flows, ",") + `},
		"constants": {` + constants + `}, "outputs": []}`
}

const (
	work = `"type": "ServiceActivity", "component": {"code": "bk_display", "version": "v1.0", "data": {}}`
	// shown and hidden are constants of a template that is referred to.
	shown  = `"${k}": {"key": "${k}", "name": "k", "show_type": "show", "source_type": "custom", "custom_type": "input", "value": "own", "extra": 1}`
	hidden = `"${h}": {"key": "${h}", "name": "h", "show_type": "hide", "source_type": "custom", "custom_type": "input", "value": "own"}`
)

func subProcess(rest string) string { return `"type": "SubProcess", ` + rest }

func TestPathsLeadIntoSubProcesses(t *testing.T) {
	t.Parallel()
	inner := line("", work, subProcess(`"pipeline": `+line("", work)))
	p := parse(t, line("", work, subProcess(`"pipeline": `+inner), work))
	var got []string
	for _, n := range p.Paths() {
		got = append(got, n.Path)
		if p.At(n.Path) != n.Node || n.Tree.Node(n.Node.ID) != n.Node || n.Depth != strings.Count(n.Path, "/") {
			t.Errorf("%s: depth %d, or another node stands there", n.Path, n.Depth)
		}
	}
	want := []string{"s", "a0", "a1", "a1/s", "a1/a0", "a1/a1", "a1/a1/s", "a1/a1/a0", "a1/a1/e", "a1/e", "a2", "e"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, missing := range []string{"", "x", "a0/s", "a1/", "a1/x", "a1/a1/a0/s", "/a0"} {
		if n := p.At(missing); n != nil {
			t.Errorf("%q leads to %s", missing, n.ID)
		}
	}
	if got := slices.Collect(flow.Above("a/b/c")); !slices.Equal(got, []string{"a", "a/b"}) {
		t.Errorf("above a/b/c are %q", got)
	}
}

func TestReferencesAreReadInBothForms(t *testing.T) {
	t.Parallel()
	const members = `"template_id": "12", "version": "1.0.0", "always_use_latest": true, "constants": {
		"${a}": {"key": "${a}", "value": "A", "need_render": false}, "${b}": {"value": 1}, "${c}": [2], "${d}": {"show_type": "show", "value": null}}`
	plugin := func(version, input string) string {
		return `"type": "ServiceActivity", "component": {"code": "subprocess_plugin", "version": "` + version + `", "data": {"subprocess": {"hook": false, "value": ` + input + `}}}`
	}
	p := parse(t, line("", subProcess(members), plugin("1.0.0", `{`+members+`}`),
		plugin("2.0.0", `{`+members+`}`), plugin("1.0.0", `"${x}"`), plugin("1.0.0", `{"template_id": "x"}`), plugin("1.0.0", `{"version": ""}`), work))
	for _, id := range []string{"a0", "a1"} {
		ref := p.Activity(id).Refers()
		if ref == nil || ref.TemplateID != 12 || ref.Version != "1.0.0" || !ref.AlwaysUseLatest {
			t.Fatalf("%s: %+v", id, ref)
		}
		var got []string
		for _, k := range ref.Parameters() {
			text := k.Key + "=" + string(k.Value)
			if k.NeedRender != nil && !*k.NeedRender {
				text += " as is"
			}
			got = append(got, text)
		}
		want := []string{`${a}="A" as is`, `${b}={"value": 1}`, `${c}=[2]`, `${d}=null`}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", id, got)
		}
	}
	for _, id := range []string{"a2", "a3", "a4", "a5", "a6"} {
		if ref := p.Activity(id).Refers(); ref != nil {
			t.Errorf("%s refers to %+v", id, ref)
		}
	}
	if got := (&flow.TemplateReference{}).Parameters(); got != nil {
		t.Errorf("a reference without constants sets %v", got)
	}
}

func TestInlinePutsTreesInPlaceOfReferences(t *testing.T) {
	t.Parallel()
	leaf := parse(t, line(shown+","+hidden, work))
	middle := parse(t, line(shown, subProcess(`"template_id": 3, "constants": {"${k}": "${k}!", "${h}": "no", "${none}": 1}`)))
	p := parse(t, line("", subProcess(`"template_id": 2, "constants": {"${k}": {"key": "${k}", "value": "${up}", "need_render": false}}`),
		subProcess(`"template_id": 3`),
		`"type": "ServiceActivity", "component": {"code": "subprocess_plugin", "version": "1.0.0", "data": {"subprocess": {"hook": false, "value": {"template_id": 3}}}}`,
		subProcess(`"pipeline": `+line("", subProcess(`"template_id": 3`))), subProcess(`"template_id": 4`)))
	q, err := p.Inline(map[string]*flow.Inlined{
		"a0": {Tree: middle, Inner: map[string]*flow.Inlined{"a0": {Tree: leaf}}}, "a1": {Tree: leaf}, "a2": {Tree: leaf},
		"a3/a0": {Tree: leaf}, "s": {Tree: leaf}, "ghost": {Tree: leaf},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"a0", "a0/a0", "a1", "a2", "a3/a0"} {
		a := q.At(path).Activity
		if a == nil || a.Kind != flow.SubProcess || a.Pipeline == nil || a.Pipeline.ID != a.ID || a.Refers() != nil {
			t.Errorf("%s is %+v", path, a)
		}
	}
	if a := q.At("a4").Activity; a.Pipeline != nil || a.Refers() == nil {
		t.Error("a reference that nobody resolved has gone")
	}
	value := func(path, key string) string { return string(q.At(path).Activity.Pipeline.Constant(key).Value) }
	for _, test := range [][3]string{
		{"a0", "${k}", `"${up}"`}, {"a0/a0", "${k}", `"${k}!"`}, {"a0/a0", "${h}", `"own"`}, {"a1", "${k}", `"own"`}, {"a2", "${h}", `"own"`},
	} {
		if got := value(test[0], test[1]); got != test[2] {
			t.Errorf("%s of %s is %s, not %s", test[1], test[0], got, test[2])
		}
	}
	if q.At("a0").Activity.Pipeline.Constant("${k}").NeedRender || !q.At("a1").Activity.Pipeline.Constant("${k}").NeedRender {
		t.Error("need_render of the reference does not count")
	}
	if !strings.Contains(string(q.Document()), `"extra": 1`) || !json.Valid(q.Document()) {
		t.Error("the document lost something")
	}
	if same, err := p.Inline(nil); same != p || err != nil {
		t.Error("a tree is made anew for nothing")
	}
}

func TestInlineRefusesWhatBecomesTooLarge(t *testing.T) {
	t.Parallel()
	big := parse(t, line("", work+`, "note": "`+strings.Repeat("x", flow.MaxTreeBytes/2)+`"`))
	p := parse(t, line("", subProcess(`"template_id": 3`), subProcess(`"template_id": 3`)))
	_, err := p.Inline(map[string]*flow.Inlined{"a0": {Tree: big}, "a1": {Tree: big}})
	if f := fault.As(err); f == nil || len(f.Problems) != 1 || f.Problems[0].Code != flow.InvalidTree {
		t.Errorf("%v", err)
	}
}
