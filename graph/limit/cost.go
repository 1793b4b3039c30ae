package limit

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// maxPlan is how many fields a plan has before it counts as endless. Only a field of
// an interface is looked at more than once, for each type that it may have.
const maxPlan = 50_000

// plan is the cost of an operation as a sum that waits for variables. Parts that do
// not depend on them are added up already.
type plan struct {
	fixed float64
	parts []*part
}

// part is a field whose cost depends on variables, or holds a part that does.
type part struct {
	call  float64
	size  *size
	items []plan // what one item may cost: the largest counts
}

// size is how long a list may be.
type size struct {
	fixed float64 // the largest literal that slices it, or -1
	names []string
	// other is how long it is when nothing that was sent slices it.
	other float64
}

// planner makes the plan of one operation.
type planner struct {
	*weights
	looked int
}

// plan weighs an operation of a valid document.
func (w *weights) plan(op *ast.OperationDefinition) plan {
	root := w.schema.Query
	switch op.Operation {
	case ast.Mutation:
		root = w.schema.Mutation
	case ast.Subscription:
		root = w.schema.Subscription
	}
	p := &planner{weights: w}
	sum := p.sum(root, []ast.SelectionSet{op.SelectionSet}, nil)
	sum.fixed += w.types[root.Name]
	if p.looked > maxPlan {
		return plan{fixed: endless}
	}
	return sum
}

// inherited is the size of lists in a connection, and which of its fields they are.
type inherited struct {
	size   *size
	fields []string
}

// sum adds up what an object of a type costs below itself. Fields of one name are
// one field, as in execution.
func (p *planner) sum(object *ast.Definition, sets []ast.SelectionSet, from *inherited) plan {
	var total plan
	if p.looked > maxPlan {
		return total
	}
	for _, g := range p.gather(object, sets) {
		total.add(p.field(g, from))
	}
	return total
}

// gather lists what is executed for an object of that type, by the name that it
// answers under.
func (p *planner) gather(object *ast.Definition, sets []ast.SelectionSet) []*group {
	var groups []*group
	byName := map[string]*group{}
	spread := map[string]bool{}
	var add func(ast.SelectionSet)
	add = func(set ast.SelectionSet) {
		for _, selection := range set {
			p.looked++
			switch s := selection.(type) {
			case *ast.Field:
				g := byName[s.Alias]
				if g == nil {
					g = &group{name: s.Alias}
					byName[s.Alias] = g
					groups = append(groups, g)
				}
				g.fields = append(g.fields, s)
			case *ast.InlineFragment:
				if p.fits(object, s.TypeCondition) {
					add(s.SelectionSet)
				}
			case *ast.FragmentSpread:
				if !spread[s.Name] && p.fits(object, s.Definition.TypeCondition) {
					spread[s.Name] = true
					add(s.Definition.SelectionSet)
				}
			}
		}
	}
	for _, set := range sets {
		add(set)
	}
	return groups
}

// fits reports whether a fragment on a type applies to an object.
func (p *planner) fits(object *ast.Definition, condition string) bool {
	if condition == "" || condition == object.Name {
		return true
	}
	for _, possible := range p.schema.PossibleTypes[condition] {
		if possible.Name == object.Name {
			return true
		}
	}
	return false
}

// field weighs one field of an answer.
func (p *planner) field(g *group, from *inherited) plan {
	first := g.fields[0]
	sets := make([]ast.SelectionSet, 0, len(g.fields))
	for _, f := range g.fields {
		sets = append(sets, f.SelectionSet)
	}
	result := &part{}
	said := p.fields[first.Definition]
	var below *inherited
	if said != nil {
		result.call = said.call
		for _, a := range first.Arguments {
			result.call += said.arguments[a.Name]
		}
		if said.list != nil {
			length := said.list.of(first)
			if first.Definition.Type.Elem != nil {
				result.size = length
			}
			below = &inherited{length, said.list.sized}
		}
	}
	def := p.schema.Types[first.Definition.Type.Name()]
	if first.Definition.Type.Elem != nil && result.size == nil {
		result.size = &size{fixed: -1, other: listLength}
		if from != nil && slices.Contains(from.fields, first.Name) {
			result.size = from.size
		}
	}
	result.items = p.items(def, sets, below)
	return result.simple()
}

