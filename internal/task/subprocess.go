package task

import (
	"context"
	"fmt"
	"slices"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/mock"
	"rehearse.dev/internal/template"
)

// use is one place where a tree refers to a template.
type use struct {
	// path names the sub-process in the tree that runs.
	path string
	ref  *flow.TemplateReference
	// chain are the templates around it, the task's own first.
	chain []int
	// in is where the tree goes: under the key at.
	in map[string]*flow.Inlined
	at string
}

func (u *use) release() template.ReleaseRef {
	ref := template.ReleaseRef{TemplateID: int(u.ref.TemplateID), Version: u.ref.Version}
	if u.ref.AlwaysUseLatest {
		ref.Version = ""
	}
	return ref
}

// expansion puts the trees of templates in place of the references to them.
type expansion struct {
	s      *Service
	p      *Plan
	mocked map[string]bool
	// inner are the trees for the references of the task's own tree.
	inner map[string]*flow.Inlined
	// count is how many references there are, size about how many bytes the tree will
	// have.
	count, size int
	// told counts what was reported into each list.
	told    map[*[]fault.Problem]int
	refused bool
	judged  map[int]bool // the snapshots whose problems are told
}

// expand makes the tree that runs complete: every reference to a template becomes
// the tree of a release of it, those inside included. A sub-process that is mocked
// as a whole stays as it is, for its inside never runs.
//
// Each level of nesting takes one statement, and one more for each 32 trees when
// some are not in memory; a tree without references takes none.
func (s *Service) expand(ctx context.Context, p *Plan, mocked map[string]bool) error {
	p.owners = mock.Owners{"": p.template.ID}
	e := &expansion{
		s: s, p: p, mocked: mocked, inner: map[string]*flow.Inlined{},
		size: len(p.execution.Document()), told: map[*[]fault.Problem]int{}, judged: map[int]bool{},
	}
	level := e.uses(p.execution, "", []int{p.template.ID}, e.inner)
	for len(level) > 0 {
		next, err := e.resolve(ctx, level)
		if err != nil {
			return err
		}
		level = next
	}
	if len(e.inner) == 0 || e.refused {
		return nil
	}
	execution, err := p.execution.Inline(e.inner)
	if f := fault.As(err); f != nil && f.Code == fault.CodeInvalid {
		for _, found := range f.Problems {
			e.refuse("", found.Code, "with the templates that it refers to, "+found.Message)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("put templates into the tree: %w", err)
	}
	p.execution, p.unchanged = execution, false
	return nil
}

// uses lists the references of a tree that stands at prefix, but those at or below
// a node that is mocked.
func (e *expansion) uses(tree *flow.Pipeline, prefix string, chain []int, in map[string]*flow.Inlined) []*use {
	var list []*use
	for _, n := range tree.Paths() {
		if n.Node.Activity == nil {
			continue
		}
		ref := n.Node.Activity.Refers()
		if ref == nil {
			continue
		}
		path := flow.JoinPath(prefix, n.Path)
		if !e.mocked[path] && !insideOf(path, e.mocked) {
			list = append(list, &use{path: path, ref: ref, chain: chain, in: in, at: n.Path})
		}
	}
	return list
}

// resolve finds the trees of one level and returns the references in them.
func (e *expansion) resolve(ctx context.Context, level []*use) (next []*use, err error) {
	if level = e.admit(level); len(level) == 0 {
		return nil, nil
	}
	var refs []template.ReleaseRef
	for _, u := range level {
		if ref := u.release(); !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	found, err := template.Releases(ctx, e.s.Store.Read, e.p.template.SpaceID, refs)
	if err != nil {
		return nil, err
	}
	var ids []int
	for _, ref := range refs {
		if id := found[ref].SnapshotID; id != 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	trees, err := e.load(ctx, ids)
	if trees == nil || err != nil {
		return nil, err
	}
	for _, u := range level {
		known, exists := found[u.release()]
		switch tree := trees[known.SnapshotID]; {
		case tree != nil:
			next = append(next, e.put(u, known.SnapshotID, tree)...)
		case !exists:
			e.add(u.path, codeNotFound, fmt.Sprintf("the space has no template %d", u.ref.TemplateID))
		case u.release().Version == "":
			e.add(u.path, codeNoVersion, fmt.Sprintf("template %d has no release, and a sub-process never runs a draft", u.ref.TemplateID))
		default:
			e.add(u.path, codeNotFound, fmt.Sprintf("template %d has no release %s", u.ref.TemplateID, u.ref.Version))
		}
	}
	if e.tooLarge(e.size) {
		return nil, nil
	}
	return next, nil
}

// put places a tree at a reference and returns the references in the tree.
func (e *expansion) put(u *use, snapshotID int, tree *template.Tree) []*use {
	if !e.judged[snapshotID] {
		e.judged[snapshotID] = true
		for _, found := range tree.Problems() {
			path := u.path
			if found.NodeID != "" {
				path = flow.JoinPath(u.path, found.NodeID)
			}
			e.refuse(path, found.Code, fmt.Sprintf("template %d: %s", u.ref.TemplateID, found.Message))
		}
	}
	for _, parameter := range u.ref.Parameters() {
		if tree.Clean.Constant(parameter.Key) == nil {
			e.report(&e.p.Warnings, fault.Problem{
				Code: codeUnknownConstant, NodeID: u.path,
				Message: fmt.Sprintf("sub-process %s sets %s, which template %d does not have", u.path, parameter.Key, u.ref.TemplateID),
			})
		}
	}
	inlined := &flow.Inlined{Tree: tree.Clean, Inner: map[string]*flow.Inlined{}}
	u.in[u.at] = inlined
	e.size += len(tree.Clean.Document())
	e.p.owners[u.path] = int(u.ref.TemplateID)
	return e.uses(tree.Clean, u.path, append(slices.Clip(u.chain), int(u.ref.TemplateID)), inlined.Inner)
}

// insideOf tells whether a node is inside one of the sub-processes.
func insideOf(path string, subprocesses map[string]bool) bool {
	for above := range flow.Above(path) {
		if subprocesses[above] {
			return true
		}
	}
	return false
}
