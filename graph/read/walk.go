package read

import "strconv"

// walk is a condition on a column that the indexes of lists begin with: all rows of a
// page have one id in it.
type walk struct {
	column string
	id     int
}

// one narrows a list to rows with one id in a column that an index begins with. What is
// said last is the narrowest.
func (s *statement) one(column string, id int) { s.walks = append(s.walks, walk{column, id}) }

func (s *statement) equal(walks []walk) {
	for _, w := range walks {
		s.and(w.column+" = ?", w.id)
	}
}

// page orders the statement and cuts the window out of it, with one row more than
// the page holds, which tells whether there is a next page without a count.
//
// In PostgreSQL the narrowest id is a range of one and comes first in the order. Said
// as an equation it would leave the order to any index on the rest, and PostgreSQL
// prefers that of all tasks for a while: a space in which nothing has happened for long
// is at the end of that one, a walk over everybody's tasks.
func (s *statement) page(w window) {
	first, ids := "", []any(nil)
	direction := ""
	if w.order.desc != w.backward {
		direction = " DESC"
	}
	order := w.order.column + direction + ", id" + direction
	if n := len(s.walks); s.postgres && n > 0 {
		narrowest := s.walks[n-1]
		first, ids = narrowest.column+", ", []any{narrowest.id}
		order = narrowest.column + direction + ", " + order
		s.equal(s.walks[:n-1])
		s.bound(w, narrowest)
	} else {
		s.equal(s.walks)
	}
	columns, marks := "("+first+w.order.column+", id)", "(?, ?)"
	if first != "" {
		marks = "(?, ?, ?)"
	}
	if w.after != nil {
		s.and(columns+comparison(w.order.desc)+marks, append(ids[:len(ids):len(ids)], w.after.value(w.order), w.after.ID)...)
	}
	if w.before != nil {
		s.and(columns+comparison(!w.order.desc)+marks, append(ids[:len(ids):len(ids)], w.before.value(w.order), w.before.ID)...)
	}
	s.add(" ORDER BY " + order)
	s.add(" LIMIT " + strconv.Itoa(w.limit+1))
}

// bound bounds the column on the sides on which no cursor does, as a row that is
// compared with begins with it, too.
func (s *statement) bound(w window, one walk) {
	above, below := w.after, w.before
	if w.order.desc {
		above, below = below, above
	}
	if above == nil {
		s.and(one.column+" >= ?", one.id)
	}
	if below == nil {
		s.and(one.column+" <= ?", one.id)
	}
}

func comparison(smaller bool) string {
	if smaller {
		return " < "
	}
	return " > "
}
