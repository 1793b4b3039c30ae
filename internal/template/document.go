package template

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"rehearse.dev/internal/input"
)

// Limits of the JSON that callers send besides trees.
const (
	maxDocument = 1 << 20 // bytes
	maxDepth    = 100
)

// object checks that raw is one JSON object and returns it without the white space
// around it. Names that an object has twice are refused, because readers disagree
// about which of the two counts, and NUL, because not every database can hold it.
func (f *found) object(raw json.RawMessage, path ...string) json.RawMessage {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) > maxDocument:
		f.addf(tooLong, path, "the document has %d bytes; at most %d are allowed", len(raw), maxDocument)
	case !utf8.Valid(raw):
		f.addf(invalidValue, path, "the document is not UTF-8")
	case !json.Valid(raw):
		f.addf(wrongType, path, "a JSON object is needed, and this is not JSON")
	case raw[0] != '{':
		f.addf(wrongType, path, "a JSON object is needed, not %s", input.Kind(raw))
	case hasNUL(raw):
		f.addf(invalidValue, path, "the document holds a NUL character")
	default:
		if why := unclear(raw); why != "" {
			f.addf(invalidValue, path, "%s", why)
		}
	}
	return raw
}

// hasNUL looks for the escape of NUL in valid JSON, where a raw one cannot be.
func hasNUL(raw []byte) bool {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return false
		}
		if bytes.HasPrefix(raw[i:], []byte(`\u0000`)) {
			return true
		}
		raw = raw[i+2:]
	}
}

// unclear says why valid JSON has no one meaning or is nested too deep, or "".
func unclear(raw []byte) string {
	// names has an entry for each open object, nil for a list.
	var names []map[string]bool
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	wantName := false
	for {
		token, err := decoder.Token()
		if err != nil {
			return "" // the end: the text is known to be valid
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				names = append(names, map[string]bool{})
			case '[':
				names = append(names, nil)
			default:
				names = names[:len(names)-1]
			}
			if len(names) > maxDepth {
				return fmt.Sprintf("the document is nested deeper than %d levels", maxDepth)
			}
			wantName = len(names) > 0 && names[len(names)-1] != nil
			continue
		case string:
			if wantName {
				top := names[len(names)-1]
				if top[t] {
					return fmt.Sprintf("an object has the name %q twice", cut(t, 80))
				}
				top[t] = true
				wantName = false
				continue
			}
		}
		wantName = len(names) > 0 && names[len(names)-1] != nil
	}
}

// members decodes a valid JSON object one level deep.
func members(raw json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil
	}
	return m
}
