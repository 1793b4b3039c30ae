package run

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
)

// attempt is one row of NodeRun that an advance writes.
type attempt struct {
	node       string
	number     int
	current    bool
	row        *engine.Row
	decision   *event.Decision
	unresolved []event.Unresolved
}

// attempts are the executions that the advance touched, by node.
func (c *change) attempts() ([]*attempt, error) {
	over := map[string]int{} // executions that ended in this advance
	for i := range c.records {
		if rec := &c.records[i]; rec.Kind == engine.RecordHistory {
			over[rec.Node]++
			c.touched[rec.Node] = true
		}
	}
	root := c.live.state.Root
	list := make([]*attempt, 0, len(c.touched)+len(over))
	open := make(map[string]*attempt, len(c.touched))
	begin := func(node string, number int) {
		open[node] = &attempt{node: node, number: number}
		list = append(list, open[node])
	}
	for _, node := range slices.Sorted(maps.Keys(c.touched)) {
		if node != root {
			begin(node, c.live.state.Rows[node].Histories+1-over[node])
		}
	}
	for i := range c.records {
		rec := &c.records[i]
		a := open[rec.Node]
		if a == nil {
			continue
		}
		switch rec.Kind {
		case engine.RecordHistory:
			a.row = rowOf(rec)
			begin(rec.Node, a.number+1)
		case engine.RecordDecision:
			decision, err := decisionOf(rec.Decision)
			if err != nil {
				return nil, err
			}
			a.decision = decision
		case engine.RecordUnresolved:
			u := rec.Unresolved
			a.unresolved = append(a.unresolved, event.Unresolved{Field: u.Field, Piece: u.Piece, Reason: u.Reason})
		}
	}
	for node, a := range open {
		a.current, a.row = true, c.live.state.Rows[node]
	}
	return list, nil
}

// rowOf is an execution that is over, as a row.
func rowOf(rec *engine.Record) *engine.Row {
	h := rec.History
	return &engine.Row{
		State: rec.State, Version: rec.Version, Loop: rec.Loop, InnerLoop: h.InnerLoop, Retry: h.Retry, Skip: h.Skip,
		ErrorIgnored: h.ErrorIgnored, Started: h.Started, Archived: h.Archived, Inputs: h.Inputs, Outputs: h.Outputs, Why: h.Why,
	}
}

// encode gives the JSON columns; decision and unresolved are nil when there is
// nothing new.
func (a *attempt) encode() (row, decision, unresolved []byte, err error) {
	if row, err = json.Marshal(a.row); err != nil {
		return nil, nil, nil, fmt.Errorf("encode node %s: %w", a.node, err)
	}
	if a.decision != nil {
		if decision, err = json.Marshal(a.decision); err != nil {
			return nil, nil, nil, fmt.Errorf("encode the decision of %s: %w", a.node, err)
		}
	}
	if len(a.unresolved) > 0 {
		unresolved, err = json.Marshal(a.unresolved)
	}
	return row, decision, unresolved, err
}
