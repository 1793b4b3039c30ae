package limit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// member is a value with a name: an argument, or a field of an object.
type member struct {
	name  string
	value *ast.Value
}

// writeMembers writes members ordered by name, so that equal ones read alike.
func writeMembers(b *strings.Builder, members []member) {
	slices.SortStableFunc(members, func(x, y member) int { return strings.Compare(x.name, y.name) })
	for _, m := range members {
		b.WriteString(m.name)
		b.WriteByte(':')
		writeLiteral(b, m.value)
	}
}

// writeLiteral writes a literal such that two read alike when they are equal: the
// order of an object's fields means nothing, that of a list does.
func writeLiteral(b *strings.Builder, v *ast.Value) {
	switch v.Kind {
	case ast.ListValue:
		b.WriteByte('[')
		for _, child := range v.Children {
			writeLiteral(b, child.Value)
		}
		b.WriteByte(']')
	case ast.ObjectValue:
		members := make([]member, len(v.Children))
		for i, child := range v.Children {
			members[i] = member{child.Name, child.Value}
		}
		b.WriteByte('{')
		writeMembers(b, members)
		b.WriteByte('}')
	default:
		b.WriteString(strconv.Itoa(int(v.Kind)))
		b.WriteString(strconv.Quote(v.Raw))
		b.WriteByte(',')
	}
}
