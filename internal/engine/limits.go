package engine

import (
	"errors"
	"fmt"
	"math/big"

	"rehearse.dev/internal/expr"
)

// Sizes in bytes, about as much as the JSON form takes. Real flows stay far below
// them; without them, sixty variables that each hold the one before twice would
// make a value of 2^60 parts.
const (
	// maxValue is the largest value of one variable.
	maxValue = 4 << 20
	// maxInputs is the largest set of rendered inputs of one node, and of outputs of
	// one pipeline.
	maxInputs = 8 << 20
	// maxRun is how much rendered inputs all nodes of a run may hold together.
	maxRun = 64 << 20
	// maxShown is the largest value that a decision shows.
	maxShown = 64 << 10
	// maxContext is how much a view of the variables shows.
	maxContext = 64 << 20
)

// weigh takes the size of v off a budget and returns what is left. It stops below
// zero, so a value with shared parts costs no more than the budget.
func weigh(v any, budget int) int {
	const part = 8
	budget -= part
	if budget < 0 {
		return budget
	}
	switch v := v.(type) {
	case string:
		return budget - len(v)
	case *big.Int:
		return budget - v.BitLen()/3
	case []any:
		for _, item := range v {
			if budget = weigh(item, budget); budget < 0 {
				return budget
			}
		}
	case *expr.Dict:
		for i := range v.Len() {
			key, item := v.At(i)
			if budget = weigh(item, weigh(key, budget)); budget < 0 {
				return budget
			}
		}
	case *expr.Object:
		if v.Attrs != nil {
			return weigh(v.Attrs, budget-len(v.Text))
		}
		return budget - len(v.Text)
	}
	return budget
}

func fits(v any, limit int) bool { return weigh(v, limit) >= 0 }

// shown is v as a decision shows it.
func shown(v any) Value {
	if fits(v, maxShown) {
		return Value{storable(v)}
	}
	return Value{fmt.Sprintf("(more than %d KiB)", maxShown>>10)}
}

var (
	errValueSize  = fmt.Errorf("the value is larger than %d MiB", maxValue>>20)
	errInputsSize = fmt.Errorf("the inputs are larger than %d MiB", maxInputs>>20)
	errOutputSize = fmt.Errorf("the outputs are larger than %d MiB", maxInputs>>20)
	errRunSize    = errors.New("the inputs of all nodes of the run are too large together")
)

// admit checks rendered inputs against the limits of node and run, and counts
// them in place of the row's earlier ones.
func (m *machine) admit(row *Row, inputs *expr.Dict) error {
	left := weigh(inputs, maxInputs)
	if left < 0 {
		return errInputsSize
	}
	total := m.s.Bytes - row.Bytes + maxInputs - left
	if total > maxRun {
		return errRunSize
	}
	m.s.Bytes, row.Bytes = total, maxInputs-left
	return nil
}
