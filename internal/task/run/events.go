package run

import (
	"encoding/json"
	"fmt"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
)

// Events tells what the engine logged, in order. The root's own changes are left
// out: the state of the task tells of them.
func Events(records []engine.Record, root string) ([]event.Event, error) {
	events := make([]event.Event, 0, len(records)+2)
	for i := range records {
		rec := &records[i]
		if rec.Node == root && rec.Kind == engine.RecordState {
			continue
		}
		e := event.Event{At: rec.At, Node: rec.Node, Loop: rec.Loop}
		switch rec.Kind {
		case engine.RecordState:
			e.Kind, e.From, e.State = event.KindNode, string(rec.From), string(rec.State)
			if rec.Why != nil {
				e.Error, e.Rule = rec.Why.Message, string(rec.Why.Rule)
			}
		case engine.RecordHistory:
			e.Kind, e.Retry = event.KindAttempt, rec.History.Retry
		case engine.RecordDecision:
			decision, err := decisionOf(rec.Decision)
			if err != nil {
				return nil, err
			}
			e.Kind, e.Decision = event.KindDecision, decision
		case engine.RecordUnresolved:
			e.Kind = event.KindUnresolved
			e.Unresolved = &event.Unresolved{Field: rec.Unresolved.Field, Piece: rec.Unresolved.Piece, Reason: rec.Unresolved.Reason}
		default:
			continue
		}
		events = append(events, e)
	}
	return events, nil
}

// decisionOf brings a decision into its stored form, which package event describes.
func decisionOf(d *engine.Decision) (*event.Decision, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode a decision: %w", err)
	}
	stored := new(event.Decision)
	if err := json.Unmarshal(raw, stored); err != nil {
		return nil, fmt.Errorf("decode a decision: %w", err)
	}
	return stored, nil
}
