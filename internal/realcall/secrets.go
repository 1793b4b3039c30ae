package realcall

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"rehearse.dev/internal/expr"
)

// mask stands for a secret that an answer has repeated.
const mask = "******"

// minSecret is the length in bytes of the shortest text that is looked for: shorter
// ones are in every answer.
const minSecret = 4

// secrets finds what must not leave a call: the secrets themselves and the forms in
// which a host would write them back.
type secrets struct {
	forms    []string
	replacer *strings.Replacer
}

// ofTask adds every text of a task's credentials but the application codes.
func (s *secrets) ofTask(credentials map[string]map[string]any) {
	for _, members := range credentials {
		for name, v := range members {
			if name != "bk_app_code" {
				s.addAll(v)
			}
		}
	}
}

func (s *secrets) addAll(v any) {
	switch v := v.(type) {
	case string:
		s.add(v)
	case json.Number:
		s.add(v.String())
	case []any:
		for _, item := range v {
			s.addAll(item)
		}
	case map[string]any:
		for _, item := range v {
			s.addAll(item)
		}
	}
}

// add makes a text one that is scrubbed: as it is, as part of a JSON text, escaped for
// URLs, in hex, and in base64 at each of the three places at which it can begin there.
func (s *secrets) add(secret string) {
	if len(secret) < minSecret {
		return
	}
	for _, plain := range append(inJSON(secret), secret) {
		inURL, inPath := url.QueryEscape(plain), url.PathEscape(plain)
		inHex := hex.EncodeToString([]byte(plain))
		s.forms = append(s.forms, plain, inURL, inPath, lowerEscapes(inURL), lowerEscapes(inPath), inHex, strings.ToUpper(inHex))
		for shift := range 3 {
			s.forms = append(s.forms, inBase64(base64.RawStdEncoding, plain, shift), inBase64(base64.RawURLEncoding, plain, shift))
		}
	}
	s.replacer = nil
}

// inJSON gives the ways in which a text stands in JSON: with the characters of HTML
// and of other alphabets escaped or not.
func inJSON(text string) []string {
	escaped, err := json.Marshal(text)
	plain, err2 := expr.Encode(text)
	if err != nil || err2 != nil {
		return nil
	}
	ascii := strconv.QuoteToASCII(text)
	return []string{string(escaped[1 : len(escaped)-1]), string(plain[1 : len(plain)-1]), ascii[1 : len(ascii)-1]}
}

// inBase64 gives the characters that the text has in base64 behind so many other
// bytes, without those that its neighbours change.
func inBase64(e *base64.Encoding, text string, shift int) string {
	encoded := e.EncodeToString([]byte(strings.Repeat("\x00", shift) + text))
	from := []int{0, 2, 3}[shift]
	to := len(encoded)
	if (shift+len(text))%3 != 0 {
		to--
	}
	return encoded[from:to]
}

// lowerEscapes writes %2F as %2f.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
			i += 2
		}
	}
	return string(b)
}

// text is a text without secrets, and without the NUL characters that no store takes.
func (s *secrets) text(text string) string {
	if s.replacer == nil {
		slices.SortFunc(s.forms, func(a, b string) int { return len(b) - len(a) })
		pairs := []string{"\x00", "\uFFFD"}
		for _, form := range s.forms {
			pairs = append(pairs, form, mask)
		}
		s.replacer = strings.NewReplacer(pairs...)
	}
	return s.replacer.Replace(text)
}

// scrub gives a value without secrets; what holds none stays what it is. A number of
// which a secret is part becomes the mask. One that is too large for JSON, such as
// 1e999, becomes its text, for it could not be stored.
func (s *secrets) scrub(v any) any {
	switch v := v.(type) {
	case string:
		return s.text(v)
	case nil, bool:
		return v
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.scrub(v[i])
		}
		return out
	case *expr.Dict:
		out := expr.NewDict(v.Len())
		for i := range v.Len() {
			key, item := v.At(i)
			out.Set(s.text(expr.Str(key)), s.scrub(item))
		}
		return out
	}
	text := expr.Str(v)
	if s.text(text) != text {
		return mask
	}
	if f, is := v.(float64); is && (math.IsInf(f, 0) || math.IsNaN(f)) {
		return text
	}
	return v
}
