package trusted_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"rehearse.dev/graph/trusted"
)

const text = "query A { a }"

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestDocumentsAreFoundByIDAndByHash(t *testing.T) {
	t.Parallel()
	apollo := `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
		{"id": "mine", "name": "A", "type": "query", "body": "` + text + `"}, {"id": "mine", "name": "A", "type": "query", "body": "` + text + `"}]}`
	for name, manifest := range map[string]string{"of Apollo": apollo, "plain": `{"mine": "` + text + `"}`} {
		m, err := trusted.Read([]byte(manifest))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"mine", "sha256:mine", hash(text), "sha256:" + hash(text)} {
			if got, ok := m.Find(id); !ok || got != text {
				t.Errorf("%s: %s: %q, %v", name, id, got, ok)
			}
		}
		for _, id := range []string{"", "sha256:", "other", "MINE", hash("other"), "md5:mine", "sha256:sha256:mine"} {
			if got, ok := m.Find(id); ok {
				t.Errorf("%s: %s: %q", name, id, got)
			}
		}
		if all := m.All(); len(all) != 1 || all[0].Text != text {
			t.Errorf("%s: %v", name, all)
		}
	}
}

func TestNoManifestHasNoDocuments(t *testing.T) {
	t.Parallel()
	var m *trusted.Manifest
	if _, ok := m.Find("x"); ok || m.All() != nil {
		t.Error("it has")
	}
}

func TestBrokenManifestsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	const head = `{"format": "apollo-persisted-query-manifest", "version": `
	for manifest, want := range map[string]string{
		``:                                  "one meaning",
		`[]`:                                "not a JSON object",
		`null`:                              "no documents",
		`{}`:                                "no documents",
		`{"a": 5}`:                          "the document a is not a text",
		`{"a": ""}`:                         "the document a has no id or no text",
		`{"": "{ a }"}`:                     "no id",
		`{"a": "{ a }", "a": "{ b }"}`:      "twice",
		`{"format": "other", "version": 1}`: `"other"`,
		head + `2, "operations": []}`:       "version is 2",
		head + `1, "operations": []}`:       "no documents",
		head + `1, "operations": {}}`:       "no manifest of Apollo",
		head + `1, "operations": [{"id": "x", "name": "N", "body": ""}]}`:                       "N (x)",
		head + `1, "operations": [{"id": "x", "body": "{ a }"}, {"id": "x", "body": "{ b }"}]}`: "the id x has two texts",
	} {
		if _, err := trusted.Read([]byte(manifest)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", manifest, err, want)
		}
	}
}
