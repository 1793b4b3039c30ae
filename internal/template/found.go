package template

import (
	"fmt"
	"slices"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/input"
)

// The codes of problems: the UserErrorCode values that this package answers with.
const (
	required          = "REQUIRED"
	tooLong           = "TOO_LONG"
	wrongType         = "WRONG_TYPE"
	invalidValue      = "INVALID_VALUE"
	notFound          = "NOT_FOUND"
	conflict          = "CONFLICT"
	wrongState        = "WRONG_STATE"
	invalidPipeline   = "INVALID_PIPELINE"
	unknownNode       = "UNKNOWN_NODE"
	notAnActivity     = "NOT_AN_ACTIVITY"
	unknownPreset     = "UNKNOWN_PRESET"
	presetOfOtherNode = "PRESET_OF_OTHER_NODE"
	noVersion         = "NO_VERSION"
	invalidVersion    = "INVALID_VERSION"
	limitReached      = "LIMIT_REACHED"
)

// Limits of texts, in code points after trimming (contract, domain §2.4-2.6).
const (
	maxName               = 128
	maxDescription        = 256
	maxVersionDescription = 255
	maxScope              = 128
	maxCreator            = 32
)

// found collects the problems of one request.
type found struct{ input.Checker }

func (f *found) any() bool { return len(f.Problems()) > 0 }

// addf adds a problem. Paths are relative to the input of the mutation.
func (f *found) addf(code string, path []string, format string, args ...any) {
	f.Add(code, fmt.Sprintf(format, args...), path...)
}

// nodef is addf for a problem with a node of the tree. The id may be any text that
// a caller sent, so that only its beginning is echoed.
func (f *found) nodef(code, node string, path []string, format string, args ...any) {
	f.Append(fault.Problem{Code: code, Message: fmt.Sprintf(format, args...), Path: path, NodeID: brief(node)})
}

// brief cuts an id that a caller sent.
func brief(id string) string { return cut(id, 80) }

// storedPipeline adds the problems of a tree that is not in the input: path is
// that of the field that led to it.
func (f *found) storedPipeline(list []fault.Problem, path ...string) {
	for _, p := range list {
		p.Path = nil
		f.Append(pipelineProblem(p, path...))
	}
}

// optional checks a text that may be left out: nil stays nil.
func optional(check func(string, int, ...string) string, s *string, limit int, path ...string) *string {
	if s == nil {
		return nil
	}
	t := check(*s, limit, path...)
	return &t
}

// pipelineProblem turns a problem of a tree into one of a request: its own code
// becomes the finer one, and its path goes below the place of the tree.
func pipelineProblem(p fault.Problem, path ...string) fault.Problem {
	return fault.Problem{
		Code:    invalidPipeline,
		Sub:     p.Code,
		Message: p.Message,
		Path:    slices.Concat(path, p.Path),
		NodeID:  p.NodeID,
	}
}

func pipelineProblems(list []fault.Problem, path ...string) []fault.Problem {
	problems := make([]fault.Problem, len(list))
	for i, p := range list {
		problems[i] = pipelineProblem(p, path...)
	}
	return problems
}

// cut shortens s to limit code points.
func cut(s string, limit int) string {
	n := 0
	for i := range s {
		if n == limit {
			return s[:i]
		}
		n++
	}
	return s
}
