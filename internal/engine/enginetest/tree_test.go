package enginetest_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Tree builds small web-form trees for tests. Start is s, end is e, the tree's id
// is p. Nodes that are only named in Line become test_echo activities without
// inputs; the other methods say more about a node.
//
//	New().Line("s g a e").Line("g b e").Exclusive("g", "a: 1 == 1", "b: 1 == 2")
type Tree struct {
	id, start, end string
	order          []string
	nodes          map[string]*treeNode
	flows          []treeFlow
	constants      []member
	outputs        []string
}

type treeNode struct {
	kind, code, version string
	fields              []member
	extra               []member
	conditions          []string
	language            string
	inner               *Tree
}

type treeFlow struct{ id, from, to string }

type member struct {
	key   string
	value any
}

// New begins a tree.
func New() *Tree { return Sub("p", "s", "e") }

// Sub begins an inner tree with its own id and events.
func Sub(id, start, end string) *Tree {
	return &Tree{id: id, start: start, end: end, nodes: map[string]*treeNode{}}
}

func (t *Tree) node(id string) *treeNode {
	n := t.nodes[id]
	if n == nil {
		n = &treeNode{kind: "ServiceActivity", code: "test_echo", version: "legacy"}
		t.nodes[id] = n
		t.order = append(t.order, id)
	}
	return n
}

// flowID names a flow from__to; a second one between the same nodes from__to_2.
func (t *Tree) flowID(from, to string) string {
	id := from + "__" + to
	for i := range t.flows {
		if t.flows[i].id == id {
			return id + "_2"
		}
	}
	return id
}

// Line adds a flow between each two neighbours of a list of nodes.
func (t *Tree) Line(ids string) *Tree {
	list := strings.Fields(ids)
	for i, id := range list {
		if id != t.start && id != t.end {
			t.node(id)
		}
		if i > 0 {
			t.flows = append(t.flows, treeFlow{t.flowID(list[i-1], id), list[i-1], id})
		}
	}
	return t
}

// Activity names the plugin of a node as code or code@version, and its inputs as
// alternating keys and values.
func (t *Tree) Activity(id, plugin string, fields ...any) *Tree {
	n := t.node(id)
	n.code, n.version, _ = strings.Cut(plugin, "@")
	if n.version == "" {
		n.version = "legacy"
	}
	n.fields = members(fields)
	return t
}

// Echo gives a test_echo node its inputs.
func (t *Tree) Echo(id string, fields ...any) *Tree { return t.Activity(id, "test_echo", fields...) }

// Set adds members to an activity: error_ignorable, loop_config …
func (t *Tree) Set(id string, fields ...any) *Tree {
	t.node(id).extra = append(t.node(id).extra, members(fields)...)
	return t
}

// Exclusive makes the node an exclusive gateway. A condition is written "target:
// text", the default branch "target: default".
func (t *Tree) Exclusive(id string, conditions ...string) *Tree {
	return t.gateway(id, "ExclusiveGateway", conditions)
}

// Conditional makes the node a conditional parallel gateway.
func (t *Tree) Conditional(id string, conditions ...string) *Tree {
	return t.gateway(id, "ConditionalParallelGateway", conditions)
}

// Parallel makes the node a parallel gateway.
func (t *Tree) Parallel(id string) *Tree { return t.gateway(id, "ParallelGateway", nil) }

// Converge makes the node a converge gateway.
func (t *Tree) Converge(id string) *Tree { return t.gateway(id, "ConvergeGateway", nil) }

// Language sets the condition language of a gateway.
func (t *Tree) Language(id, language string) *Tree {
	t.node(id).language = language
	return t
}

func (t *Tree) gateway(id, kind string, conditions []string) *Tree {
	n := t.node(id)
	n.kind, n.conditions = kind, conditions
	return t
}

// Inner makes the node a sub-process with that tree inside.
func (t *Tree) Inner(id string, inner *Tree) *Tree {
	n := t.node(id)
	n.kind, n.inner = "SubProcess", inner
	return t
}

// Constant adds a variable; extra are alternating members such as custom_type.
func (t *Tree) Constant(name string, value any, extra ...any) *Tree {
	fields := append([]member{
		{"key", "${" + name + "}"}, {"name", name}, {"value", value}, {"custom_type", "input"},
		{"source_type", "custom"}, {"source_info", map[string]any{}}, {"source_tag", ""}, {"show_type", "hide"},
	}, members(extra)...)
	t.constants = append(t.constants, member{"${" + name + "}", fields})
	return t
}

// Bind adds a variable that takes an output, written node.key.
func (t *Tree) Bind(name, source string) *Tree {
	node, key, _ := strings.Cut(source, ".")
	return t.Constant(name, "", "custom_type", "", "source_type", "component_outputs",
		"source_info", map[string]any{node: []string{key}})
}

