package flow

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"rehearse.dev/internal/fault"
)

// Override returns the tree with constants[key].value set for every key that the
// tree has, hidden and output-bound constants included (domain §1.7). Of a
// constant with is_meta the former state is first copied into its meta field. All
// other bytes of the document stay as they are; when none changes, the receiver
// itself is returned. Keys that the tree lacks are returned sorted in unknown and
// are no error; a key is written with its braces.
//
// The error is a *fault.Error that lists the values which are no acceptable JSON,
// under the path constants, key.
func (p *Pipeline) Override(constants map[string]json.RawMessage) (result *Pipeline, unknown []string, err error) {
	var found problems
	keys := slices.Sorted(maps.Keys(constants))
	keys = slices.DeleteFunc(keys, func(key string) bool {
		if p.constants[key] == nil {
			unknown = append(unknown, key)
			return true
		}
		if !json.Valid(constants[key]) {
			found.addf(InvalidTree, []string{"constants", key}, "", "the value of %s is not JSON", brief(key))
		}
		return false
	})
	if len(found.list) > 0 {
		return nil, unknown, fault.Invalid(found.all()...)
	}
	if len(keys) == 0 {
		return p, unknown, nil
	}
	x, _ := newIndex(p.doc)
	if x == nil {
		return nil, unknown, fault.Newf(fault.CodeInternal, "the stored tree cannot be read")
	}
	e := editor{index: x, doc: p.doc}
	section := x.member(0, "constants")
	for c := range x.children(section) {
		key := x.key(c)
		if value, ok := constants[key]; ok {
			e.override(c, bytes.TrimSpace(value), p.constants[key].IsMeta)
		}
	}
	if len(e.edits) == 0 {
		return p, unknown, nil
	}
	doc := apply(p.doc, e.edits)
	if len(doc) <= MaxTreeBytes && p.plain(keys, constants) {
		return p.withValues(doc, keys, constants), unknown, nil
	}
	result, err = parse(doc)
	if err != nil {
		return nil, unknown, err
	}
	return result, unknown, nil
}

// plain reports whether the values can change nothing but themselves: they are no
// objects or lists, pass the checks of Parse, and no former state is kept as meta.
func (p *Pipeline) plain(keys []string, constants map[string]json.RawMessage) bool {
	for _, key := range keys {
		x, found := newIndex(constants[key])
		if x == nil || len(found.list) > 0 || len(x.spans) != 1 || p.constants[key].IsMeta {
			return false
		}
		if k := x.spans[0].kind; k == kindObject || k == kindList {
			return false
		}
	}
	return true
}

// withValues is p with other plain values and the document that says so. It shares
// all other parts, which are immutable, and so does without reading the document.
func (p *Pipeline) withValues(doc []byte, keys []string, constants map[string]json.RawMessage) *Pipeline {
	q := *p
	q.doc = doc
	q.digest = sync.OnceValue(func() string { return digest(doc) })
	q.Constants = slices.Clone(p.Constants)
	q.constants = maps.Clone(p.constants)
	for i, k := range q.Constants {
		if !slices.Contains(keys, k.Key) {
			continue
		}
		changed := *k
		changed.Value = bytes.TrimSpace(constants[k.Key])
		q.Constants[i], q.constants[k.Key] = &changed, &changed
	}
	return &q
}

// override sets the value of the constant at i.
func (e *editor) override(i int, value []byte, meta bool) {
	if meta {
		former := e.doc[e.spans[i].start:e.spans[i].end]
		e.set(i, "meta", former)
	}
	if at := e.member(i, "value"); at < 0 || meta || !sameJSON(e.doc[e.spans[at].start:e.spans[at].end], value) {
		e.set(i, "value", value)
	}
}
