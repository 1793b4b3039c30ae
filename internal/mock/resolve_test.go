package mock_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/mock"
)

// tree has the activity a, the sub-process s with an activity i and the end event e,
// and the sub-process r that only names a template.
const tree = `{"activities": {
	"a": {"id": "a", "type": "ServiceActivity"}, "r": {"id": "r", "type": "SubProcess", "template_id": 9},
	"s": {"id": "s", "type": "SubProcess", "pipeline": {"end_event": {"id": "e"}, "activities": {
		"i": {"id": "i", "type": "ServiceActivity"}, "t": {"id": "t", "type": "SubProcess", "pipeline": {"activities": {"i": {"id": "i", "type": "ServiceActivity"}}}}}}}}}`

func said(list []fault.Problem) []string {
	words := []string{}
	for _, p := range list {
		words = append(words, p.Code+" "+strings.Join(p.Path, "."))
	}
	return words
}

func TestMockDataNamesInnerNodesByPath(t *testing.T) {
	t.Parallel()
	p, err := flow.Parse([]byte(tree))
	if err != nil {
		t.Fatal(err)
	}
	// The sub-process s stands for template 2, t in it for template 3.
	owners := mock.Owners{"": 1, "s": 2, "s/t": 3}
	presets := map[int]mock.Preset{
		10: {TemplateID: 1, NodeID: "a", Outputs: json.RawMessage(`{"x": 10}`)},
		20: {TemplateID: 2, NodeID: "i", Outputs: json.RawMessage(`{"x": 20}`)},
		30: {TemplateID: 3, NodeID: "i", Outputs: json.RawMessage(`{"x": 30}`)},
	}
	slashes := strings.Repeat("/", 1<<20)
	for name, test := range map[string]struct {
		request            mock.Request
		outputs            string
		problems, warnings []string
	}{
		"presets of the templates that the nodes belong to": {
			request: mock.Request{Nodes: []string{"a", "s/i", "s/t/i"}, PresetIDs: json.RawMessage(`{"a": 10, "s/i": 20, "s/t/i": 30}`)},
			outputs: `{"a":{"x":10},"s/i":{"x":20},"s/t/i":{"x":30}}`,
		},
		"presets of other templates": {
			request:  mock.Request{Nodes: []string{"a", "s/i"}, PresetIDs: json.RawMessage(`{"a": 20, "s/i": 30}`)},
			problems: []string{"UNKNOWN_PRESET mockDataIds.a", "UNKNOWN_PRESET mockDataIds.s/i"},
		},
		"a preset of another node of the template": {
			request: mock.Request{Nodes: []string{"s/t"}, PresetIDs: json.RawMessage(`{"s/t": 20}`)},
			outputs: `{"s/t":{"x":20}}`, warnings: []string{"PRESET_OF_OTHER_NODE mockDataIds.s/t"},
		},
		"inside a mocked sub-process": {
			request:  mock.Request{Nodes: []string{"s", "s/t/i", "s/i"}},
			warnings: []string{"INERT_OUTPUTS nodes.1", "INERT_OUTPUTS nodes.2"},
		},
		"below a reference nothing is known": {
			request: mock.Request{Nodes: []string{"r/x/y"}, Outputs: json.RawMessage(`{"r/z": {}}`)},
			outputs: `{"r/z":{}}`, warnings: []string{"INERT_OUTPUTS outputs.r/z"},
		},
		"no such path": {
			request:  mock.Request{Nodes: []string{"i", "s/x", "a/i", "s/e", "s/", "r" + slashes, slashes}},
			problems: []string{"UNKNOWN_NODE nodes.0", "UNKNOWN_NODE nodes.1", "UNKNOWN_NODE nodes.2", "NOT_AN_ACTIVITY nodes.3", "UNKNOWN_NODE nodes.4", "UNKNOWN_NODE nodes.5", "UNKNOWN_NODE nodes.6"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, found := mock.Check(test.request)
			if len(found) > 0 {
				t.Fatal(found)
			}
			data, problems, warnings := spec.Resolve(p, presets, owners)
			if got := said(problems); !slices.Equal(got, append([]string{}, test.problems...)) {
				t.Errorf("problems %q", got)
			}
			if got := said(warnings); !slices.Equal(got, append([]string{}, test.warnings...)) {
				t.Errorf("warnings %q", got)
			}
			if test.problems == nil && test.outputs != "" && string(data.Outputs) != test.outputs {
				t.Errorf("outputs %s", data.Outputs)
			}
		})
	}
}

func TestABareInnerIDIsAnsweredWithItsPaths(t *testing.T) {
	t.Parallel()
	p, err := flow.Parse([]byte(tree))
	if err != nil {
		t.Fatal(err)
	}
	spec, _ := mock.Check(mock.Request{Nodes: []string{"i"}})
	_, problems, _ := spec.Resolve(p, nil, nil)
	if len(problems) != 1 || !strings.HasSuffix(problems[0].Message, "s/i or s/t/i") {
		t.Errorf("%v", problems)
	}
}
