package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"rehearse.dev/graph/trusted"
	"rehearse.dev/internal/fault"
)

// Codes of documents that are sent by id. The first two messages are Apollo's, which
// its clients compare; the last two codes are those of its router.
const (
	codeNotFound     = "PERSISTED_QUERY_NOT_FOUND"
	codeNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED"
	codeNotInList    = "PERSISTED_QUERY_NOT_IN_LIST"
	codeIDRequired   = "PERSISTED_QUERY_ID_REQUIRED"

	messageNotFound     = "PersistedQueryNotFound"
	messageNotSupported = "PersistedQueryNotSupported"
)

// Bounds of what is remembered of automatic persisted queries: 16 MiB at most.
const (
	maxRemembered     = 512
	maxRememberedText = 32 << 10
)

// persisted finds the texts of documents that are sent by id.
type persisted struct {
	mode     DocumentsMode
	manifest *trusted.Manifest
	seen     *lru.Cache[string, string] // SHA-256 in hex → text that was valid
}

func newPersisted(options Options) *persisted {
	mode := options.Mode
	if mode == "" {
		mode = DocumentsAuto
	}
	// The size is positive, which is all that New checks.
	seen, _ := lru.New[string, string](maxRemembered)
	return &persisted{mode: mode, manifest: options.Documents, seen: seen}
}

// resolve puts the text of the document into a request that has its id. When the
// request is the first to bring an automatic persisted query, register has its hash:
// remember it once the text has proved to be valid. The status is that of a refusal.
func (p *persisted) resolve(in *envelope) (register string, status int, err error) {
	switch {
	case in.DocumentID != "":
		return "", 0, p.trusted(in, in.DocumentID)
	case in.Extensions["persistedQuery"] != nil:
		return p.automatic(in)
	case p.mode == DocumentsOnly:
		return "", 0, withCode(codeIDRequired, "this server takes trusted documents only: send a documentId")
	case in.Query == "":
		return "", http.StatusBadRequest, fault.Newf(fault.CodeInvalid, "the request must have a text query")
	}
	return "", 0, nil
}

// trusted finds a document of the manifest. A text beside the id must be the same.
func (p *persisted) trusted(in *envelope, id string) error {
	if p.mode == DocumentsOff {
		return withCode(codeNotSupported, messageNotSupported)
	}
	text, ok := p.manifest.Find(id)
	if !ok || in.Query != "" && in.Query != text {
		return withCode(codeNotInList, "no trusted document has this id and text")
	}
	in.Query = text
	return nil
}

// automatic follows Apollo's protocol of persisted queries: a client sends the
// SHA-256 of its document, and the text only when it was not known. Ids of a manifest
// come the same way.
func (p *persisted) automatic(in *envelope) (register string, status int, err error) {
	member, _ := in.Extensions["persistedQuery"].(map[string]any)
	hash, _ := member["sha256Hash"].(string)
	if version, _ := member["version"].(float64); version != 1 || hash == "" {
		return "", http.StatusBadRequest, fault.Newf(fault.CodeInvalid, "extensions.persistedQuery must be an object with version 1 and a text sha256Hash")
	}
	if p.mode == DocumentsOnly {
		return "", 0, p.trusted(in, hash)
	}
	if p.mode == DocumentsOff {
		if in.Query == "" {
			return "", 0, withCode(codeNotSupported, messageNotSupported)
		}
		return "", 0, nil
	}
	if text, ok := p.manifest.Find(hash); ok && (in.Query == "" || in.Query == text) {
		in.Query = text
		return "", 0, nil
	}
	if in.Query == "" {
		text, ok := p.seen.Get(hash)
		if !ok {
			return "", 0, withCode(codeNotFound, messageNotFound)
		}
		in.Query = text
		return "", 0, nil
	}
	if sum := sha256.Sum256([]byte(in.Query)); hash != hex.EncodeToString(sum[:]) {
		return "", http.StatusBadRequest, fault.Newf(fault.CodeInvalid, "extensions.persistedQuery.sha256Hash is not the hash of the query")
	}
	return hash, 0, nil
}

// remember keeps a valid text by its hash, until others take its place.
func (p *persisted) remember(hash, text string) {
	if len(text) <= maxRememberedText {
		p.seen.Add(hash, text)
	}
}

func withCode(code, message string) error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// Check admits every document of the manifest, within the limits. Its error names the
// first that clients could not use.
func (o Options) Check() error {
	gate, err := o.Bounds.gate(Schema())
	if err != nil {
		return err
	}
	return newDocuments(gate).admit(o.Documents)
}

// admit admits documents that clients will ask for, so that the first request finds
// them.
func (d *documents) admit(manifest *trusted.Manifest) error {
	for _, one := range manifest.All() {
		if _, list := d.find(one.Text); list != nil {
			return fmt.Errorf("the document %s is refused: %w", one, list)
		}
	}
	return nil
}
