package template

import "context"

// maxNodeID is the width of the columns that hold a node id, in bytes.
const maxNodeID = 33

// nodeRef is a node id of an input with its path there.
type nodeRef struct {
	id   string
	path []string
}

// checkNodes adds a problem for every reference that is not an activity of the
// effective tree of t. owner is the field that led to t.
func (s *Service) checkNodes(ctx context.Context, f *found, t *subject, owner string, refs ...nodeRef) error {
	if len(refs) == 0 {
		return nil
	}
	if t.tree() == 0 {
		f.addf(noVersion, []string{owner}, "the template has neither a draft nor a release")
		return nil
	}
	tree, err := s.trees.Get(ctx, s.store.Read, t.tree())
	if err != nil {
		return err
	}
	for _, ref := range refs {
		node := tree.Pipeline.Node(ref.id)
		switch {
		case node == nil || ref.id == "":
			f.nodef(unknownNode, ref.id, ref.path, "the tree has no node %q", brief(ref.id))
		case node.Activity == nil:
			f.nodef(notAnActivity, ref.id, ref.path, "node %s is no activity, so it cannot be mocked", brief(ref.id))
		case len(ref.id) > maxNodeID:
			f.nodef(tooLong, ref.id, ref.path, "a node id has at most %d bytes", maxNodeID)
		}
	}
	return nil
}
