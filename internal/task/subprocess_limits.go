package task

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/template"
)

// Limits of a tree with the templates that it refers to. Its size has the limit of
// every tree, flow.MaxTreeBytes.
const (
	// maxNesting is how deep templates may refer to templates.
	maxNesting = 8
	// maxSubprocesses is how many references one task may hold, nested ones included.
	maxSubprocesses = 500
	// treesPerStatement keeps what one statement reads within bounds.
	treesPerStatement = 32
)

// load reads trees, some at a time. The result is nil, with a problem, when they are
// too large together.
func (e *expansion) load(ctx context.Context, snapshots []int) (map[int]*template.Tree, error) {
	trees := make(map[int]*template.Tree, len(snapshots))
	size := e.size
	for some := range slices.Chunk(snapshots, treesPerStatement) {
		found, err := e.s.Trees.GetAll(ctx, e.s.Store.Read, some)
		if err != nil {
			return nil, err
		}
		for id, tree := range found {
			trees[id] = tree
			size += len(tree.Clean.Document())
		}
		if e.tooLarge(size) {
			return nil, nil
		}
	}
	return trees, nil
}

// tooLarge refuses a tree of that size.
func (e *expansion) tooLarge(size int) bool {
	if size <= flow.MaxTreeBytes {
		return false
	}
	e.refuse("", flow.InvalidTree, fmt.Sprintf("with the templates that it refers to, the tree has more than %d bytes", flow.MaxTreeBytes))
	return true
}

// admit leaves out what must not be resolved: circles, what is nested too deep, and
// everything once there are too many.
func (e *expansion) admit(level []*use) []*use {
	if e.count += len(level); e.count > maxSubprocesses {
		e.refuse("", flow.InvalidTree, fmt.Sprintf("the tree refers to templates more than %d times, those inside of them included", maxSubprocesses))
		return nil
	}
	return slices.DeleteFunc(level, func(u *use) bool {
		id := int(u.ref.TemplateID)
		if i := slices.Index(u.chain, id); i >= 0 {
			e.refuse(u.path, flow.Cycle, "templates refer to each other in a circle: "+circle(u.chain[i:], id))
			return true
		}
		if len(u.chain) > maxNesting {
			e.refuse(u.path, flow.InvalidTree, fmt.Sprintf("templates are nested deeper than %d levels", maxNesting))
			return true
		}
		return false
	})
}

// circle writes the way from a template back to itself.
func circle(chain []int, id int) string {
	var names []string
	for _, step := range chain {
		names = append(names, strconv.Itoa(step))
	}
	return strings.Join(append(names, strconv.Itoa(id)), " → ")
}

// refuse adds a problem with the tree at the node with that path.
func (e *expansion) refuse(node, rule, message string) {
	e.refused = true
	e.report(&e.p.Problems, fault.Problem{Code: codeInvalidPipeline, Sub: rule, Message: message, NodeID: node})
}

func (e *expansion) add(node, code, message string) {
	e.refused = true
	e.report(&e.p.Problems, fault.Problem{Code: code, Message: message, NodeID: node})
}

// report adds to a list, which one template in many places must not make endless.
// What led here is the task's template, so that is what the path names.
func (e *expansion) report(list *[]fault.Problem, found fault.Problem) {
	if e.told[list]++; e.told[list] > flow.MaxProblems {
		return
	}
	found.Path = []string{"templateId"}
	*list = append(*list, found)
}
