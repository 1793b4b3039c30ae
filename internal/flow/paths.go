package flow

import "strings"

// PathSeparator joins the ids on the way to a node inside a sub-process. Ids of
// valid trees do not hold it.
const PathSeparator = "/"

// PathNode is a node of a tree or of a tree inside it.
type PathNode struct {
	// Path names the node in the outermost tree: its id, behind the ids of the
	// sub-processes that hold it, "outer/inner".
	Path string
	// Depth is how many sub-processes hold the node, 0 in the outermost tree.
	Depth int
	// Node is the node itself, Tree the tree that holds it.
	Node *Node
	Tree *Pipeline
}

// JoinPath puts an id behind the path of the sub-process that holds the node; the
// outermost tree has the path "".
func JoinPath(path, id string) string {
	if path == "" {
		return id
	}
	return path + PathSeparator + id
}

// Paths returns every node of the tree and of all trees inside it, in document
// order; the nodes of an inner tree follow the sub-process that holds them. The
// slice belongs to the caller.
func (p *Pipeline) Paths() []PathNode {
	return p.appendPaths(make([]PathNode, 0, len(p.order)), "", 0)
}

func (p *Pipeline) appendPaths(list []PathNode, prefix string, depth int) []PathNode {
	for _, n := range p.order {
		path := JoinPath(prefix, n.ID)
		list = append(list, PathNode{Path: path, Depth: depth, Node: n, Tree: p})
		if n.Activity != nil && n.Activity.Pipeline != nil {
			list = n.Activity.Pipeline.appendPaths(list, path, depth+1)
		}
	}
	return list
}

// At returns the node with that path, nil when there is none. In the outermost
// tree the path of a node is its id.
func (p *Pipeline) At(path string) *Node {
	for {
		id, rest, inside := strings.Cut(path, PathSeparator)
		n := p.nodes[id]
		if !inside || n == nil {
			return n
		}
		if n.Activity == nil || n.Activity.Pipeline == nil {
			return nil
		}
		p, path = n.Activity.Pipeline, rest
	}
}

// Above yields the paths of the sub-processes that hold the node with that path,
// the outermost first.
func Above(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == PathSeparator[0] && !yield(path[:i]) {
				return
			}
		}
	}
}
