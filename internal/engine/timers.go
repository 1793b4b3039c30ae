package engine

import "time"

// Actions of a timeout (engine §7.3).
const (
	actionFailAndSkip = "forced_fail_and_skip"
	timeoutOperator   = "bkflow_engine"
)

// maxTimeout is the longest time limit, in seconds: a century. A time.Duration could
// not hold every number that a tree may name.
const maxTimeout = 100 * 365 * 24 * 60 * 60

// startTimeout starts the clock of a node that has a time limit.
func (m *machine) startTimeout(n *node, row *Row) {
	if t := &n.activity.Timeout; t.Enable && t.Seconds > 0 {
		row.TimeoutAt = m.at.Add(time.Duration(min(t.Seconds, maxTimeout)) * time.Second)
		m.wakeAt(TimerTimeout, n, row, row.TimeoutAt)
	}
}

// autoRetry asks for a wake-up after which a failed node is tried again.
func (m *machine) autoRetry(n *node, row *Row) {
	if n.activity == nil || !n.activity.AutoRetry.Enable || !n.activity.Retryable || row.AutoRetries >= n.activity.AutoRetry.Times {
		return
	}
	m.wakeAt(TimerAutoRetry, n, row, m.at.Add(time.Duration(n.activity.AutoRetry.Interval)*time.Second))
}

// wake takes a wake-up. One that has become pointless does nothing; TimerContinue
// has done its work by being an event.
func (m *machine) wake(w *Wake) {
	n, row := m.plan.nodes[w.Node], m.s.Rows[w.Node]
	if n == nil || n.activity == nil || row == nil || row.Version != w.Version {
		return
	}
	switch w.Timer {
	case TimerPoll:
		s := row.Schedule
		if s == nil || s.NextAt.IsZero() || !s.NextAt.Equal(w.At) {
			return
		}
		s.NextAt = time.Time{}
		m.call(n, s, row.Version, nil)
	case TimerAutoRetry:
		if row.State == Failed && row.AutoRetries < n.activity.AutoRetry.Times {
			row.AutoRetries++
			if m.retry(&Operation{Op: OpRetry, Node: n.key}) != nil {
				row.AutoRetries--
			}
		}
	case TimerTimeout:
		if row.State == Running && row.TimeoutAt.Equal(w.At) && !row.TimeoutAt.IsZero() {
			m.timeOut(n)
		}
	}
}

// timeOut fails a node whose time is up and, where the tree says so, skips it.
func (m *machine) timeOut(n *node) {
	message := "forced fail by " + timeoutOperator
	if m.forceFail(&Operation{Op: OpForcedFail, Node: n.key, Reason: message}, RuleTimeout) != nil {
		return
	}
	if n.activity.Timeout.Action == actionFailAndSkip {
		// A node that is not skippable stays failed, as in the reference.
		_ = m.skip(&Operation{Op: OpSkip, Node: n.key})
	}
}
