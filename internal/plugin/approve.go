package plugin

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// Approve is bk_approve: it waits until somebody approves or refuses. The original
// opens a ticket in another system and is called back by it; here the node itself is
// the ticket, and whoever debugs the flow calls it back.
type Approve struct{}

// Inputs and outputs of bk_approve, and the words of its verdict (engine §11).
const (
	approveResult  = "approve_result"
	approveTicket  = "sn"
	approveBlock   = "rejected_block"
	approvePassed  = "通过"
	approveRefused = "拒绝"
)

// Spec declares bk_approve.
func (Approve) Spec() engine.Spec {
	return engine.Spec{
		Code: "bk_approve", Version: "v1.0", Name: "Approval", Pure: true, Schedule: engine.Callback,
		Inputs: []engine.FieldSpec{
			{Key: "bk_verifier", Name: "Who approves, separated by commas", Type: "string"},
			{Key: "bk_approve_title", Name: "Title", Type: "string"},
			{Key: "bk_approve_content", Name: "Content", Type: "string"},
			{Key: approveBlock, Name: "Fail when it is refused", Type: "boolean"},
		},
		Outputs: []engine.FieldSpec{
			{Key: approveTicket, Name: "Ticket", Type: "string"}, {Key: approveResult, Name: "Verdict", Type: "string"},
		},
	}
}

// Execute opens the ticket: a number that is the same for the same execution.
func (Approve) Execute(call *engine.Call) engine.Answer {
	task, _ := call.System.Get("task_id")
	sum := sha256.Sum256([]byte(strings.Join([]string{expr.Str(task), call.Node, call.Version}, "\x00")))
	call.Outputs.Set(approveTicket, "AP"+strings.ToUpper(hex.EncodeToString(sum[:7])))
	return engine.Answer{OK: true}
}

// Schedule takes the verdict, {"approve_result": true or false}. A refusal fails the
// node unless rejected_block is false.
func (Approve) Schedule(call *engine.Call) engine.Answer {
	data, _ := call.Callback.(*expr.Dict)
	verdict, ok := data.Get(approveResult)
	if !ok {
		return call.Fail(`the callback of an approval must be an object with approve_result, such as {"approve_result": true}`)
	}
	if expr.Truth(verdict) {
		call.Outputs.Set(approveResult, approvePassed)
		return engine.Success()
	}
	call.Outputs.Set(approveResult, approveRefused)
	if block, given := call.Inputs.Get(approveBlock); given && !expr.Truth(block) {
		return engine.Success()
	}
	return call.Fail("the approval was refused")
}
