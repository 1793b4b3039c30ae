package plugin

import (
	"math/big"

	"rehearse.dev/internal/expr"
)

// Truth is Python's bool(): empty, zero and null values are false.
func Truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case *big.Int:
		return v.Sign() != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case *expr.Dict:
		return v.Len() > 0
	default:
		return true
	}
}
