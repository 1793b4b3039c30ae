package graph

import (
	"fmt"
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
)

func TestDocumentsMayNotRepeatFieldsWithoutEnd(t *testing.T) {
	t.Parallel()
	many := func(n int, text string) string { return strings.Repeat(text+" ", n) }
	var aliases, fragments strings.Builder
	for i := range maxRepeats + 1 {
		fmt.Fprintf(&aliases, "a%d: viewer { appCode } ", i)
		fmt.Fprintf(&fragments, "fragment f%d on Query { __typename } ", i)
	}
	for name, c := range map[string]struct {
		document string
		refused  bool
	}{
		"AsManyAsAllowed": {"{ " + many(maxRepeats, "__typename") + "}", false},
		"OneMore":         {"{ " + many(maxRepeats+1, "__typename") + "}", true},
		"InParts":         {"{ " + many(26, "viewer { "+many(20, "appCode")+"}") + "}", true},
		"InlineFragments": {"{ " + many(maxRepeats+1, "... { __typename }") + "}", true},
		"Spreads":         {"{ " + many(maxRepeats+1, "...f") + "} fragment f on Query { __typename }", true},
		"OverFragments":   {"{ ...f0 } " + fragments.String(), true},
		"Aliases":         {"{ " + aliases.String() + "}", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := newDocuments().find(t.Context(), c.document)
			if doc == nil {
				t.Fatal("the document is not parsed")
			}
			if got := fault.CodeOf(err) == fault.CodeExhausted && err != nil; got != c.refused {
				t.Errorf("refused: %v (%v), want %v", got, err, c.refused)
			}
		})
	}
}
