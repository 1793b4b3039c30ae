package flow

import (
	"bytes"
	"encoding/json"
	"sync"

	"rehearse.dev/internal/fault"
)

// Parse reads a web-form pipeline tree. The document is copied, so the caller may
// reuse doc.
//
// The error is a *fault.Error that lists every problem, each with its path: text
// that is no JSON, names that an object has twice, NUL characters, integers beyond
// 2^53, nesting beyond MaxDepth, more than MaxTreeBytes, and known fields of the
// wrong type. A known field that is null counts as absent, unknown fields are kept
// and not read. A tree with missing parts is fine here, since drafts are saved
// unfinished; Validate refuses to run it.
func Parse(doc []byte) (*Pipeline, error) {
	return parse(bytes.Clone(doc))
}

// parse is Parse for bytes that nobody else writes to.
func parse(doc []byte) (*Pipeline, error) {
	x, found := newIndex(doc)
	if x == nil {
		return nil, fault.Invalid(found.all()...)
	}
	r := reader{index: x, doc: doc, found: found}
	if k := x.spans[0].kind; k != kindObject {
		r.problem(0, "a tree must be an object, not %s", k)
		return nil, fault.Invalid(r.found.all()...)
	}
	p := r.pipeline(0)
	if len(r.found.list) > 0 {
		return nil, fault.Invalid(r.found.all()...)
	}
	return p, nil
}

// Document returns the tree byte for byte as it was given to Parse. For an inner
// tree it is the part of the outer document. The caller must not write to it.
func (p *Pipeline) Document() json.RawMessage { return p.doc }

// pipeline reads the tree at i, an object.
func (r *reader) pipeline(i int) *Pipeline {
	p := &Pipeline{doc: r.bytes(i), prefix: r.path(i)}
	p.topology = sync.OnceValue(func() *topology { return newTopology(p) })
	p.digest = sync.OnceValue(func() string { return digest(p.doc) })
	for c := range r.children(i) {
		name := r.key(c)
		if r.null(c) {
			continue
		}
		switch name {
		case "id":
			p.ID = r.str(c)
		case "start_event":
			p.Start = r.event(c)
		case "end_event":
			p.End = r.event(c)
		case "activities":
			p.Activities = section(r, c, r.activity)
		case "gateways":
			p.Gateways = section(r, c, r.gateway)
		case "flows":
			p.Flows = section(r, c, r.flow)
		case "constants":
			p.Constants = section(r, c, r.constant)
		case "outputs":
			p.Outputs = r.strs(c)
		default:
			continue
		}
		p.present = append(p.present, name)
	}
	p.buildIndex()
	return p
}

// section reads every member of the object at i.
func section[T any](r *reader, i int, read func(c int) *T) []*T {
	if !r.object(i) {
		return nil
	}
	n := 0
	for range r.children(i) {
		n++
	}
	list := make([]*T, 0, n)
	outer := r.node
	for c := range r.children(i) {
		if r.spans[c].kind != kindObject {
			r.wrong(c, "an object")
			continue
		}
		list = append(list, read(c))
		r.node = outer
	}
	return list
}

func (r *reader) event(i int) *Event {
	if !r.object(i) {
		return nil
	}
	e := &Event{}
	for c := range r.children(i) {
		switch r.key(c) {
		case "id":
			e.ID = r.str(c)
		case "name":
			e.Name = r.str(c)
		case "type":
			e.Type = r.str(c)
		case "incoming":
			e.Incoming = r.flowIDs(c)
		case "outgoing":
			e.Outgoing = r.flowIDs(c)
		}
	}
	return e
}

func (r *reader) flow(i int) *Flow {
	f := &Flow{ID: r.key(i), inner: r.key(i)}
	for c := range r.children(i) {
		switch r.key(c) {
		case "id":
			f.inner = r.str(c)
		case "source":
			f.Source = r.str(c)
		case "target":
			f.Target = r.str(c)
		case "is_default":
			f.IsDefault = r.boolean(c, false)
		}
	}
	return f
}
