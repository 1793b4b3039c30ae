package engine

import (
	"time"

	"rehearse.dev/internal/expr"
)

// schedule makes one schedule call: a poll, or the delivery of a callback
// (engine §7.2). A call for an execution that is over, or for a node that does
// not run, expires silently.
func (m *machine) schedule(t *task) {
	n, row := t.node, m.s.Rows[t.node.key]
	if row == nil || row.Schedule == nil || row.Schedule.Finished || row.Version != t.version {
		return
	}
	s := row.Schedule
	p := m.s.Processes[s.Process]
	if row.State != Running || p == nil {
		s.Expired = true
		m.touch(n.key, row)
		return
	}
	mocked := m.s.Mock.mocked(n.key)
	pure, ok := n.plugin.(PurePlugin)
	if !mocked && !(ok && n.spec.Pure) {
		m.scheduleReal(n, row, t)
		return
	}
	// Outputs of earlier calls may be in records already: they are not changed.
	row.Outputs = Fields{copyDict(row.Outputs.Dict, 2)}
	call := m.newCall(p, n, row)
	if t.callback != nil {
		call.Callback, call.HasCallback = t.callback.Any, true
	}
	if mocked {
		m.scheduled(p, n, row, m.s.Mock.schedule(call), t.callback != nil)
		return
	}
	m.scheduled(p, n, row, guard(pure.Schedule, call), t.callback != nil)
}

// scheduleReal asks the outside for a schedule call. A callback that comes while
// another call is under way waits for it: a service may call back before the
// outcome of the call that began it has been stored.
func (m *machine) scheduleReal(n *node, row *Row, t *task) {
	s := row.Schedule
	if s.Pending != 0 {
		if t.callback != nil {
			s.Queue = append(s.Queue, *t.callback)
			m.touch(n.key, row)
		}
		return
	}
	m.ask(n, row, t.callback)
}

// ask emits the effect for a call of a plugin that is not pure.
func (m *machine) ask(n *node, row *Row, callback *Value) {
	s := row.Schedule
	m.s.Serial++
	s.Pending = int(m.s.Serial)
	c := n.activity.Component
	call := &CallPlugin{
		Node: n.key, Version: row.Version, Number: s.Pending,
		Plugin: c.Code, PluginVersion: c.Version,
		Schedule: row.Outputs.Dict != nil && hasResult(row.Outputs.Dict),
		Loop:     row.Loop, InnerLoop: row.InnerLoop, Retry: row.Retry, Polls: s.Polls,
		Inputs: row.Inputs, Outputs: Fields{copyDict(row.Outputs.Dict, 0)},
	}
	if callback != nil {
		call.Callback, call.HasCallback = *callback, true
	}
	m.result.Effects = append(m.result.Effects, Effect{Call: call})
	m.touch(n.key, row)
}

// hasResult tells whether Execute is over: it stamps its result.
func hasResult(outputs *expr.Dict) bool {
	_, ok := outputs.Get(resultKey)
	return ok
}

// outcome takes the outcome of a real call. One that is late, for another call or
// for a node that does not run any more, is dropped.
func (m *machine) outcome(o *Outcome) {
	n, row := m.plan.nodes[o.Node], m.s.Rows[o.Node]
	if n == nil || n.plugin == nil || row == nil || row.Version != o.Version || row.State != Running {
		return
	}
	s := row.Schedule
	if s == nil || s.Pending == 0 || s.Pending != o.Call {
		return
	}
	p := m.s.Processes[s.Process]
	if p == nil {
		return
	}
	if o.Unknown {
		m.outcomeUnknown(p, n, row)
		return
	}
	s.Pending = 0
	first := !hasResult(row.Outputs.Dict)
	outputs := copyDict(o.Outputs.Dict, 4)
	row.Outputs = Fields{outputs}
	if !first {
		m.scheduled(p, n, row, o.Answer, false)
		m.deliverQueued(n, row)
		return
	}
	row.Schedule = nil
	if next := m.executed(p, n, row, o.Answer); next != nil {
		m.execute(p.ID, next)
	}
	if row.Schedule != nil && row.State == Running {
		row.Schedule.Queue = s.Queue
		m.deliverQueued(n, row)
	}
}

// outcomeUnknown fails a node whose call was begun and then lost. The call may have
// taken effect, so that nothing repeats it by itself.
func (m *machine) outcomeUnknown(p *Process, n *node, row *Row) {
	const message = "the outcome of the call is unknown: the server stopped while it was under way; " +
		"find out whether it took effect, then retry or skip the node"
	m.addOutput(row, exDataKey, message)
	m.stamp(row, false)
	row.Version, row.Schedule, row.Why = m.s.version(), nil, &Failure{RuleUnknownOutcome, message}
	p.Asleep = true
	m.finish(n.key, row, Failed)
}

// deliverQueued hands over the next callback that came during a call.
func (m *machine) deliverQueued(n *node, row *Row) {
	s := row.Schedule
	if s == nil || s.Finished || s.Pending != 0 || len(s.Queue) == 0 || row.State != Running {
		return
	}
	callback := s.Queue[0]
	s.Queue = s.Queue[1:]
	m.call(n, s, row.Version, &callback)
}

// scheduled takes the answer of Schedule.
func (m *machine) scheduled(p *Process, n *node, row *Row, answer Answer, callback bool) {
	s := row.Schedule
	s.Polls++
	if answer.Raised != "" {
		answer.OK = false
		row.Outputs.Set(exDataKey, answer.Raised)
	}
	m.stamp(row, answer.OK)
	m.touch(n.key, row)
	switch {
	case !answer.OK:
		s.Finished = n.ignorable()
		if next := m.failedCall(p, n, row, answer); next != nil {
			m.execute(p.ID, next)
		}
	case answer.Done || s.Kind == Callback:
		s.Finished = true
		if next := m.succeeded(p, n, row); next != nil {
			m.execute(p.ID, next)
		}
	case s.Kind == Poll && (!callback || s.NextAt.IsZero()):
		s.NextAt = m.at.Add(max(answer.After, 0))
		m.wakeAt(TimerPoll, n, row, s.NextAt)
	}
}

func (m *machine) wakeAt(timer Timer, n *node, row *Row, at time.Time) {
	m.result.Effects = append(m.result.Effects, Effect{Wake: &Wake{Timer: timer, Node: n.key, At: at, Version: row.Version}})
}
