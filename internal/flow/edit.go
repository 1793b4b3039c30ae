package flow

import (
	"bytes"
	"encoding/json"
	"slices"
)

// splice puts text in the place of the bytes from start to end.
type splice struct {
	start, end int
	text       []byte
}

// apply returns doc with the splices done; doc itself stays.
func apply(doc []byte, edits []splice) []byte {
	slices.SortStableFunc(edits, func(a, b splice) int { return a.start - b.start })
	size := len(doc)
	for _, e := range edits {
		size += len(e.text) - (e.end - e.start)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range edits {
		out = append(out, doc[at:e.start]...)
		out = append(out, e.text...)
		at = e.end
	}
	return append(out, doc[at:]...)
}

// editor collects splices for one document.
type editor struct {
	*index
	doc   []byte
	edits []splice
}

// set gives object i the member name with that text, in place or at the end.
func (e *editor) set(i int, name string, text []byte) {
	if at := e.member(i, name); at >= 0 {
		e.edits = append(e.edits, splice{int(e.spans[at].start), int(e.spans[at].end), text})
		return
	}
	var b []byte
	if int(e.spans[i].next) > i+1 {
		b = append(b, ',')
	}
	b = append(b, '"')
	b = append(b, name...)
	b = append(b, '"', ':')
	b = append(b, text...)
	end := int(e.spans[i].end) - 1
	e.edits = append(e.edits, splice{end, end, b})
}

// sameJSON says whether two texts differ in white space only.
func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
