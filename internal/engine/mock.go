package engine

import (
	"maps"
	"slices"
)

// Mock is the mock data of a run, by node key (engine §10). Mocks sit below the
// rendering of inputs and above the plugin: a mocked node still renders, loops,
// retries and times out, but its plugin is never called.
type Mock struct {
	// Nodes are the mocked activities. Entries of the other fields for nodes that are
	// not listed here do nothing.
	Nodes []string `json:"nodes,omitempty"`
	// Outputs become the outputs of a node, as they are: nothing in them is rendered.
	Outputs map[string]Value `json:"outputs,omitempty"`
	// FailNodes fail, with the text of Errors or "mock failed".
	FailNodes []string          `json:"failNodes,omitempty"`
	Errors    map[string]string `json:"errors,omitempty"`

	// index finds members of Nodes; it is made on first use.
	nodes, fails map[string]bool
}

// mockFailed is the ex_data of a mocked failure that has no text of its own.
const mockFailed = "mock failed"

func (m Mock) clone() Mock {
	return Mock{
		Nodes:     slices.Clone(m.Nodes),
		Outputs:   maps.Clone(m.Outputs),
		FailNodes: slices.Clone(m.FailNodes),
		Errors:    maps.Clone(m.Errors),
	}
}

// merge puts the parts of other that are not nil in place of those of m; outputs
// and errors are merged by node.
func (m *Mock) merge(other *Mock) {
	if other.Nodes != nil {
		m.Nodes = slices.Clone(other.Nodes)
	}
	if other.FailNodes != nil {
		m.FailNodes = slices.Clone(other.FailNodes)
	}
	m.Outputs = merged(m.Outputs, other.Outputs)
	m.Errors = merged(m.Errors, other.Errors)
	m.nodes, m.fails = nil, nil
}

func merged[V any](into, from map[string]V) map[string]V {
	if into == nil {
		return maps.Clone(from)
	}
	maps.Copy(into, from)
	return into
}

func (m *Mock) mocked(key string) bool {
	if m.nodes == nil {
		m.nodes = setOf(m.Nodes)
		m.fails = setOf(m.FailNodes)
	}
	return m.nodes[key]
}

func setOf(keys []string) map[string]bool {
	set := make(map[string]bool, len(keys))
	for _, key := range keys {
		set[key] = true
	}
	return set
}

// fails lets the call fail when the mock data says so.
func (m *Mock) failure(call *Call) (Answer, bool) {
	if !m.fails[call.Node] {
		return Answer{}, false
	}
	text := m.Errors[call.Node]
	if text == "" {
		text = mockFailed
	}
	return call.Fail(text), true
}

// execute answers in place of the plugin. A plugin that schedules is asked for a
// poll, in which the outputs follow; the first poll is immediate, so nothing
// waits.
func (m *Mock) execute(call *Call, spec *Spec) Answer {
	if answer, failed := m.failure(call); failed {
		return answer
	}
	if spec.Schedule != NoSchedule && !spec.LateSchedule {
		return Answer{OK: true, Schedule: Poll}
	}
	return m.answer(call)
}

func (m *Mock) schedule(call *Call) Answer {
	if answer, failed := m.failure(call); failed {
		return answer
	}
	return m.answer(call)
}

// answer copies the mock outputs. Outputs that are no object fail the node as an
// exception.
func (m *Mock) answer(call *Call) Answer {
	v, ok := m.Outputs[call.Node]
	if !ok {
		return Success()
	}
	outputs, ok := v.Any.(dict)
	if !ok {
		return Raisef("mock outputs of node %s are no object: '%s' object has no attribute 'items'", call.Node, pythonType(v.Any))
	}
	for i := range outputs.Len() {
		key, value := outputs.At(i)
		call.Outputs.Set(text(key), value)
	}
	return Success()
}
