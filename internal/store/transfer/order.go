package transfer

import (
	"errors"
	"slices"

	"entgo.io/ent/dialect/sql/schema"

	"rehearse.dev/ent/migrate"
)

// step moves one table.
type step struct {
	table *schema.Table
	// later are the columns that refer to rows which do not exist yet: they are null
	// at first.
	later []*schema.Column
}

// plan puts the tables in an order in which every row finds the rows that it refers to.
// Where tables refer to each other, references that may be null come later.
func plan() ([]step, error) {
	var order []step
	there := map[*schema.Table]bool{}
	for left := slices.Clone(migrate.Tables); len(left) > 0; {
		i := slices.IndexFunc(left, func(t *schema.Table) bool { return len(missing(t, there)) == 0 })
		if i < 0 { // a cycle
			i = slices.IndexFunc(left, func(t *schema.Table) bool {
				return !slices.ContainsFunc(missing(t, there), func(c *schema.Column) bool { return !c.Nullable })
			})
		}
		if i < 0 {
			return nil, errors.New("tables refer to each other by columns that cannot be null")
		}
		order = append(order, step{left[i], missing(left[i], there)})
		there[left[i]] = true
		left = slices.Delete(left, i, i+1)
	}
	return order, nil
}

// missing are the columns of a table that refer to tables which are not there.
func missing(t *schema.Table, there map[*schema.Table]bool) (columns []*schema.Column) {
	for _, key := range t.ForeignKeys {
		if !there[key.RefTable] {
			columns = append(columns, key.Columns...)
		}
	}
	return columns
}