// items weighs one value of a type: as many plans as it may have types.
func (p *planner) items(def *ast.Definition, sets []ast.SelectionSet, below *inherited) []plan {
	if def == nil || !def.IsCompositeType() {
		return []plan{{fixed: p.ofType(def)}}
	}
	if strings.HasPrefix(def.Name, "__") {
		return nil // weighed as a whole, at its root
	}
	types := []*ast.Definition{def}
	if def.IsAbstractType() {
		types = p.schema.GetPossibleTypes(def)
	}
	items := make([]plan, len(types))
	for i, object := range types {
		items[i] = p.sum(object, sets, below)
		items[i].fixed += p.ofType(object)
	}
	return items
}

// of is the size of a list for a field with that @listSize.
func (l *listSize) of(f *ast.Field) *size {
	s := &size{fixed: -1, other: listLength}
	if l.assumed >= 0 {
		s.other = float64(l.assumed)
	}
	for _, name := range l.slicing {
		a := f.Arguments.ForName(name)
		if a == nil {
			if def := f.Definition.Arguments.ForName(name); def.DefaultValue != nil {
				s.fixed = max(s.fixed, literalLength(def.DefaultValue))
			}
			continue
		}
		if a.Value.Kind == ast.Variable {
			s.names = append(s.names, a.Value.Raw)
			continue
		}
		s.fixed = max(s.fixed, literalLength(a.Value))
	}
	return s
}

// literalLength is the length that a literal asks for, -1 for none.
func literalLength(v *ast.Value) float64 {
	switch v.Kind {
	case ast.IntValue:
		return length(json.Number(v.Raw))
	case ast.ListValue:
		return float64(len(v.Children))
	case ast.NullValue:
		return -1
	}
	return 1 // one value where a list may be
}

// longest is the longest list that a field may be asked for. Whoever asks for more is
// refused by the field, with the name of the argument.
const longest = 1_000

// length is the length that the value of a variable asks for, -1 for none.
func length(v any) float64 {
	n := 1.0 // one value where a list may be
	switch x := v.(type) {
	case nil:
		return -1
	case json.Number:
		n, _ = x.Float64() // infinite when it is too large
	case int64:
		n = float64(x)
	case int:
		n = float64(x)
	case float64:
		n = x
	case []any:
		n = float64(len(x))
	}
	return max(0, min(n, longest))
}

// with is the size for the variables of a request.
func (s *size) with(variables map[string]any) float64 {
	n := s.fixed
	for _, name := range s.names {
		n = max(n, length(variables[name]))
	}
	if n < 0 {
		return s.other
	}
	return n
}

// add adds another plan.
func (p *plan) add(o plan) {
	p.fixed += o.fixed
	p.parts = append(p.parts, o.parts...)
}

// simple is the part as a plan, added up when no variable matters.
func (r *part) simple() plan {
	open := r.size != nil && len(r.size.names) > 0
	for _, item := range r.items {
		open = open || len(item.parts) > 0
	}
	if open {
		return plan{parts: []*part{r}}
	}
	return plan{fixed: r.with(nil)}
}

// with is what the part costs with the variables of a request.
func (r *part) with(variables map[string]any) float64 {
	item := 0.0
	for i := range r.items {
		item = max(item, r.items[i].with(variables))
	}
	if r.size != nil {
		item *= r.size.with(variables)
	}
	return r.call + item
}

// with is the cost with the variables of a request, in points.
func (p *plan) with(variables map[string]any) float64 {
	sum := p.fixed
	for _, part := range p.parts {
		sum += part.with(variables)
	}
	return sum
}

// points rounds a cost up to whole points. An operation costs one at least.
func points(cost float64) int {
	const millionths = 1e6 // what adding tenths up leaves behind is below one
	return int(max(1, min(math.Ceil(math.Round(cost*millionths)/millionths), endless)))
}
