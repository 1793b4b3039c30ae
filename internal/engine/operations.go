package engine

import (
	"fmt"

	"rehearse.dev/internal/expr"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// Reason says why an operation was refused.
type Reason string

// The reasons.
const (
	// ReasonUnknown: there is no such operation.
	ReasonUnknown Reason = "UNKNOWN_OPERATION"
	// ReasonNotFound: there is no such node, or it has not been reached.
	ReasonNotFound Reason = "NOT_FOUND"
	// ReasonKind: the operation is not for this kind of node.
	ReasonKind Reason = "WRONG_KIND"
	// ReasonState: the state does not allow it.
	ReasonState Reason = "WRONG_STATE"
	// ReasonSetting: the tree does not allow it (skippable, retryable, loop_config).
	ReasonSetting Reason = "NOT_ALLOWED"
	// ReasonInput: a parameter is missing or wrong: an unknown flow, an old version.
	ReasonInput Reason = "BAD_INPUT"
)

// RefusedError is the answer to an operation that the state does not allow.
type RefusedError struct {
	Op     Op
	Node   string
	Reason Reason
	Text   string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s %s refused: %s", e.Op, e.Node, e.Text)
}

// Unwrap gives the fault that the edges show: not found, invalid or a
// precondition.
func (e *RefusedError) Unwrap() error {
	switch e.Reason {
	case ReasonNotFound:
		return fault.NotFound("%s", e.Text)
	case ReasonInput, ReasonUnknown:
		return fault.Newf(fault.CodeInvalid, "%s", e.Text)
	default:
		return fault.Precondition("%s", e.Text)
	}
}

func refuse(op Op, node string, reason Reason, format string, args ...any) error {
	return &RefusedError{Op: op, Node: node, Reason: reason, Text: fmt.Sprintf(format, args...)}
}

// operate carries out an operation or refuses it with nothing changed.
func (m *machine) operate(o *Operation) error {
	root := m.s.Rows[m.s.Root]
	if root == nil && o.Op != OpMock && o.Op != OpPauseNode && o.Op != OpResumeNode {
		return refuse(o.Op, m.s.Root, ReasonNotFound, "the run has not been started")
	}
	switch o.Op {
	case OpPause:
		return m.moveRoot(o, root, Suspended)
	case OpRevoke:
		return m.moveRoot(o, root, Revoked)
	case OpResume:
		return m.resume(o, root)
	case OpPauseNode:
		return m.pauseNode(o)
	case OpResumeNode:
		return m.resumeNode(o)
	case OpRetry:
		return m.retry(o)
	case OpRetrySubprocess:
		return m.retrySubprocess(o)
	case OpSkip:
		return m.skip(o)
	case OpSkipExclusive:
		return m.skipExclusive(o)
	case OpSkipConditional:
		return m.skipConditional(o)
	case OpForcedFail:
		return m.forceFail(o, RuleForced)
	case OpCallback:
		return m.callback(o)
	case OpMock:
		if o.Mock != nil {
			m.s.Mock.merge(o.Mock)
		}
		return nil
	default:
		return refuse(o.Op, o.Node, ReasonUnknown, "there is no operation %q", o.Op)
	}
}

// moveRoot pauses or revokes the run. Nothing is interrupted: what runs goes on,
// and its process parks or dies before the next node.
func (m *machine) moveRoot(o *Operation, root *Row, to NodeState) error {
	if !Legal(root.State, to) {
		return refuse(o.Op, m.s.Root, ReasonState, "the run is %s", root.State)
	}
	if to == Revoked {
		root.Archived = m.at
	}
	m.move(m.s.Root, root, to)
	return nil
}

func (m *machine) resume(o *Operation, root *Row) error {
	if root.State != Suspended {
		return refuse(o.Op, m.s.Root, ReasonState, "the run is %s, not SUSPENDED", root.State)
	}
	m.move(m.s.Root, root, Running)
	m.unpark(m.s.Root)
	return nil
}

// unpark lets the processes go on that were held by a pause of key, oldest first.
func (m *machine) unpark(key string) {
	for _, p := range m.sorted() {
		if p.SuspendedBy == key {
			p.SuspendedBy = ""
			m.execute(p.ID, m.plan.nodes[p.Node])
		}
	}
}

// pauseNode suspends a node in advance, or while it runs.
func (m *machine) pauseNode(o *Operation) error {
	n, row, err := m.target(o, false)
	if err != nil {
		return err
	}
	if n.kind == flow.NodeKind(flow.SubProcess) {
		return refuse(o.Op, o.Node, ReasonKind, "a sub-process cannot be paused")
	}
	if row == nil {
		row = &Row{Version: m.s.version(), Loop: 1, InnerLoop: 1}
		m.s.Rows[n.key] = row
	} else if !Legal(row.State, Suspended) {
		return refuse(o.Op, o.Node, ReasonState, "the node is %s", row.State)
	}
	m.move(n.key, row, Suspended)
	return nil
}

func (m *machine) resumeNode(o *Operation) error {
	n, row, err := m.target(o, true)
	if err != nil {
		return err
	}
	if n.kind == flow.NodeKind(flow.SubProcess) {
		return refuse(o.Op, o.Node, ReasonKind, "a sub-process cannot be paused")
	}
	if row.State != Suspended {
		return refuse(o.Op, o.Node, ReasonState, "the node is %s, not SUSPENDED", row.State)
	}
	m.move(n.key, row, Ready)
	m.unpark(n.key)
	return nil
}

// callback brings data to a waiting node. It is also taken by a poll node, as one
// more schedule call.
func (m *machine) callback(o *Operation) error {
	n, row, err := m.target(o, true)
	if err != nil {
		return err
	}
	s := row.Schedule
	switch {
	case m.sleeper(n.key) == nil || s == nil:
		return refuse(o.Op, o.Node, ReasonState, "the node is %s and does not wait", row.State)
	case o.Version != "" && o.Version != row.Version:
		return refuse(o.Op, o.Node, ReasonInput, "the version %s does not exist, the present one is %s", o.Version, row.Version)
	case s.Finished || s.Expired:
		return refuse(o.Op, o.Node, ReasonState, "the node has stopped waiting")
	}
	data := Value{o.Data.Any}
	m.call(n, s, row.Version, &data)
	return nil
}

// forceFail fails a running activity. The new version makes everything expire
// that still waits for it; error_ignorable does not apply.
func (m *machine) forceFail(o *Operation, rule Rule) error {
	n, row, err := m.target(o, true)
	if err != nil {
		return err
	}
	p := m.standing(n.key)
	switch {
	case n.kind != flow.NodeKind(flow.ServiceActivity):
		return refuse(o.Op, o.Node, ReasonKind, "only a service activity can be failed")
	case row.State != Running || p == nil:
		return refuse(o.Op, o.Node, ReasonState, "the node is %s, not RUNNING", row.State)
	}
	reason := o.Reason
	if reason == "" {
		reason = "forced fail by " + o.Operator
	}
	outputs := copyDict(row.Outputs.Dict, 2)
	outputs.Set(exDataKey, reason)
	outputs.Set(forcedKey, true)
	row.Outputs = Fields{outputs}
	row.Version, row.Schedule = m.s.version(), nil
	m.fail(p, n, row, Failure{rule, reason})
	return nil
}

// target finds the node of an operation and its row, which must exist when
// reached is set.
func (m *machine) target(o *Operation, reached bool) (*node, *Row, error) {
	n := m.plan.nodes[o.Node]
	if n == nil {
		return nil, nil, refuse(o.Op, o.Node, ReasonNotFound, "there is no node %s", o.Node)
	}
	row := m.s.Rows[o.Node]
	if row == nil && reached {
		return nil, nil, refuse(o.Op, o.Node, ReasonNotFound, "the node %s has not been reached", o.Node)
	}
	return n, row, nil
}

// failedTarget finds a node that failed and the process that sleeps on it.
func (m *machine) failedTarget(o *Operation) (*node, *Row, *Process, error) {
	n, row, err := m.target(o, true)
	if err != nil {
		return nil, nil, nil, err
	}
	if row.State != Failed {
		return nil, nil, nil, refuse(o.Op, o.Node, ReasonState, "the node is %s, not FAILED", row.State)
	}
	p := m.sleeper(n.key)
	if p == nil {
		return nil, nil, nil, refuse(o.Op, o.Node, ReasonState, "no process waits at the node")
	}
	return n, row, p, nil
}

func stringItems(v any) []string {
	items, _ := v.([]any)
	out := make([]string, 0, len(items))
	for _, item := range items {
		out = append(out, expr.Str(item))
	}
	return out
}
