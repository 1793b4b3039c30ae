package engine

import (
	"encoding/json"
	"sort"
	"strings"

	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/flow"
)

// VariableKind says how a variable gets its value (engine §8.1).
type VariableKind string

// The kinds of variable.
const (
	// Plain is a value as it is.
	Plain VariableKind = "plain"
	// Splice holds references and is rendered at every use.
	Splice VariableKind = "splice"
	// Lazy is rendered like Splice, then handed to its custom type.
	Lazy VariableKind = "lazy"
)

// variable is one constant that has a value of its own. A constant that is bound
// to an output has none before its node has run.
type variable struct {
	key, customType string
	kind            VariableKind
	value           any
	refs            []string // names that the value refers to, directly
}

// lazyTypes are the custom types with a class of their own at run time (engine
// §12); all others are plain or splice by their content.
var lazyTypes = map[string]func(any) (any, error){
	"select":           selectValue,
	"json_variable":    jsonValue,
	"datatable":        tableValue,
	"bk_user_selector": func(v any) (any, error) { return v, nil },
}

func isLazy(customType string) bool { return lazyTypes[customType] != nil }

func newVariable(key, customType string, value any) *variable {
	v := &variable{key: key, customType: customType, value: value, refs: expr.References(value)}
	switch {
	case isLazy(customType):
		v.kind = Lazy
	case len(v.refs) > 0:
		v.kind = Splice
	default:
		v.kind = Plain
	}
	return v
}

// variables compiles the constants of p into s and binds outputs to nodes.
func (c *compiler) variables(p *flow.Pipeline, s *scopePlan, nodes map[string]*node) {
	for _, k := range p.Constants {
		if k.SourceType == "component_outputs" {
			bindOutput(k, nodes)
			continue
		}
		value, err := decode(k.Value)
		if err != nil {
			c.problemf("", "the constant %s: %v", k.Key, err)
			continue
		}
		if s.visible {
			s.add(newVariable(k.Key, k.CustomType, value))
		}
		if k.PreRender {
			s.preRender = append(s.preRender, k.Key)
		}
	}
	sort.Strings(s.preRender)
}

// bindOutput notes that k takes an output of a node: the first source with a
// key, and of it the first key (engine §2 step 1). When two constants name the
// same output the later one gets it, as in the reference.
func bindOutput(k *flow.Constant, nodes map[string]*node) {
	for i := range k.SourceInfo {
		source := &k.SourceInfo[i]
		if len(source.Keys) == 0 {
			continue
		}
		n := nodes[source.NodeID]
		if n == nil {
			return
		}
		for j := range n.bindings {
			if n.bindings[j].source == source.Keys[0] {
				n.bindings[j].key = k.Key
				return
			}
		}
		n.bindings = append(n.bindings, binding{source: source.Keys[0], key: k.Key})
		return
	}
}

func (s *scopePlan) add(v *variable) {
	if s.byKey[v.key] == nil {
		s.variables = append(s.variables, v)
	}
	s.byKey[v.key] = v
}

// resolve drops a replaced variable from the ordered list.
func (s *scopePlan) resolve() {
	for i, v := range s.variables {
		s.variables[i] = s.byKey[v.key]
	}
}

// bound returns the variable that takes the output source of n, or "".
func (n *node) bound(source string) string {
	for i := range n.bindings {
		if n.bindings[i].source == source {
			return n.bindings[i].key
		}
	}
	return ""
}

// bare takes the braces off a key: "${k}" becomes "k".
func bare(key string) string {
	if strings.HasPrefix(key, "${") && strings.HasSuffix(key, "}") {
		return key[2 : len(key)-1]
	}
	return key
}

// decode reads a raw value of the tree; an absent one is the empty text.
func decode(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return "", nil
	}
	return expr.Decode(raw)
}
