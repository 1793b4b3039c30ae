package limit

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// endless stands for more than anybody counts; sums stop there.
const endless = 1 << 40

// number writes a count for a person.
func number(n int) string {
	if n >= endless {
		return "endless"
	}
	return fmt.Sprint(n)
}

// sums are what a selection set comes to, fragments included.
type sums struct {
	fields, aliases, depth, roots, visits int
}

// plus adds what another set at the same place comes to.
func (s *sums) plus(o sums) {
	s.fields = min(s.fields+o.fields, endless)
	s.aliases = min(s.aliases+o.aliases, endless)
	s.roots = min(s.roots+o.roots, endless)
	s.visits = min(s.visits+o.visits, endless)
	s.depth = max(s.depth, o.depth)
}

// counter counts a document in one pass: each fragment is counted once, however
// often it is spread.
type counter struct {
	fragments  map[string]*ast.FragmentDefinition
	done       map[string]sums
	under      map[string]bool // the fragments that are being counted
	directives int
	place      int // the most directives at one place
	items      int // the longest list
	cycle      error
}

// check counts a document that was only parsed. It returns a fault.CodeExhausted
// with a problem for each limit that is passed, or a *gqlerror.Error when fragments
// spread each other in a circle, which cannot be counted.
func (l Limits) check(doc *ast.QueryDocument) error {
	c := &counter{
		fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		done:      make(map[string]sums, len(doc.Fragments)), under: map[string]bool{},
	}
	// These come first: what follows relies on them.
	if err := over(
		count{"OPERATIONS", "operations", len(doc.Operations), maxOperations},
		count{"FRAGMENTS", "fragments", len(doc.Fragments), maxFragments},
	); err != nil {
		return err
	}
	for _, f := range doc.Fragments {
		if c.fragments[f.Name] == nil {
			c.fragments[f.Name] = f
		}
	}
	var total sums
	variables := 0
	for _, op := range doc.Operations {
		variables = max(variables, len(op.VariableDefinitions))
		set := c.set(op.SelectionSet)
		set.visits += c.direct(op.Directives)
		for _, v := range op.VariableDefinitions {
			set.visits += 1 + c.value(v.DefaultValue) + c.direct(v.Directives)
		}
		set.roots = max(set.roots, total.roots)
		total.roots = 0
		total.plus(set)
	}
	visits := total.visits
	for _, f := range doc.Fragments {
		visits = min(visits+c.fragment(f).visits, endless)
	}
	if c.cycle != nil {
		return c.cycle
	}
	return over(
		count{"DEPTH", "levels of fields", total.depth, l.Depth},
		count{"FIELDS", "fields", total.fields, l.Fields},
		count{"ROOT_FIELDS", "fields at the top of an operation", total.roots, l.Roots},
		count{"ALIASES", "aliases", total.aliases, l.Aliases},
		count{"DIRECTIVES", "directives", c.directives, l.Directives},
		count{"DIRECTIVES", "directives at one place", c.place, maxPlace},
		count{"VARIABLES", "variables in one operation", variables, maxVariables},
		count{"ITEMS", "entries in one list", c.items, l.Items},
		count{"VISITS", "parts to validate, fragments repeated", visits, maxVisits},
	)
}

// set counts a selection set.
func (c *counter) set(set ast.SelectionSet) sums {
	var s sums
	for _, selection := range set {
		s.visits++
		switch x := selection.(type) {
		case *ast.Field:
			s.plus(c.field(x))
		case *ast.InlineFragment:
			inner := c.set(x.SelectionSet)
			inner.visits += c.direct(x.Directives)
			s.plus(inner)
		case *ast.FragmentSpread:
			s.visits += c.direct(x.Directives)
			if f := c.fragments[x.Name]; f != nil && c.cycle == nil {
				if c.under[x.Name] {
					c.cycle = invalid(x.Position, "the fragment %q spreads itself", x.Name)
					return s
				}
				s.plus(c.fragment(f))
			}
		}
	}
	return s
}

// field counts a field and what it selects.
func (c *counter) field(f *ast.Field) sums {
	inner := c.set(f.SelectionSet)
	s := sums{fields: inner.fields + 1, aliases: inner.aliases, depth: inner.depth + 1, roots: 1, visits: inner.visits}
	if f.Alias != f.Name {
		s.aliases++
	}
	s.visits += c.direct(f.Directives) + c.arguments(f.Arguments)
	return s
}

// fragment counts a fragment, once. Its fields stand at the place of its spread.
func (c *counter) fragment(f *ast.FragmentDefinition) sums {
	if s, ok := c.done[f.Name]; ok {
		return s
	}
	c.under[f.Name] = true
	s := c.set(f.SelectionSet)
	s.visits += c.direct(f.Directives)
	delete(c.under, f.Name)
	c.done[f.Name] = s
	return s
}

// direct counts the directives of one place and returns the parts that they have.
func (c *counter) direct(list ast.DirectiveList) (visits int) {
	c.directives += len(list)
	c.place = max(c.place, len(list))
	for _, d := range list {
		visits += 1 + c.arguments(d.Arguments)
	}
	return visits
}

func (c *counter) arguments(list ast.ArgumentList) (visits int) {
	for _, a := range list {
		visits += c.value(a.Value)
	}
	return visits
}

// value counts a literal; nil is none.
func (c *counter) value(v *ast.Value) (visits int) {
	if v == nil {
		return 0
	}
	if v.Kind == ast.ListValue {
		c.items = max(c.items, len(v.Children))
	}
	for _, child := range v.Children {
		visits += c.value(child.Value)
	}
	return visits + 1
}

// invalid is an error of validation at a place of the document.
func invalid(at *ast.Position, format string, args ...any) *gqlerror.Error {
	return gqlerror.ErrorPosf(at, format, args...)
}
