package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rehearse.dev/internal/fault"
)

// Problem and warning codes; the API's UserErrorCode explains them.
const (
	CodeBlank             = "BLANK"
	CodeWrongType         = "WRONG_TYPE"
	CodeInvalidValue      = "INVALID_VALUE"
	CodeUnknownNode       = "UNKNOWN_NODE"
	CodeNotAnActivity     = "NOT_AN_ACTIVITY"
	CodeUnknownPreset     = "UNKNOWN_PRESET"
	CodePresetOfOtherNode = "PRESET_OF_OTHER_NODE"
	CodeInertOutputs      = "INERT_OUTPUTS"
)

// Request is mock data as a caller sends it. Absent parts are nil.
type Request struct {
	// Nodes are ids of activities to mock; inside a sub-process the path, "outer/inner".
	Nodes []string
	// Outputs is a JSON object from node id to output object.
	Outputs json.RawMessage
	// PresetIDs is a JSON object from node id to preset id.
	PresetIDs json.RawMessage
	// Failures is a JSON object from node id to message.
	Failures json.RawMessage
	// Scheme is node id to preset id (0: without preset) of a chosen scheme; the
	// parts above win over it.
	Scheme map[string]int
}

// Spec is a request whose types have been checked.
type Spec struct {
	// Nodes are the ids to mock, each once, in the order of the request.
	Nodes []string
	// PresetIDs is node id to preset id, also for nodes that are not mocked.
	PresetIDs map[string]int

	outputs  map[string]json.RawMessage
	failures map[string]string
	// nodePaths and presetPaths lead to where the request names a node and its
	// preset: into a list of its own, or to the scheme.
	nodePaths, presetPaths map[string][]string
}

// schemePath is the path of what a scheme brought along.
var schemePath = []string{"schemeId"}

// Check reads a request and reports every part of the wrong type. Paths are
// relative to mockData.
func Check(r Request) (Spec, []fault.Problem) {
	var problems []fault.Problem
	s := Spec{PresetIDs: map[string]int{}, nodePaths: map[string][]string{}, presetPaths: map[string][]string{}}
	for i, id := range r.Nodes {
		path := []string{"nodes", strconv.Itoa(i)}
		if strings.TrimSpace(id) == "" {
			problems = append(problems, problem(CodeBlank, "", "a node id must not be blank", path...))
			continue
		}
		s.addNode(id, path)
	}
	for _, id := range slices.Sorted(maps.Keys(r.Scheme)) {
		s.addNode(id, schemePath)
		if preset := r.Scheme[id]; preset != 0 {
			s.PresetIDs[id], s.presetPaths[id] = preset, schemePath
		}
	}
	problems = append(problems, s.readOutputs(r.Outputs)...)
	problems = append(problems, s.readPresetIDs(r.PresetIDs)...)
	return s, append(problems, s.readFailures(r.Failures)...)
}

// addNode notes a node to mock; the first mention counts.
func (s *Spec) addNode(id string, path []string) {
	if s.nodePaths[id] == nil {
		s.Nodes, s.nodePaths[id] = append(s.Nodes, id), path
	}
}

func (s *Spec) readOutputs(raw json.RawMessage) []fault.Problem {
	object, problems := readObject(raw, "outputs", "node id to output object")
	s.outputs = object
	for _, id := range slices.Sorted(maps.Keys(object)) {
		if !isObject(object[id]) {
			problems = append(problems, problem(CodeWrongType, id,
				fmt.Sprintf("the outputs of node %s must be an object", id), "outputs", id))
		}
	}
	return problems
}

func (s *Spec) readPresetIDs(raw json.RawMessage) []fault.Problem {
	object, problems := readObject(raw, "mockDataIds", "node id to preset id")
	for _, node := range slices.Sorted(maps.Keys(object)) {
		path := []string{"mockDataIds", node}
		id, ok := presetID(object[node])
		if !ok {
			problems = append(problems, problem(CodeWrongType, node,
				fmt.Sprintf("the preset id of node %s must be a whole number", node), path...))
			continue
		}
		s.PresetIDs[node], s.presetPaths[node] = id, path
	}
	return problems
}

func (s *Spec) readFailures(raw json.RawMessage) []fault.Problem {
	object, problems := readObject(raw, "failures", "node id to message")
	s.failures = make(map[string]string, len(object))
	for _, node := range slices.Sorted(maps.Keys(object)) {
		var message string
		if object[node][0] != '"' || json.Unmarshal(object[node], &message) != nil {
			problems = append(problems, problem(CodeWrongType, node,
				fmt.Sprintf("the failure of node %s must be a text", node), "failures", node))
			continue
		}
		s.failures[node] = message
	}
	return problems
}

// readObject reads a JSON object; nil and null are an empty one.
func readObject(raw json.RawMessage, name, shape string) (map[string]json.RawMessage, []fault.Problem) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var object map[string]json.RawMessage
	if !isObject(raw) || json.Unmarshal(raw, &object) != nil {
		return nil, []fault.Problem{problem(CodeWrongType, "", name+" must be an object from "+shape, name)}
	}
	return object, nil
}

func isObject(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	return len(raw) > 0 && raw[0] == '{'
}

var wholeNumber = regexp.MustCompile(`^[0-9]{1,18}$`)

// presetID reads a whole number, or its text: the API shows ids as text.
func presetID(raw json.RawMessage) (int, bool) {
	text := strings.TrimSpace(string(raw))
	if len(text) > 2 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	if !wholeNumber.MatchString(text) {
		return 0, false
	}
	id, err := strconv.Atoi(text)
	return id, err == nil
}

func problem(code, node, message string, path ...string) fault.Problem {
	return fault.Problem{Code: code, Message: message, NodeID: node, Path: path}
}
