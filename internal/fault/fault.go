// Package fault holds the one error type that crosses package borders: a code
// that a client can act on, a message that a person can read, and the list of
// every problem that was found.
//
// It imports the standard library only. The edges (graph, rest) turn a fault
// into their own form; anything that is not a fault is internal and its text
// never leaves the process.
package fault

import (
	"errors"
	"fmt"
)

// Code says what kind of answer a fault is.
type Code string

// The codes. docs/errors.md tells a client what to do about each.
const (
	// CodeInvalid means that the caller sent something that does not pass the rules.
	CodeInvalid Code = "INVALID_INPUT"
	// CodeNotFound means that there is no such object for this caller.
	CodeNotFound Code = "NOT_FOUND"
	// CodeConflict means that a unique name, key or version is taken, or that a race was lost.
	CodeConflict Code = "CONFLICT"
	// CodePrecondition means that the state of the object does not allow the request.
	CodePrecondition Code = "FAILED_PRECONDITION"
	// CodeUnauthenticated means that nobody could be told from the request.
	CodeUnauthenticated Code = "UNAUTHENTICATED"
	// CodeForbidden means that the caller is known and may not do this.
	CodeForbidden Code = "FORBIDDEN"
	// CodeExhausted means that a limit was met: size, depth, rate or time.
	CodeExhausted Code = "RESOURCE_EXHAUSTED"
	// CodeInternal means a defect or an outage; the message is fixed.
	CodeInternal Code = "INTERNAL"
)

// Problem is one thing that is wrong with what the caller sent.
type Problem struct {
	// Code is a stable word for programs, unique per rule family.
	Code string
	// Sub is the finer code inside the family, such as CONNECTION inside
	// INVALID_PIPELINE, or "".
	Sub string
	// Message is one sentence for a person. It never holds a secret.
	Message string
	// Path leads from the root of the checked value to the culprit.
	Path []string
	// NodeID is the node of the pipeline tree that the problem is about, or "".
	NodeID string
}

// Error is a refusal with everything that led to it.
type Error struct {
	Code     Code
	Message  string
	Problems []Problem
}

// Error returns the message; the problems are for the edges to render.
func (e *Error) Error() string { return e.Message }

// Newf makes a fault of the given code.
func Newf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes a fault out of problems. It needs at least one.
func Invalid(problems ...Problem) *Error {
	message := "invalid input"
	if len(problems) > 0 {
		message = problems[0].Message
	}
	return &Error{Code: CodeInvalid, Message: message, Problems: problems}
}

// NotFound makes the one answer for a missing object and for somebody else's.
func NotFound(format string, args ...any) *Error { return Newf(CodeNotFound, format, args...) }

// Conflict makes a fault for a taken key or a lost race.
func Conflict(format string, args ...any) *Error { return Newf(CodeConflict, format, args...) }

// Precondition makes a fault for a state that does not allow the request.
func Precondition(format string, args ...any) *Error {
	return Newf(CodePrecondition, format, args...)
}

// As returns the fault in the chain of err, or nil.
func As(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// CodeOf returns the code of the fault in the chain of err, CodeInternal for any
// other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if f := As(err); f != nil {
		return f.Code
	}
	return CodeInternal
}
