package model

import (
	"math"
	"time"

	"rehearse.dev/internal/event"
	"rehearse.dev/internal/task/run"
)

// Attempt shows an execution of a node, the calls that it sent aside.
func Attempt(number int, e *run.Execution) *NodeAttempt {
	inputs, outputs, cut := e.Data()
	return &NodeAttempt{
		Number: number, State: NodeState(e.State), Loop: e.Loop, InnerLoop: e.InnerLoop, Retry: e.Retry,
		Inputs: inputs, Outputs: outputs, Cut: cut,
		Error: optional(e.Error), FailureRule: rule(e.Rule),
		StartedAt: moment(e.Started), FinishedAt: moment(e.Finished), Duration: between(e.Started, e.Finished),
		HTTPCalls: []*HTTPCall{},
	}
}

// Call shows a real call.
func Call(c *event.Call) *HTTPCall {
	view := &HTTPCall{
		Method: optional(c.Method), URL: optional(c.URL), SentAt: c.SentAt, Error: optional(c.Error), Outcome: HTTPCallOutcome(c.Outcome),
	}
	if c.Status != 0 {
		view.Status = &c.Status
	}
	if c.Millis != nil {
		millis := int(*c.Millis)
		view.Duration = &millis
	}
	return view
}

// Decision shows what a gateway decided.
func Decision(d *event.Decision) *GatewayDecision {
	view := &GatewayDecision{Language: language(d.Language), Branches: make([]*GatewayBranch, len(d.Branches)), Taken: list(d.Taken), Why: d.Why}
	for i := range d.Branches {
		view.Branches[i] = branch(&d.Branches[i])
	}
	return view
}

func branch(b *event.Branch) *GatewayBranch {
	operands := make([]*GatewayOperand, len(b.Operands))
	for i, o := range b.Operands {
		operands[i] = &GatewayOperand{Text: o.Text, Value: o.Value}
	}
	return &GatewayBranch{
		FlowID: b.Flow, Name: b.Name, TargetNodeID: b.Target, IsDefault: b.Default, Text: b.Text, Rendered: b.Rendered,
		Operands: operands, Hit: b.Hit, Error: optional(b.Error), Taken: b.Taken,
		Unresolved: Unresolved(b.Unresolved), Warnings: list(b.Warnings),
	}
}

// languages are the gateway languages as runs and decisions name them.
var languages = map[string]GatewayExpression{
	"boolrule": GatewayExpressionBoolrule, "FEEL": GatewayExpressionFeel, "MAKO": GatewayExpressionMako,
}

func language(name string) GatewayExpression {
	if l, ok := languages[name]; ok {
		return l
	}
	return GatewayExpression(name)
}

// Unresolved shows the pieces of text that no variable filled.
func Unresolved(pieces []event.Unresolved) []*UnresolvedText {
	views := make([]*UnresolvedText, len(pieces))
	for i, p := range pieces {
		views[i] = unresolved(&p)
	}
	return views
}

func unresolved(p *event.Unresolved) *UnresolvedText {
	return &UnresolvedText{Field: p.Field, Piece: p.Piece, Reason: p.Reason}
}

func rule(name string) *FailureRule {
	if name == "" {
		return nil
	}
	r := FailureRule(name)
	return &r
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// between is the time from one moment to the other in milliseconds; nil unless both
// are known.
func between(from, to time.Time) *int {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	took := millis(to.Sub(from))
	return &took
}

// millis is a time in milliseconds, or the largest Int of GraphQL if that is less.
func millis(d time.Duration) int { return int(min(d.Milliseconds(), math.MaxInt32)) }
