package engine

import (
	"slices"
	"strconv"
	"time"

	"rehearse.dev/internal/flow"
)

// task is one queued piece of work: a process that goes on at a node, or a
// schedule call of a node.
type task struct {
	process  int
	node     *node
	schedule bool
	version  string
	callback *Value
}

func (m *machine) execute(process int, n *node) {
	m.queue = append(m.queue, task{process: process, node: n})
}

func (m *machine) call(n *node, schedule *Schedule, version string, callback *Value) {
	m.queue = append(m.queue, task{process: schedule.Process, node: n, schedule: true, version: version, callback: callback})
}

// drain works until the queue is empty, in order of arrival. Every loop of a tree
// passes the rerun limit, so this ends; but a large tree that loops a lot would
// make the step long and its log huge, so that what is left after the plan's step
// limit waits for the next step.
func (m *machine) drain() {
	head := 0
	for ; head < len(m.queue) && m.work < m.plan.stepLimit; head++ {
		t := m.queue[head]
		m.queue[head] = task{}
		if t.schedule {
			m.schedule(&t)
			continue
		}
		if p := m.s.Processes[t.process]; p != nil {
			p.Asleep = false
			m.run(p, t.node)
		}
	}
	rest := m.queue[head:]
	if m.cut != nil {
		rest = slices.Insert(rest, 0, *m.cut) // the process that was cut off goes on first
	}
	m.postpone(rest)
	m.queue = nil
}

// postpone stores the rest of the work and asks to be woken for it at once.
func (m *machine) postpone(rest []task) {
	m.s.Pending = nil
	if len(rest) == 0 {
		return
	}
	for _, t := range rest {
		m.s.Pending = append(m.s.Pending, Task{
			Process: t.process, Node: t.node.key, Schedule: t.schedule, Version: t.version, Callback: t.callback,
		})
	}
	m.result.Effects = append(m.result.Effects, Effect{Wake: &Wake{Timer: TimerContinue, At: m.at}})
}

// resumeWork takes up what an earlier step has postponed.
func (m *machine) resumeWork() {
	for _, t := range m.s.Pending {
		if n := m.plan.nodes[t.Node]; n != nil {
			m.queue = append(m.queue, task{process: t.Process, node: n, schedule: t.Schedule, version: t.Version, callback: t.Callback})
		}
	}
}

// spawn makes a process that stands at node.
func (m *machine) spawn(parent int, stack []string, node, dest string) *Process {
	m.s.Serial++
	p := &Process{ID: int(m.s.Serial), Parent: parent, Stack: slices.Clone(stack), Node: node, Dest: dest, Asleep: true}
	m.s.Processes[p.ID] = p
	return p
}

// run pushes a process forward until it sleeps, parks or dies (engine §6.1).
func (m *machine) run(p *Process, n *node) {
	for n != nil {
		if p.Dest == n.key {
			m.arrive(p, n)
			return
		}
		p.Node = n.key
		if m.held(p) {
			return
		}
		if m.work++; m.work > m.plan.stepLimit {
			m.cut = &task{process: p.ID, node: n}
			return
		}
		row := m.s.Rows[n.key]
		if row != nil && !m.reenter(p, n, row) {
			return
		}
		if row == nil {
			row = &Row{Version: m.s.version(), Loop: 1, InnerLoop: 1}
			m.s.Rows[n.key] = row
		}
		row.Parent = p.Stack[len(p.Stack)-1]
		row.Started, row.Archived, row.Why = m.at, time.Time{}, nil
		m.move(n.key, row, Running)
		n = m.enter(p, n, row)
	}
}

// arrive ends a branch at its converge. The last one wakes the parent there.
func (m *machine) arrive(p *Process, converge *node) {
	delete(m.s.Processes, p.ID)
	parent := m.s.Processes[p.Parent]
	if parent == nil {
		return
	}
	parent.Ack++
	if parent.Ack == parent.Need {
		parent.Ack, parent.Need = 0, 0
		m.execute(parent.ID, converge)
	}
}

// held tells whether the process may not go on: it dies under a revoked root and
// parks under a suspended pipeline.
func (m *machine) held(p *Process) bool {
	if m.s.Rows[m.s.Root].State == Revoked {
		delete(m.s.Processes, p.ID)
		return true
	}
	for _, scope := range p.Stack {
		if row := m.s.Rows[scope]; row != nil && row.State == Suspended {
			p.SuspendedBy = scope
			return true
		}
	}
	return false
}

// reenter prepares a row that exists already. It returns false when the process
// must not run the node.
func (m *machine) reenter(p *Process, n *node, row *Row) bool {
	switch row.State {
	case Ready, LoopReady:
		return true
	case Finished:
		if (n.kind != flow.NodeKind(flow.SubProcess) || m.isClosed(n)) && row.Loop > m.s.Limit {
			m.overrun(p, n, row)
			return false
		}
		m.remember(n.key, row)
		row.Loop++
		row.InnerLoop++
		row.Skip, row.ErrorIgnored = false, false
		if !n.loops() {
			row.Retry = 0
		}
		row.Version = m.s.version()
		return true
	case Suspended:
		row.Parent = p.Stack[len(p.Stack)-1]
		p.SuspendedBy = n.key
		m.touch(n.key, row)
		return false
	default:
		p.Asleep = true
		return false
	}
}

// overrun fails a node that was entered too often. Its other outputs stay.
func (m *machine) overrun(p *Process, n *node, row *Row) {
	message := "node execution exceed rerun limit " + strconv.Itoa(m.s.Limit)
	m.addOutput(row, exDataKey, message)
	p.Asleep = true
	row.Why = &Failure{RuleRerunLimit, message}
	m.finish(n.key, row, Failed)
}

// enter runs the node and returns the next one, nil when the process is done for
// now.
func (m *machine) enter(p *Process, n *node, row *Row) *node {
	switch n.kind {
	case flow.StartEvent:
		return m.startEvent(p, n, row)
	case flow.EndEvent:
		return m.endEvent(p, n, row)
	case flow.NodeKind(flow.ServiceActivity):
		return m.activity(p, n, row)
	case flow.NodeKind(flow.SubProcess):
		return m.subprocess(p, n, row)
	case flow.NodeKind(flow.ExclusiveGateway):
		return m.exclusive(p, n, row)
	case flow.NodeKind(flow.ConditionalParallelGateway):
		return m.conditional(p, n, row)
	case flow.NodeKind(flow.ParallelGateway):
		return m.parallel(p, n, row)
	default:
		m.finish(n.key, row, Finished)
		return n.next
	}
}

// fail ends an execution badly: the process sleeps on the node and waits for
// somebody's decision.
func (m *machine) fail(p *Process, n *node, row *Row, why Failure) {
	p.Asleep = true
	row.Why = &why
	m.finish(n.key, row, Failed)
	m.autoRetry(n, row)
}

// addOutput sets one output without changing the object that a history record
// may hold.
func (m *machine) addOutput(row *Row, key string, value any) {
	outputs := copyDict(row.Outputs.Dict, 1)
	outputs.Set(key, value)
	row.Outputs = Fields{outputs}
}
