package read

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"rehearse.dev/internal/fault"

	"rehearse.dev/graph/model"
)

// Sizes of a page.
const (
	DefaultPage = 20
	MaxPage     = 100
)

// Page says which part of a list is wanted, by Relay's rules.
type Page struct {
	First, Last   *int
	After, Before *string
}

// order is how a list runs: by a column, then by id, so that no two rows tie.
type order struct {
	// name is what cursors of this order carry.
	name   string
	column string
	// timed tells that the column holds moments.
	timed bool
	desc  bool
}

// window is a checked page: at most limit rows between two places, in the
// list's order or, when backward, from its end.
type window struct {
	order         order
	limit         int
	backward      bool
	after, before *place
}

// place is a position in an ordered list: the value of the order's column and
// the id. Cursors are its JSON in base64.
type place struct {
	Order string `json:"o"`
	Text  string `json:"t,omitempty"`
	Nanos int64  `json:"n,omitempty"`
	ID    int    `json:"i"`
}

// check turns a page into a window. A fault.CodeInvalid lists all that is wrong.
func (p Page) check(o order) (window, error) {
	w := window{order: o, limit: DefaultPage}
	var problems []fault.Problem
	invalid := func(field, format string, args ...any) {
		problems = append(problems, fault.Problem{
			Code: "INVALID_VALUE", Message: fmt.Sprintf(format, args...), Path: []string{field},
		})
	}
	size := func(field string, n *int) {
		if n == nil {
			return
		}
		if *n < 1 || *n > MaxPage {
			invalid(field, "%s must be 1 to %d", field, MaxPage)
		}
		w.limit = *n
	}
	size("first", p.First)
	size("last", p.Last)
	if p.First != nil && p.Last != nil {
		invalid("last", "give first or last, not both")
	}
	w.backward = p.Last != nil
	read := func(field string, cursor *string) *place {
		if cursor == nil {
			return nil
		}
		at, ok := parseCursor(*cursor)
		if !ok || at.Order != o.name {
			invalid(field, "%s is not a cursor of this list in this order", field)
		}
		return &at
	}
	w.after, w.before = read("after", p.After), read("before", p.Before)
	if len(problems) > 0 {
		return w, fault.Invalid(problems...)
	}
	return w, nil
}

// value is what the place has in the order's column.
func (p *place) value(o order) any {
	if o.timed {
		return time.Unix(0, p.Nanos).UTC()
	}
	return p.Text
}

// cut drops the extra row, puts the rows into the list's order and describes the
// page.
func cut[T any](w window, rows []T, at func(T) place) ([]T, *model.PageInfo) {
	more := len(rows) > w.limit
	if more {
		rows = rows[:w.limit]
	}
	info := &model.PageInfo{HasNextPage: more, HasPreviousPage: w.after != nil}
	if w.backward {
		slices.Reverse(rows)
		info.HasNextPage, info.HasPreviousPage = w.before != nil, more
	}
	if len(rows) > 0 {
		start, end := at(rows[0]).cursor(), at(rows[len(rows)-1]).cursor()
		info.StartCursor, info.EndCursor = &start, &end
	}
	return rows, info
}

// cursor writes the place as opaque text.
func (p place) cursor() string {
	// A struct of texts and numbers encodes.
	raw, _ := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(text string) (place, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return place{}, false
	}
	var p place
	return p, json.Unmarshal(raw, &p) == nil && !strings.ContainsRune(p.Text, 0)
}
