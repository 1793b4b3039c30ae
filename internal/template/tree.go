package template

import (
	"bytes"
	"encoding/json"
	"sync"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"

	"rehearse.dev/internal/input"
)

// Tree is a parsed pipeline tree with what is often asked about it. Answers that
// take time are worked out once, at the first call. It is safe for concurrent
// use; callers must not write to what they get.
type Tree struct {
	// Pipeline is the tree as it was sent.
	Pipeline *flow.Pipeline
	// Clean is the tree with clean names (domain §6.5 step 1): Pipeline itself when
	// there was nothing to do.
	Clean *flow.Pipeline

	problems func() []fault.Problem
	inputs   func() []InputConstant
}

// newTree wraps a parsed tree. checkVariables finds the constants that cannot be
// evaluated (engine.CheckVariables).
func newTree(p *flow.Pipeline, checkVariables func(*flow.Pipeline) []fault.Problem) *Tree {
	clean := p.CleanNames()
	return &Tree{
		Pipeline: p,
		Clean:    clean,
		problems: sync.OnceValue(func() []fault.Problem {
			// The clean tree is the one that would run (domain §6.5).
			return append(clean.Validate(flow.Web()), checkVariables(clean)...)
		}),
		inputs: sync.OnceValue(func() []InputConstant { return InputSchema(p) }),
	}
}

// Problems lists why the tree may not run, with the codes and paths of package
// flow. A tree without problems may be released.
func (t *Tree) Problems() []fault.Problem { return t.problems() }

// InputSchema lists the constants that a user fills in.
func (t *Tree) InputSchema() []InputConstant { return t.inputs() }

// read parses a tree that a request brings. A text that cannot be read is a
// problem of f at path and gives nil; an incomplete tree is fine.
func (t *Trees) read(f *found, raw json.RawMessage, path ...string) *Tree {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] != '{' && json.Valid(raw) {
		f.addf(wrongType, path, "a pipeline tree is a JSON object, not %s", input.Kind(raw))
		return nil
	}
	p, err := flow.Parse(raw)
	if err == nil {
		return newTree(p, t.checkVariables)
	}
	if why := fault.As(err); why != nil && len(why.Problems) > 0 {
		f.Append(pipelineProblems(why.Problems, path...)...)
	} else {
		f.addf(invalidPipeline, path, "%s", err.Error())
	}
	return nil
}
