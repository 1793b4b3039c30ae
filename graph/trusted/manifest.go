// Package trusted holds the documents that a server's own clients may send by their
// ids, as the build of a client writes them into a manifest.
//
// It must not know the schema, nor what becomes of a document: it reads texts and
// finds them again.
package trusted

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"rehearse.dev/internal/flow"
)

// MaxBytes is the largest manifest.
const MaxBytes = 64 << 20

// apolloFormat is what Apollo's manifests call themselves.
const apolloFormat = "apollo-persisted-query-manifest"

// hashPrefix begins ids that are the SHA-256 of the document, as GraphQL over HTTP
// writes them.
const hashPrefix = "sha256:"

// Document is one document of a manifest.
type Document struct {
	ID   string // as the manifest writes it
	Name string // of its operation; empty when the manifest does not tell
	Text string
}

// String names the document in messages.
func (d Document) String() string {
	if d.Name == "" {
		return d.ID
	}
	return d.Name + " (" + d.ID + ")"
}

// Manifest finds documents by their ids. It does not change, so that any number of
// goroutines may use it; a nil Manifest has no documents.
type Manifest struct {
	list   []Document
	byID   map[string]string
	byHash map[string]string // SHA-256 of the text in hex → text
}

// Read reads a manifest: Apollo's format version 1, or an object from ids to texts, as
// the client preset of GraphQL Code Generator and the compiler of Relay write it.
//
// Its errors name the entry. One id with two texts, an empty id or text and a manifest
// without documents are errors, too.
func Read(raw []byte) (*Manifest, error) {
	if problems := flow.CheckJSON(raw, MaxBytes); len(problems) > 0 {
		p := problems[0]
		return nil, fmt.Errorf("it is not a JSON document that has one meaning: %s", strings.TrimSpace(strings.Join(p.Path, ".")+" "+p.Message))
	}
	list, err := documents(raw)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errors.New("it has no documents")
	}
	m := &Manifest{byID: make(map[string]string, len(list)), byHash: make(map[string]string, len(list))}
	for _, d := range list {
		if d.ID == "" || strings.TrimSpace(d.Text) == "" {
			return nil, fmt.Errorf("the document %s has no id or no text", d)
		}
		switch text, given := m.byID[d.ID]; {
		case given && text != d.Text:
			return nil, fmt.Errorf("the id %s has two texts", d.ID)
		case given:
			continue
		}
		sum := sha256.Sum256([]byte(d.Text))
		m.list = append(m.list, d)
		m.byID[d.ID] = d.Text
		m.byHash[hex.EncodeToString(sum[:])] = d.Text
	}
	return m, nil
}

// documents reads the entries of either format.
func documents(raw []byte) ([]Document, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return nil, errors.New("it is not a JSON object")
	}
	if format, given := members["format"]; given {
		return apollo(raw, format)
	}
	list := make([]Document, 0, len(members))
	for _, id := range slices.Sorted(maps.Keys(members)) {
		d := Document{ID: id}
		if json.Unmarshal(members[id], &d.Text) != nil {
			return nil, fmt.Errorf("the document %s is not a text", id)
		}
		list = append(list, d)
	}
	return list, nil
}

func apollo(raw, format []byte) ([]Document, error) {
	var manifest struct {
		Version    int `json:"version"`
		Operations []struct {
			ID   string `json:"id"`
			Name string `json:"name"`
			Body string `json:"body"`
		} `json:"operations"`
	}
	if string(format) != `"`+apolloFormat+`"` {
		return nil, fmt.Errorf("its format is %.60s, and only %q is known", format, apolloFormat)
	}
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return nil, fmt.Errorf("it is no manifest of Apollo: %w", err)
	}
	if manifest.Version != 1 {
		return nil, fmt.Errorf("its version is %d, and only 1 is known", manifest.Version)
	}
	list := make([]Document, len(manifest.Operations))
	for i, op := range manifest.Operations {
		list[i] = Document{ID: op.ID, Name: op.Name, Text: op.Body}
	}
	return list, nil
}

// Find returns the text of a document. The id is one of the manifest, or the SHA-256
// of the text in hex; either may have the prefix "sha256:".
func (m *Manifest) Find(id string) (text string, ok bool) {
	if m == nil {
		return "", false
	}
	if text, ok = m.byID[id]; ok {
		return text, true
	}
	id, prefixed := strings.CutPrefix(id, hashPrefix)
	if text, ok = m.byHash[id]; ok || !prefixed {
		return text, ok
	}
	text, ok = m.byID[id]
	return text, ok
}

// All returns the documents, each id once. It must not be changed.
func (m *Manifest) All() []Document {
	if m == nil {
		return nil
	}
	return m.list
}
