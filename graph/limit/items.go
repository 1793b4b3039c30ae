package limit

import (
	"rehearse.dev/internal/fault"
)

// Items refuses variables with a list that is too long, as a fault.CodeExhausted.
// JSON that is kept as text is a value and not a list.
func (g *Gate) Items(variables map[string]any) error {
	for _, v := range variables {
		if n := longestList(v); n > g.limits.Items {
			err := fault.Newf(fault.CodeExhausted, "the variables have %d entries in one list, and at most %d are allowed", n, g.limits.Items)
			return refuse([]fault.Problem{{Code: "ITEMS", Message: err.Message, Path: []string{}}})
		}
	}
	return nil
}

// longestList is the length of the longest list in a decoded value.
func longestList(v any) int {
	most := 0
	switch x := v.(type) {
	case []any:
		most = len(x)
		for _, item := range x {
			most = max(most, longestList(item))
		}
	case map[string]any:
		for _, member := range x {
			most = max(most, longestList(member))
		}
	}
	return most
}
