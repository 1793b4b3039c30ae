package flow

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"rehearse.dev/internal/fault"
)

// The codes of problems with a tree. Every fault.Problem of this package has one.
const (
	// InvalidTree means that the document or one of its parts is malformed: no JSON,
	// a field of the wrong type, a missing section, a name that is too long.
	InvalidTree = "INVALID_TREE"
	// Connection means that a flow or a node breaks the rules of engine §3.3: an
	// unknown end, too few or too many flows, a target that may not follow.
	Connection = "CONNECTION"
	// GatewayPairing means that a gateway lacks the one converge gateway that it
	// needs (engine §3.4).
	GatewayPairing = "GATEWAY_PAIRING"
	// Stream means that a node is reached from two branches or from none (engine §3.5).
	Stream = "STREAM"
	// Cycle means that the tree runs in a circle although RefuseCycles was asked for.
	Cycle = "CYCLE"
	// StartPosition means that the run may not begin at that node (engine §3.6).
	StartPosition = "START_POSITION"
	// Variable means that a constant or an output is malformed or points at nothing.
	// The reference counts this as an invalid tree, as it does InvalidTree.
	Variable = "VARIABLE"
)

// MaxProblems is how many problems are listed; one more entry tells how many were
// left out. A broken tree of the largest size could else fill the memory.
const MaxProblems = 100

// problems collects what is wrong.
type problems struct {
	list    []fault.Problem
	dropped int
}

func (p *problems) full() bool { return len(p.list) >= MaxProblems }

func (p *problems) addf(code string, path []string, node, format string, args ...any) {
	if p.full() {
		p.dropped++
		return
	}
	p.list = append(p.list, fault.Problem{Code: code, Message: fmt.Sprintf(format, args...), Path: path, NodeID: node})
}

func (p *problems) join(q problems) {
	for i := range q.list {
		if p.full() {
			p.dropped++
			continue
		}
		p.list = append(p.list, q.list[i])
	}
	p.dropped += q.dropped
}

// all returns the list with its closing entry.
func (p *problems) all() []fault.Problem {
	if p.dropped == 0 {
		return p.list
	}
	return append(p.list, fault.Problem{
		Code:    p.list[len(p.list)-1].Code,
		Message: fmt.Sprintf("%d more problems are not listed", p.dropped),
	})
}

// brief cuts text from the document, so that a message stays a sentence.
func brief(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

func itoa(n int) string { return strconv.Itoa(n) }
