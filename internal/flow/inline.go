package flow

import (
	"encoding/json"
	"strconv"

	"rehearse.dev/internal/fault"
)

// Inlined is the tree that takes the place of a reference.
type Inlined struct {
	Tree *Pipeline
	// Inner are the trees for the references of Tree, by their path in it.
	Inner map[string]*Inlined
}

// Inline returns the tree in which references hold the tree that they stand for, as
// a native SubProcess does; trees has them by the path of the reference in p.
// Paths that are no reference are left alone.
//
// Node ids stay, so that one tree may stand in several places and only paths are
// unique. Of a tree that is put in, the id becomes that of its activity (engine
// §1), and shown constants get the values of the reference (engine §2 step 7);
// everything else is kept byte for byte.
//
// The error is that of Parse: the whole may be too large or nested too deep.
func (p *Pipeline) Inline(trees map[string]*Inlined) (*Pipeline, error) {
	if len(trees) == 0 {
		return p, nil
	}
	x, _ := newIndex(p.doc)
	if x == nil {
		return nil, fault.Newf(fault.CodeInternal, "the stored tree cannot be read")
	}
	e := &editor{index: x, doc: p.doc}
	e.inline(p, 0, "", trees)
	return parse(apply(p.doc, e.edits))
}

// inline puts the trees into the activities of the tree p at i, whose path is
// prefix.
func (e *editor) inline(p *Pipeline, i int, prefix string, trees map[string]*Inlined) {
	section := e.member(i, "activities")
	if section < 0 {
		return
	}
	for c := range e.children(section) {
		a := p.Activity(e.key(c))
		if a == nil {
			continue
		}
		path := JoinPath(prefix, a.ID)
		if a.Pipeline != nil {
			e.inline(a.Pipeline, e.member(c, "pipeline"), path, trees)
			continue
		}
		if ref, in := a.Refers(), trees[path]; ref != nil && in != nil {
			if a.Kind != SubProcess {
				e.set(c, "type", quote(string(SubProcess)))
			}
			e.set(c, "pipeline", in.document(a.ID, ref.Parameters()))
		}
	}
}

// document writes the tree as the inside of activity id. Nobody reads the bytes
// before the whole is parsed.
func (in *Inlined) document(id string, parameters []Parameter) json.RawMessage {
	doc := in.Tree.doc
	x, _ := newIndex(doc)
	if x == nil {
		return doc // it was parsed before, so this cannot be; Parse would report it
	}
	e := &editor{index: x, doc: doc}
	e.set(0, "id", quote(id))
	section := e.member(0, "constants")
	for _, parameter := range parameters {
		k := in.Tree.constants[parameter.Key]
		if k == nil || k.ShowType != "show" {
			continue
		}
		at := e.member(section, parameter.Key)
		e.override(at, parameter.Value, k.IsMeta)
		if parameter.NeedRender != nil && *parameter.NeedRender != k.NeedRender {
			e.set(at, "need_render", strconv.AppendBool(nil, *parameter.NeedRender))
		}
	}
	e.inline(in.Tree, 0, "", in.Inner)
	return apply(doc, e.edits)
}
