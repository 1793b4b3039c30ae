package expr

import (
	"sort"
	"strings"
)

// Pieces lists the ${…} pieces of s in order, each once. A piece has no $, {, }
// or # inside (engine.md §8.2), so there are no nested ones.
func Pieces(s string) []string {
	var out []string
	seen := map[string]bool{}
	eachPiece(s, func(start, end int) {
		if piece := s[start:end]; !seen[piece] {
			seen[piece] = true
			out = append(out, piece)
		}
	})
	return out
}

// eachPiece calls visit with the bounds of every piece of s, left to right.
func eachPiece(s string, visit func(start, end int)) {
	for at := 0; ; {
		open := strings.Index(s[at:], "${")
		if open < 0 {
			return
		}
		start := at + open
		stop := strings.IndexAny(s[start+2:], "${}#")
		if stop < 0 {
			return
		}
		at = start + 2 + stop
		if stop > 0 && s[at] == '}' {
			at++
			visit(start, at)
		}
	}
}

// References lists, sorted, the names that Mako regards as undeclared in every
// string inside v; keys of objects are not read. ${len(x)} refers to len and x.
// A piece that does not parse refers to nothing.
func References(v any) []string {
	found := map[string]bool{}
	collect(v, found)
	out := make([]string, 0, len(found))
	for name := range found {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

func collect(v any, found map[string]bool) {
	switch v := v.(type) {
	case string:
		eachPiece(v, func(start, end int) {
			for _, name := range compile(v[start:end]).refs {
				found[name] = true
			}
		})
	case []any:
		for _, item := range v {
			collect(item, found)
		}
	case *Dict:
		for i := range v.Len() {
			_, item := v.At(i)
			collect(item, found)
		}
	}
}
