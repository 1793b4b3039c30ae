package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Digest returns the hex SHA-256 of the canonical form of the tree; the package
// comment says what takes part. It is computed at the first call.
func (p *Pipeline) Digest() string { return p.digest() }

func digest(doc []byte) string {
	x, _ := newIndex(doc)
	if x == nil {
		// Parse has accepted these bytes, so this cannot be; a plain hash is still a digest.
		sum := sha256.Sum256(doc)
		return hex.EncodeToString(sum[:])
	}
	c := canon{index: x, out: make([]byte, 0, len(doc))}
	c.write(0, treeShape, true)
	sum := sha256.Sum256(c.out)
	return hex.EncodeToString(sum[:])
}

// shape says how an object takes part in the canonical form: whether its members
// are sorted, and which members are structural themselves.
type shape struct {
	sorted  bool
	members map[string]*shape
	// each is the shape of the members that are not named above.
	each *shape
}

var (
	// verbatim keeps the order all the way down. It is the shape of whatever has no other.
	verbatim = &shape{}
	plain    = &shape{sorted: true}

	fieldsShape    = &shape{each: plain} // component.data: its order is that of the inputs
	componentShape = &shape{sorted: true, members: map[string]*shape{"data": fieldsShape}}
	gatewayShape   = &shape{sorted: true, members: map[string]*shape{
		"default_condition": plain, "extra_info": plain,
		"conditions": {each: plain}, // the first condition that holds may win
	}}
	treeShape = newTreeShape()
)

// newTreeShape ties the knot: an activity may hold a whole tree.
func newTreeShape() *shape {
	tree := &shape{sorted: true}
	activity := &shape{sorted: true, members: map[string]*shape{
		"component": componentShape, "auto_retry": plain, "timeout_config": plain,
		"loop_config": plain, "pipeline": tree,
	}}
	tree.members = map[string]*shape{
		"start_event": plain, "end_event": plain,
		"activities": {sorted: true, each: activity},
		"gateways":   {sorted: true, each: gatewayShape},
		"flows":      {sorted: true, each: plain},
		"constants":  {sorted: true, each: plain},
	}
	return tree
}

// canon writes the canonical form.
type canon struct {
	*index
	out []byte
}

func (c *canon) write(i int, s *shape, outermost bool) {
	switch c.spans[i].kind {
	case kindObject:
		c.object(i, s, outermost)
	case kindList:
		c.out = append(c.out, '[')
		first := true
		for item := range c.children(i) {
			c.comma(&first)
			c.write(item, verbatim, false)
		}
		c.out = append(c.out, ']')
	default:
		c.out = append(c.out, c.raw(i)...)
	}
}

func (c *canon) object(i int, s *shape, outermost bool) {
	c.out = append(c.out, '{')
	first := true
	if !s.sorted {
		for m := range c.children(i) {
			c.comma(&first)
			c.member(m, s)
		}
		c.out = append(c.out, '}')
		return
	}
	members := make([]int, 0, 16)
	for m := range c.children(i) {
		if outermost && c.key(m) == "id" {
			continue
		}
		members = append(members, m)
	}
	slices.SortFunc(members, func(a, b int) int { return strings.Compare(c.key(a), c.key(b)) })
	for _, m := range members {
		c.comma(&first)
		c.member(m, s)
	}
	c.out = append(c.out, '}')
}

func (c *canon) member(m int, s *shape) {
	span := c.spans[m]
	c.out = append(c.out, c.src[span.keyStart-1:span.keyEnd+1]...)
	c.out = append(c.out, ':')
	c.write(m, s.member(c.key(m)), false)
}

func (s *shape) member(name string) *shape {
	if m := s.members[name]; m != nil {
		return m
	}
	if s.each != nil {
		return s.each
	}
	return verbatim
}

func (c *canon) comma(first *bool) {
	if !*first {
		c.out = append(c.out, ',')
	}
	*first = false
}
