package limit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/internal/fault"
)

// overlapRule is the name that the rule has in the specification.
const overlapRule = "OverlappingFieldsCanBeMerged"

// maxMerged is how many fields are looked at before a document is refused as too
// entangled. Sound documents have each of their fields looked at twice.
const maxMerged = 100_000

// overlap checks that fields which answer under one name can be merged, as the
// specification's FieldsInSetCanMerge says (section 5.3.2), and reports the first
// two that cannot for each operation.
//
// The specification compares every two fields. Here all fields of one name are
// gathered first, and each is compared with the first of them: having the same shape
// and being the same call are equivalences, so that is enough. What they select is
// then gathered and compared in the same way. A field is looked at once for each set
// that it is gathered in, so the time grows with the document and not its square.
//
// The document must be valid otherwise: definitions known, fragments without circles.
func overlap(schema *ast.Schema, doc *ast.QueryDocument) gqlerror.List {
	m := &merger{schema: schema, calls: map[*ast.Field]string{}, alone: [2]map[*ast.Field]bool{{}, {}}}
	var errs gqlerror.List
	for _, op := range doc.Operations {
		m.failed = nil
		set := m.gather(op.SelectionSet)
		m.shapes(set, "")
		m.sameCalls(set, "")
		if m.failed != nil {
			errs = append(errs, m.failed)
		}
	}
	return errs
}

// merger compares the fields of one document.
type merger struct {
	schema *ast.Schema
	// calls are the calls of fields that were compared, see call.
	calls map[*ast.Field]string
	// alone are the fields whose selections were compared with nothing else, for
	// shapes and for calls: a fragment has them again and again.
	alone  [2]map[*ast.Field]bool
	looked int
	failed *gqlerror.Error
}

// group are the fields that answer under one name.
type group struct {
	name   string
	fields []*ast.Field
}

// gather lists the fields of selection sets by the name that they answer under,
// through fragments, each fragment once.
func (m *merger) gather(sets ...ast.SelectionSet) []*group {
	var groups []*group
	byName := map[string]*group{}
	spread := map[string]bool{}
	var add func(ast.SelectionSet)
	add = func(set ast.SelectionSet) {
		for _, selection := range set {
			m.looked++
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
				add(s.SelectionSet)
			case *ast.FragmentSpread:
				if !spread[s.Name] {
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

// shapes checks that the fields of each name answer in the same shape, whatever
// object they stand for.
func (m *merger) shapes(groups []*group, path string) {
	for _, g := range groups {
		if m.stop() {
			return
		}
		first := g.fields[0]
		want := m.shape(first.Definition.Type)
		for _, f := range g.fields[1:] {
			if got := m.shape(f.Definition.Type); got != want {
				m.fail(path+g.name, f, "their types are %q and %q", first.Definition.Type.String(), f.Definition.Type.String())
				return
			}
		}
		if below := m.below(g.fields, 0); below != nil {
			m.shapes(below, path+g.name+".")
		}
	}
}

// sameCalls checks that fields of one name which may stand for the same object are
// the same field with the same arguments.
func (m *merger) sameCalls(groups []*group, path string) {
	for _, g := range groups {
		for _, fields := range common(g.fields) {
			if m.stop() {
				return
			}
			first := fields[0]
			for _, f := range fields[1:] {
				if f.Name != first.Name {
					m.fail(path+g.name, f, "they are the fields %q and %q", first.Name, f.Name)
					return
				}
				if m.call(f) != m.call(first) {
					m.fail(path+g.name, f, "their arguments differ")
					return
				}
			}
			if below := m.below(fields, 1); below != nil {
				m.sameCalls(below, path+g.name+".")
			}
		}
	}
}

// below gathers what fields select; nil when there is nothing, or nothing new: the
// selection of one field alone is compared once for each check.
func (m *merger) below(fields []*ast.Field, check int) []*group {
	if len(fields) == 1 {
		if m.alone[check][fields[0]] {
			return nil
		}
		m.alone[check][fields[0]] = true
	}
	sets := make([]ast.SelectionSet, 0, len(fields))
	for _, f := range fields {
		if len(f.SelectionSet) > 0 {
			sets = append(sets, f.SelectionSet)
		}
	}
	if len(sets) == 0 {
		return nil
	}
	return m.gather(sets...)
}

// common splits fields by the object that they may stand for: those of each object
// type, with those of interfaces and unions, which may stand for any of them.
func common(fields []*ast.Field) [][]*ast.Field {
	first := fields[0].ObjectDefinition
	same := true
	for _, f := range fields[1:] {
		same = same && f.ObjectDefinition == first
	}
	if same {
		return [][]*ast.Field{fields}
	}
	var order []*ast.Definition
	objects := map[*ast.Definition][]*ast.Field{}
	var abstract []*ast.Field
	for _, f := range fields {
		def := f.ObjectDefinition
		if def.Kind != ast.Object {
			abstract = append(abstract, f)
			continue
		}
		if objects[def] == nil {
			order = append(order, def)
		}
		objects[def] = append(objects[def], f)
	}
	if len(order) == 0 {
		return [][]*ast.Field{abstract}
	}
	sets := make([][]*ast.Field, len(order))
	for i, def := range order {
		sets[i] = slices.Concat(objects[def], abstract)
	}
	return sets
}

// shape is a type with one name for everything that has fields: what those are is
// compared further down.
func (m *merger) shape(t *ast.Type) string {
	end := ""
	if t.NonNull {
		end = "!"
	}
	if t.Elem != nil {
		return "[" + m.shape(t.Elem) + "]" + end
	}
	if def := m.schema.Types[t.NamedType]; def != nil && def.IsCompositeType() {
		return "{}" + end
	}
	return t.NamedType + end
}

// call is the arguments of a field in one normal form.
func (m *merger) call(f *ast.Field) string {
	if len(f.Arguments) == 0 {
		return ""
	}
	call, ok := m.calls[f]
	if !ok {
		members := make([]member, len(f.Arguments))
		for i, a := range f.Arguments {
			members[i] = member{a.Name, a.Value}
		}
		var b strings.Builder
		writeMembers(&b, members)
		call = b.String()
		m.calls[f] = call
	}
	return call
}

// stop reports whether comparing is over.
func (m *merger) stop() bool {
	if m.failed == nil && m.looked > maxMerged {
		m.failed = gqlerror.Wrap(fault.Newf(fault.CodeExhausted,
			"the document selects the same names in so many ways that more than %d fields would have to be compared", maxMerged))
	}
	return m.failed != nil
}

func (m *merger) fail(name string, f *ast.Field, why string, args ...any) {
	m.failed = invalid(f.Position, "fields that answer as %q cannot be merged: %s; give one of them an alias", name, fmt.Sprintf(why, args...))
	m.failed.Rule = overlapRule
}
