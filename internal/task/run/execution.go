package run

import (
	"encoding/json"
	"fmt"
	"time"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// Execution is one execution of a node as people see it.
type Execution struct {
	State                     string
	Loop, InnerLoop, Retry    int
	IsSkipped, IsErrorIgnored bool
	Inputs, Outputs           *expr.Dict
	Error, Rule               string
	Started, Finished         time.Time
}

// ExecutionOf shows a row of the engine.
func ExecutionOf(row *engine.Row) Execution {
	e := Execution{
		State: string(row.State), Loop: row.Loop, InnerLoop: row.InnerLoop, Retry: row.Retry,
		IsSkipped: row.Skip, IsErrorIgnored: row.ErrorIgnored,
		Inputs: row.Inputs.Dict, Outputs: row.Outputs.Dict, Started: row.Started, Finished: row.Archived,
	}
	if row.Why != nil && (row.State == engine.Failed || row.ErrorIgnored) {
		e.Error, e.Rule = row.Why.Message, string(row.Why.Rule)
	}
	return e
}

// EndedExecution shows an execution that is over: a record of the kind
// engine.RecordHistory.
func EndedExecution(rec *engine.Record) Execution { return ExecutionOf(rowOf(rec)) }

// DecodeExecution shows a stored row of the engine: NodeRun's column row.
func DecodeExecution(raw json.RawMessage) (Execution, error) {
	var row engine.Row
	if err := json.Unmarshal(raw, &row); err != nil {
		return Execution{}, fmt.Errorf("decode the row of a node: %w", err)
	}
	return ExecutionOf(&row), nil
}
