package flow

import "encoding/json"

// The plugin form of a sub-process (engine §11): the original turns every
// SubProcess into such an activity before it runs, and some trees are stored so.
const (
	subprocessPlugin  = "subprocess_plugin"
	subprocessVersion = "1.0.0"
	subprocessInput   = "subprocess"
)

// Parameter is what a reference sets about one constant of the template that it
// names.
type Parameter struct {
	// Key is written with its braces.
	Key string
	// Value may refer to variables of the tree that holds the reference.
	Value json.RawMessage
	// NeedRender is nil where the reference leaves it to the template.
	NeedRender *bool
}

// Refers returns the template that the activity stands for: that of a SubProcess
// without a tree of its own, or of a subprocess_plugin that names one; nil for
// every other activity.
func (a *Activity) Refers() *TemplateReference {
	if a.Kind == SubProcess {
		return a.Reference
	}
	c := a.Component
	if c == nil || c.Code != subprocessPlugin || c.Version != subprocessVersion {
		return nil
	}
	for i := range c.Inputs {
		if c.Inputs[i].Key == subprocessInput {
			return pluginReference(c.Inputs[i].Value)
		}
	}
	return nil
}

// pluginReference reads the input of a subprocess_plugin; nil when it names no
// template, as a variable in its place does.
func pluginReference(value json.RawMessage) *TemplateReference {
	x, found := newIndex(value)
	if x == nil || len(found.list) > 0 || x.spans[0].kind != kindObject {
		return nil
	}
	r := reader{index: x, doc: value}
	at := x.member(0, "template_id")
	if at < 0 || r.null(at) {
		return nil
	}
	ref := r.reference(0, at)
	if len(r.found.list) > 0 {
		return nil
	}
	return ref
}

// Parameters reads what the reference sets, in document order: each member is a
// constant as the canvas copies it from the template, of which value and
// need_render count, or the value itself.
func (r *TemplateReference) Parameters() []Parameter {
	if len(r.Constants) == 0 {
		return nil
	}
	x, _ := newIndex(r.Constants)
	if x == nil {
		return nil // Parse has read these bytes as an object
	}
	in := reader{index: x, doc: r.Constants}
	var list []Parameter
	for c := range x.children(0) {
		parameter := Parameter{Key: x.key(c), Value: in.bytes(c)}
		if value := x.member(c, "value"); value >= 0 && isConstant(x, c) {
			parameter.Value = in.bytes(value)
			if at := x.member(c, "need_render"); at >= 0 && !in.null(at) {
				render := in.boolean(at, true)
				parameter.NeedRender = &render
			}
		}
		list = append(list, parameter)
	}
	return list
}

// isConstant tells a constant from a value that is an object by the members that
// every constant has.
func isConstant(x *index, i int) bool {
	return x.member(i, "key") >= 0 || x.member(i, "show_type") >= 0 || x.member(i, "source_type") >= 0
}
