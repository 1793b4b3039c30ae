package graph

import (
	"github.com/vektah/gqlparser/v2/ast"

	"rehearse.dev/internal/fault"
)

// maxRepeats is how often a document may ask for one place of the answer. The parser
// compares every two such fields, so that ten thousand of them take it seconds.
const maxRepeats = 500

// place counts the fields of one place of the answer, and those below it.
type place struct {
	count int
	below map[string]*place
}

// checkRepeats returns a fault.CodeExhausted for a document that repeats a field too
// often. Fragments count as if all of them began at the same place, which is more
// than they can come to.
func checkRepeats(doc *ast.QueryDocument) error {
	top := &place{}
	for _, op := range doc.Operations {
		if !top.add(op.SelectionSet) {
			return errRepeats
		}
	}
	for _, fragment := range doc.Fragments {
		if !top.add(fragment.SelectionSet) {
			return errRepeats
		}
	}
	return nil
}

var errRepeats = fault.Newf(fault.CodeExhausted, "the document asks for one field more than %d times", maxRepeats)

// add counts the fields of a set; false when one is there too often.
func (p *place) add(set ast.SelectionSet) bool {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			if at := p.at(s.Alias); at.count > maxRepeats || !at.add(s.SelectionSet) {
				return false
			}
		case *ast.InlineFragment:
			if !p.add(s.SelectionSet) {
				return false
			}
		case *ast.FragmentSpread:
			if p.at("..."+s.Name).count > maxRepeats {
				return false
			}
		}
	}
	return true
}

// at is the place of that name, with one field more.
func (p *place) at(name string) *place {
	if p.below == nil {
		p.below = make(map[string]*place)
	}
	if p.below[name] == nil {
		p.below[name] = &place{}
	}
	p.below[name].count++
	return p.below[name]
}
