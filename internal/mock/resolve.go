package mock

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// Preset is a stored preset of a template, for one of its own nodes.
type Preset struct {
	TemplateID int
	NodeID     string
	Outputs    json.RawMessage
}

// Owners tells whose tree a part of the tree is: the id of the template by the path
// of the sub-process that stands for it. The entry "" is the task's own template.
type Owners map[string]int

// of returns the template that holds the node with that path, and the path of the
// node in the template's tree.
func (o Owners) of(path string) (templateID int, inner string) {
	templateID, inner = o[""], path
	if len(path) > maxPath {
		return templateID, inner
	}
	for above := range flow.Above(path) {
		if id, ok := o[above]; ok {
			templateID, inner = id, path[len(above)+len(flow.PathSeparator):]
		}
	}
	return templateID, inner
}

// Data is what a task freezes. Nodes have their ids in the template's own tree; one
// inside a sub-process has its path.
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

// Resolve checks the spec against the tree that runs and fills outputs in from
// presets by id: those of the template for its nodes, those of a template that a
// sub-process stands for inside of it. It reports every problem, and as warnings
// what is odd but allowed.
func (s Spec) Resolve(tree *flow.Pipeline, presets map[int]Preset, owners Owners) (data Data, problems, warnings []fault.Problem) {
	data = Data{Nodes: s.Nodes, PresetIDs: s.PresetIDs, Failures: s.failures}
	if data.Nodes == nil {
		data.Nodes = []string{}
	}
	in := newTarget(tree, s.Nodes)
	for _, id := range s.Nodes {
		found := in.checkActivity(id, s.nodePaths[id]...)
		problems = append(problems, found...)
		if whole := in.mockedWhole(id); found == nil && whole != "" {
			warnings = append(warnings, problem(CodeInertOutputs, id,
				fmt.Sprintf("node %s never runs: the sub-process %s is mocked as a whole", id, whole), s.nodePaths[id]...))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.outputs)) {
		if found := in.checkActivity(id, "outputs", id); found != nil {
			problems = append(problems, found...)
		} else if !in.mocked[id] {
			warnings = append(warnings, inert(id, "outputs", id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.PresetIDs)) {
		if !in.mocked[id] {
			warnings = append(warnings, inert(id, s.presetPaths[id]...))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.failures)) {
		if !in.mocked[id] {
			problems = append(problems, problem(CodeInvalidValue, id,
				fmt.Sprintf("node %s cannot fail on demand: it is not in nodes", id), "failures", id))
		}
	}
	outputs := s.outputs
	if len(outputs) == 0 {
		filled, more, odd := s.fill(presets, owners)
		outputs, problems, warnings = filled, append(problems, more...), append(warnings, odd...)
	}
	data.Outputs = encode(outputs)
	return data, problems, warnings
}

// fill takes the outputs of the mocked nodes from their presets.
func (s Spec) fill(presets map[int]Preset, owners Owners) (outputs map[string]json.RawMessage, problems, warnings []fault.Problem) {
	outputs = make(map[string]json.RawMessage)
	for _, node := range s.Nodes {
		id, ok := s.PresetIDs[node]
		if !ok {
			continue
		}
		path := s.presetPaths[node]
		preset, ok := presets[id]
		owner, inner := owners.of(node)
		switch {
		case !ok || preset.TemplateID != owner:
			problems = append(problems, problem(CodeUnknownPreset, node,
				fmt.Sprintf("node %s: the template %d that it belongs to has no preset %d", node, owner, id), path...))
			continue
		case !isObject(preset.Outputs):
			problems = append(problems, problem(CodeWrongType, node,
				fmt.Sprintf("node %s: the outputs of preset %d are not an object", node, id), path...))
			continue
		case preset.NodeID != inner:
			warnings = append(warnings, problem(CodePresetOfOtherNode, node,
				fmt.Sprintf("preset %d was made for node %s, not for %s", id, preset.NodeID, node), path...))
		}
		outputs[node] = preset.Outputs
	}
	return outputs, problems, warnings
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
