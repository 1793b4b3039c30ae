package template

import (
	"encoding/json"

	"rehearse.dev/internal/fault"
)

// Check says what is wrong with a tree, with the codes and paths of package flow.
// It stores nothing and keeps nothing.
func (t *Trees) Check(raw json.RawMessage) []fault.Problem {
	var f found
	if tree := t.read(&f, raw); tree != nil {
		return tree.Problems()
	}
	problems := f.Problems()
	for i := range problems {
		problems[i].Code = problems[i].Sub
	}
	return problems
}
