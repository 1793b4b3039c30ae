package mock

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// Preset is a stored preset of the template.
type Preset struct {
	NodeID  string
	Outputs json.RawMessage
}

// Data is what a task freezes. All of it is in the template's own node ids.
type Data struct {
	Nodes     []string
	Outputs   json.RawMessage
	PresetIDs map[string]int
	Failures  map[string]string
}

// WantedPresets lists the presets that Resolve needs: none when the request
// brings outputs of its own, for those switch the fill-in off for all nodes
// (domain §1.4 rule 1).
func (s Spec) WantedPresets() []int {
	if len(s.outputs) > 0 {
		return nil
	}
	var ids []int
	for _, node := range s.Nodes {
		if id, ok := s.PresetIDs[node]; ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Resolve checks the spec against a tree and fills outputs in from presets,
// which are those of the template by id. It reports every problem, and as
// warnings what is odd but allowed.
func (s Spec) Resolve(tree *flow.Pipeline, presets map[int]Preset) (data Data, problems, warnings []fault.Problem) {
	data = Data{Nodes: s.Nodes, PresetIDs: s.PresetIDs, Failures: s.failures}
	if data.Nodes == nil {
		data.Nodes = []string{}
	}
	for _, id := range s.Nodes {
		problems = append(problems, checkActivity(tree, id, s.nodePaths[id]...)...)
	}
	for _, id := range slices.Sorted(maps.Keys(s.outputs)) {
		if found := checkActivity(tree, id, "outputs", id); found != nil {
			problems = append(problems, found...)
		} else if !slices.Contains(s.Nodes, id) {
			warnings = append(warnings, inert(id, "outputs", id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.PresetIDs)) {
		if !slices.Contains(s.Nodes, id) {
			warnings = append(warnings, inert(id, s.presetPaths[id]...))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.failures)) {
		if !slices.Contains(s.Nodes, id) {
			problems = append(problems, problem(CodeInvalidValue, id,
				fmt.Sprintf("node %s cannot fail on demand: it is not in nodes", id), "failures", id))
		}
	}
	outputs := s.outputs
	if len(outputs) == 0 {
		filled, more, odd := s.fill(presets)
		outputs, problems, warnings = filled, append(problems, more...), append(warnings, odd...)
	}
	data.Outputs = encode(outputs)
	return data, problems, warnings
}

// fill takes the outputs of the mocked nodes from their presets.
func (s Spec) fill(presets map[int]Preset) (outputs map[string]json.RawMessage, problems, warnings []fault.Problem) {
	outputs = make(map[string]json.RawMessage)
	for _, node := range s.Nodes {
		id, ok := s.PresetIDs[node]
		if !ok {
			continue
		}
		path := s.presetPaths[node]
		preset, ok := presets[id]
		switch {
		case !ok:
			problems = append(problems, problem(CodeUnknownPreset, node,
				fmt.Sprintf("node %s: the template has no preset %d", node, id), path...))
			continue
		case !isObject(preset.Outputs):
			problems = append(problems, problem(CodeWrongType, node,
				fmt.Sprintf("node %s: the outputs of preset %d are not an object", node, id), path...))
			continue
		case preset.NodeID != node:
			warnings = append(warnings, problem(CodePresetOfOtherNode, node,
				fmt.Sprintf("preset %d was made for node %s, not for %s", id, preset.NodeID, node), path...))
		}
		outputs[node] = preset.Outputs
	}
	return outputs, problems, warnings
}

// checkActivity says why a node cannot be mocked, or nothing. Gateways and
// events always run for real; nodes inside a sub-process belong to its tree.
func checkActivity(tree *flow.Pipeline, id string, path ...string) []fault.Problem {
	if tree.Activity(id) != nil {
		return nil
	}
	if tree.Node(id) != nil {
		return []fault.Problem{problem(CodeNotAnActivity, id,
			fmt.Sprintf("node %s is not an activity, and only activities can be mocked", id), path...)}
	}
	return []fault.Problem{problem(CodeUnknownNode, id, fmt.Sprintf("the tree has no node %s", id), path...)}
}

func inert(node string, path ...string) fault.Problem {
	return problem(CodeInertOutputs, node, fmt.Sprintf("node %s is not in nodes, so this has no effect", node), path...)
}

// encode writes an object with sorted keys around values that stay as they are.
func encode(object map[string]json.RawMessage) json.RawMessage {
	if len(object) == 0 {
		return json.RawMessage("{}")
	}
	raw, err := json.Marshal(object)
	if err != nil {
		// Every value came out of a decoder, so it is JSON.
		panic(fmt.Sprintf("encode mock outputs: %v", err))
	}
	return raw
}
