package transfer

import (
	"entgo.io/ent/dialect/sql/schema"
)

// Order is the order of the tables, and for each the columns that come later.
func Order() (tables []*schema.Table, later [][]*schema.Column, err error) {
	order, err := plan()
	for _, s := range order {
		tables, later = append(tables, s.table), append(later, s.later)
	}
	return tables, later, err
}

// Convert is convert.
var Convert = convert
