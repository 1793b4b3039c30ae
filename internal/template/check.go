package template

import (
	"encoding/json"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// Check says what is wrong with a tree, with the codes and paths of package flow.
// It stores nothing and keeps nothing.
func (t *Trees) Check(raw json.RawMessage) []fault.Problem {
	var f found
	if tree := t.read(&f, raw); tree != nil {
		return tree.Problems()
	}
	problems := f.Problems()
	for i, p := range problems {
		problems[i].Code, problems[i].Sub = p.Sub, ""
		if p.Sub == "" { // another kind of JSON, for which user errors have a code of their own
			problems[i].Code = flow.InvalidTree
		}
	}
	return problems
}
