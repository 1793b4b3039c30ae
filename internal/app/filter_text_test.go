package app_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestTextsThatNoRowHolds: PostgreSQL knows no NUL, not even to look for it. A body
// with one is refused as a whole, so it comes in the text of a document, or in a cursor
// that somebody has made up.
func TestTextsThatNoRowHolds(t *testing.T) {
	t.Parallel()
	c := newServer(t).ours
	made := base64.RawURLEncoding.EncodeToString([]byte(`{"o":"NAME","t":"a\u0000b","i":1}`))
	for document, want := range map[string]string{
		`{ templates(where: {scopeType: "a\u0000", scopeValue: "b"}) { totalCount } }`:                          "where.scopeType",
		`{ templates(where: {scopeType: "a", scopeValue: "\u0000b"}) { nodes { id } } }`:                        "where.scopeValue",
		`{ templates(where: {creator: "\u0000"}) { nodes { id } } }`:                                            "where.creator",
		`{ templates(where: {nameContains: "a\u0000b"}) { nodes @include(if: true) { id } } }`:                  "where.nameContains",
		`{ tasks(where: {creator: "\u0000"}) { totalCount } }`:                                                  "where.creator",
		`{ tasks(where: {nameContains: "\u0000"}) { nodes { id } } }`:                                           "where.nameContains",
		`{ tasks(orderBy: {field: NAME, direction: ASC}, after: "` + made + `") { nodes { id } } }`:             "after",
		`{ templates(orderBy: {field: NAME, direction: ASC}, before: "` + made + `", last: 1) { totalCount } }`: "before",
	} {
		a := c.ask(t, document, nil)
		if got := strings.Join(topLevel(a), " "); got != "!INVALID_INPUT/INVALID_VALUE "+want {
			t.Errorf("%s: %s, %s", document, got, a.body)
		}
	}
}
