package mock

import (
	"fmt"
	"strings"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// target is the tree that mock data is for, with the nodes to mock.
type target struct {
	tree   *flow.Pipeline
	mocked map[string]bool
	// inner are the paths of nodes inside sub-processes by their id, nil before
	// somebody asks.
	inner map[string][]string
}

func newTarget(tree *flow.Pipeline, nodes []string) *target {
	t := &target{tree: tree, mocked: make(map[string]bool, len(nodes))}
	for _, id := range nodes {
		t.mocked[id] = true
	}
	return t
}

// maxPath is more than the longest path in a tree of flow.MaxDepth, in bytes. It
// bounds the work for a text that is nothing but separators.
const maxPath = 2 << 10

// checkActivity says why a node cannot be mocked, or nothing. Gateways and events
// always run for real. Below a reference that has no tree there is nothing to check:
// either it is mocked as a whole, or its being missing is a problem of its own.
func (t *target) checkActivity(id string, path ...string) []fault.Problem {
	switch n := t.tree.At(id); {
	case n != nil && n.Activity != nil:
		return nil
	case len(id) > maxPath:
		return []fault.Problem{problem(CodeUnknownNode, id, "the tree has no node with so long a path", path...)}
	case n != nil:
		return []fault.Problem{problem(CodeNotAnActivity, id,
			fmt.Sprintf("node %s is not an activity, and only activities can be mocked", id), path...)}
	}
	for above := range flow.Above(id) {
		if n := t.tree.At(above); n != nil && n.Activity != nil && n.Activity.Refers() != nil {
			return nil
		}
	}
	return []fault.Problem{problem(CodeUnknownNode, id, fmt.Sprintf("the tree has no node %s%s", id, t.proposal(id)), path...)}
}

// mockedWhole returns the path of the mocked sub-process that holds the node, ""
// when there is none.
func (t *target) mockedWhole(path string) string {
	for above := range flow.Above(path) {
		if t.mocked[above] {
			return above
		}
	}
	return ""
}

// maxProposals is how many paths a message names.
const maxProposals = 3

// proposal names the nodes inside sub-processes that have the id, which is what its
// author may have meant.
func (t *target) proposal(id string) string {
	if t.inner == nil {
		t.inner = map[string][]string{}
		for _, n := range t.tree.Paths() {
			if paths := t.inner[n.Node.ID]; n.Depth > 0 && len(paths) < maxProposals {
				t.inner[n.Node.ID] = append(paths, n.Path)
			}
		}
	}
	if paths := t.inner[id]; len(paths) > 0 {
		return "; inside a sub-process a node is named by its path: " + strings.Join(paths, " or ")
	}
	return ""
}