// Outputs lists the variables that the pipeline puts out.
func (t *Tree) Outputs(names ...string) *Tree {
	for _, name := range names {
		t.outputs = append(t.outputs, "${"+name+"}")
	}
	return t
}

// JSON writes the tree.
func (t *Tree) JSON() []byte {
	raw, err := json.Marshal(object(t.document()))
	if err != nil {
		panic(fmt.Sprintf("a tree of a test has no JSON form: %v", err))
	}
	return raw
}

func (t *Tree) document() []member {
	var activities, gateways, flows []member
	for _, id := range t.order {
		n := t.nodes[id]
		if strings.HasSuffix(n.kind, "Gateway") {
			gateways = append(gateways, member{id, object(t.gatewayMembers(id, n))})
			continue
		}
		activities = append(activities, member{id, object(t.activityMembers(id, n))})
	}
	for _, f := range t.flows {
		flows = append(flows, member{f.id, object{{"id", f.id}, {"source", f.from}, {"target", f.to}, {"is_default", false}}})
	}
	constants := make(object, len(t.constants))
	for i, c := range t.constants {
		constants[i] = member{c.key, object(c.value.([]member))}
	}
	outputs := t.outputs
	if outputs == nil {
		outputs = []string{}
	}
	return []member{
		{"id", t.id},
		{"start_event", object{{"id", t.start}, {"type", "EmptyStartEvent"}, {"name", ""}, {"incoming", ""}, {"outgoing", one(t.out(t.start))}}},
		{"end_event", object{{"id", t.end}, {"type", "EmptyEndEvent"}, {"name", ""}, {"incoming", t.in(t.end)}, {"outgoing", ""}}},
		{"activities", object(activities)}, {"gateways", object(gateways)}, {"flows", object(flows)},
		{"constants", constants}, {"outputs", outputs},
	}
}

func (t *Tree) activityMembers(id string, n *treeNode) []member {
	common := []member{
		{"id", id}, {"type", n.kind}, {"name", id}, {"incoming", t.in(id)}, {"outgoing", one(t.out(id))},
		{"optional", true}, {"error_ignorable", false}, {"skippable", true}, {"retryable", true},
	}
	if n.inner != nil {
		return override(append(common, member{"pipeline", object(n.inner.document())}), n.extra)
	}
	data := make(object, len(n.fields))
	for i, f := range n.fields {
		raw, ok := f.value.(Raw)
		field := object{{"hook", false}, {"need_render", !ok}, {"value", f.value}}
		if ok {
			field[2].value = raw.Value
		}
		data[i] = member{f.key, field}
	}
	component := object{{"code", n.code}, {"version", n.version}, {"data", data}}
	return override(append(common, member{"component", component}), n.extra)
}

// Raw is an input value with need_render false.
type Raw struct{ Value any }

func (t *Tree) gatewayMembers(id string, n *treeNode) []member {
	out := any(t.out(id))
	if n.kind == "ConvergeGateway" {
		out = one(t.out(id))
	}
	g := []member{{"id", id}, {"type", n.kind}, {"name", id}, {"incoming", t.in(id)}, {"outgoing", out}}
	conditions := object{}
	for _, c := range n.conditions {
		target, text, _ := strings.Cut(c, ": ")
		flow := id + "__" + target
		if text == "default" {
			g = append(g, member{"default_condition", object{{"flow_id", flow}, {"name", "default"}}})
			continue
		}
		conditions = append(conditions, member{flow, object{{"evaluate", text}, {"name", flow}, {"tag", ""}}})
	}
	if len(n.conditions) > 0 {
		g = append(g, member{"conditions", conditions})
	}
	if n.language != "" {
		g = append(g, member{"extra_info", object{{"parse_lang", n.language}}})
	}
	return g
}

func (t *Tree) in(id string) []string  { return t.ends(func(f treeFlow) bool { return f.to == id }) }
func (t *Tree) out(id string) []string { return t.ends(func(f treeFlow) bool { return f.from == id }) }

func (t *Tree) ends(match func(treeFlow) bool) []string {
	ids := []string{}
	for _, f := range t.flows {
		if match(f) {
			ids = append(ids, f.id)
		}
	}
	return ids
}

func one(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

func members(pairs []any) []member {
	out := make([]member, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, member{pairs[i].(string), pairs[i+1]})
	}
	return out
}

// override replaces members of the same key and adds the others.
func override(base, more []member) []member {
next:
	for _, m := range more {
		for i := range base {
			if base[i].key == m.key {
				base[i] = m
				continue next
			}
		}
		base = append(base, m)
	}
	return base
}

// object is a JSON object in a fixed order.
type object []member

// MarshalJSON writes the members in order; of equal keys the last one counts.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range override(nil, o) {
		if i > 0 {
			out = append(out, ',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}
