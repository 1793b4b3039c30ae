package flow

import "rehearse.dev/internal/fault"

// CheckJSON says what is wrong with a JSON text of at most limit bytes, beside
// what encoding/json finds: names that an object has twice, NUL characters,
// integers beyond 2^53, nesting beyond MaxDepth. The problems have the code
// InvalidTree and paths from the root of the text.
func CheckJSON(doc []byte, limit int) []fault.Problem {
	_, found := checkedIndex(doc, "the text", limit)
	return found.all()
}
