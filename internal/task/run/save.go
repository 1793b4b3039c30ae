package run

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"entgo.io/ent/dialect/sql"

	"rehearse.dev/ent"
	"rehearse.dev/ent/noderun"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskevent"
	"rehearse.dev/ent/taskoperation"
	"rehearse.dev/ent/taskrun"
	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/event"
	"rehearse.dev/internal/store"
)

// page bounds the rows of one INSERT, segment the events of one row.
const (
	page    = 500
	segment = 500
)

// written is a change in the form of the tables, made before the write lock is
// taken.
type written struct {
	core, wakes, outputs []byte
	attempts             []*attempt
	rows                 [][3][]byte // row, decision and unresolved of each attempt
	events               []event.Event
	segments             [][]byte
	effects              [][]byte
	state                enttask.State
	finished             *time.Time
	treeInfo             int // the id of the topology
}

// save writes a change in one transaction, or nothing. It returns errConflict when
// the run has gone on since it was read, errStale when the call of the change has
// been settled already.
func (r *Runner) save(ctx context.Context, c *change) (*written, error) {
	w, err := r.form(ctx, c)
	if err != nil {
		return nil, err
	}
	return w, r.Store.Guarded(ctx, func(ctx context.Context, tx *ent.Tx) error {
		if err := r.saveRun(ctx, tx, c, w); err != nil {
			return err
		}
		return r.saveRest(ctx, tx, c, w)
	})
}

// form brings a change into the form of the tables, ahead of its transaction.
func (r *Runner) form(ctx context.Context, c *change) (*written, error) {
	w, err := c.write()
	if err != nil {
		return nil, err
	}
	w.treeInfo, err = r.treeInfo(ctx, c)
	return w, err
}

// saveRest writes everything but the rows of the task and of its run.
func (r *Runner) saveRest(ctx context.Context, tx *ent.Tx, c *change, w *written) error {
	if err := r.wakeWith(ctx, tx, c); err != nil {
		return err
	}
	if err := r.Relay.Announce(ctx, c.live.task.ID); err != nil {
		return err
	}
	if err := r.saveAttempts(ctx, tx, c.live.task.ID, w); err != nil {
		return err
	}
	if err := r.saveEvents(ctx, tx, c, w); err != nil {
		return err
	}
	if err := r.saveCalls(ctx, tx, c, w); err != nil {
		return err
	}
	if op := c.in.operation; op != nil {
		return tx.TaskOperation.Create().SetTaskID(c.live.task.ID).SetKind(op.kind).SetSource(taskoperation.SourceAPI).
			SetOperator(op.operator).SetNodeID(op.node).SetCreateTime(c.at).Exec(ctx)
	}
	return nil
}

// write brings the change into the form of the tables.
func (c *change) write() (*written, error) {
	l := c.live
	w := &written{state: shown(l)}
	var err error
	core := *l.state
	core.Rows = map[string]*engine.Row{core.Root: l.state.Rows[core.Root]}
	core.Mock = engine.Mock{}
	if w.core, err = json.Marshal(&core); err != nil {
		return nil, fmt.Errorf("encode the run of task %d: %w", l.task.ID, err)
	}
	if w.wakes, err = json.Marshal(l.wakes); err != nil {
		return nil, fmt.Errorf("encode the timers of task %d: %w", l.task.ID, err)
	}
	root := l.state.Rows[l.state.Root]
	if root.State == engine.Finished {
		if w.outputs, err = json.Marshal(root.Outputs); err != nil {
			return nil, fmt.Errorf("encode the outputs of task %d: %w", l.task.ID, err)
		}
	}
	if !root.Archived.IsZero() {
		w.finished = &root.Archived
	}
	if w.attempts, err = c.attempts(); err != nil {
		return nil, err
	}
	for _, a := range w.attempts {
		row, decision, unresolved, err := a.encode()
		if err != nil {
			return nil, err
		}
		w.rows = append(w.rows, [3][]byte{row, decision, unresolved})
	}
	for i := range c.asked {
		effect, err := json.Marshal(c.asked[i].call)
		if err != nil {
			return nil, fmt.Errorf("encode a call of task %d: %w", l.task.ID, err)
		}
		w.effects = append(w.effects, effect)
	}
	return w, c.tell(w)
}

// tell makes the events of the change.
func (c *change) tell(w *written) error {
	l := c.live
	before := l.task.State
	if c.first {
		before = enttask.StateCREATED
		w.events = append(w.events, event.Event{
			Kind: event.KindOperation, At: c.at, Operation: string(taskoperation.KindSTART), Operator: l.task.Executor,
		})
	} else if op := c.in.operation; op != nil {
		w.events = append(w.events, event.Event{
			Kind: event.KindOperation, At: c.at, Operation: string(op.kind), Operator: op.operator, Node: op.node,
		})
	}
	if call := c.in.call; call != nil && call.shown != nil {
		w.events = append(w.events, event.Event{Kind: event.KindCall, At: c.at, Node: call.node, Loop: call.loop, Call: call.shown})
	}
	logged, err := Events(c.records, l.state.Root)
	if err != nil {
		return err
	}
	w.events = append(w.events, logged...)
	if before != w.state {
		w.events = append(w.events, event.Event{Kind: event.KindTask, At: c.at, From: string(before), State: string(w.state)})
	}
	for rest := w.events; len(rest) > 0; {
		n := min(len(rest), segment)
		raw, err := event.Encode(rest[:n])
		if err != nil {
			return fmt.Errorf("encode the events of task %d: %w", l.task.ID, err)
		}
		w.segments, rest = append(w.segments, raw), rest[n:]
	}
	return nil
}

// shown is the state of the task as people see it.
func shown(l *live) enttask.State {
	switch s := l.state.Show(l.plan); s {
	case engine.ShownNodeSuspended:
		return enttask.StateSUSPENDED
	default:
		return enttask.State(s)
	}
}

// saveRun writes the rows of the run and of the task, and so finds out whether this
// advance is the one that counts.
func (r *Runner) saveRun(ctx context.Context, tx *ent.Tx, c *change, w *written) error {
	l := c.live
	id := l.task.ID
	if c.in.open != nil {
		if err := r.saveOpening(ctx, tx, c, w); err != nil {
			return err
		}
		return r.insertRun(ctx, tx, c, w)
	}
	update := tx.TaskRun.Update().Where(taskrun.TaskID(id), taskrun.Fence(l.fence)).
		SetFence(c.fence).SetCore(w.core).SetWakes(w.wakes).SetLastSeq(l.lastSeq + len(w.events)).SetRealCalls(l.realCalls)
	if at := l.wakeAt(); at != nil {
		update.SetWakeAt(*at)
	} else {
		update.ClearWakeAt()
	}
	if w.outputs != nil {
		update.SetOutputs(w.outputs)
	}
	n, err := update.Save(ctx)
	if err != nil {
		return err
	}
	if n == 0 {
		return errConflict
	}
	if l.task.State == w.state && l.task.TreeInfoID != nil {
		return nil
	}
	task := r.Store.Builder().Update(enttask.Table).Where(sql.EQ(enttask.FieldID, id)).
		Set(enttask.FieldState, w.state).Set(enttask.FieldTreeInfoID, w.treeInfo)
	if w.finished != nil {
		task.Set(enttask.FieldFinishTime, *w.finished)
	}
	query, args := task.Query()
	return store.Later(ctx, tx, query, args...)
}

// insertRun writes the row of a run that begins.
func (r *Runner) insertRun(ctx context.Context, tx *ent.Tx, c *change, w *written) error {
	l := c.live
	query, args := r.Store.Builder().Insert(taskrun.Table).
		Columns(taskrun.FieldTaskID, taskrun.FieldFence, taskrun.FieldLanguage, taskrun.FieldCore, taskrun.FieldWakes,
			taskrun.FieldWakeAt, taskrun.FieldLastSeq, taskrun.FieldRealCalls, taskrun.FieldOutputs).
		Values(l.task.ID, c.fence, l.language, w.core, w.wakes, l.wakeAt(), len(w.events), 0, nullable(w.outputs)).Query()
	return store.Later(ctx, tx, query, args...)
}

// saveAttempts writes the executions of nodes. One that was written before keeps a
// decision and pieces of text that this advance does not replace.
func (r *Runner) saveAttempts(ctx context.Context, tx *ent.Tx, taskID int, w *written) error {
	for from := 0; from < len(w.attempts); from += page {
		insert := r.Store.Builder().Insert(noderun.Table).Columns(
			noderun.FieldTaskID, noderun.FieldNodeID, noderun.FieldNumber, noderun.FieldIsCurrent,
			noderun.FieldState, noderun.FieldRow, noderun.FieldDecision, noderun.FieldUnresolved)
		for i := from; i < min(from+page, len(w.attempts)); i++ {
			a, row := w.attempts[i], w.rows[i]
			insert.Values(taskID, a.node, a.number, a.current, string(a.row.State), row[0], nullable(row[1]), nullable(row[2]))
		}
		insert.OnConflict(
			sql.ConflictColumns(noderun.FieldTaskID, noderun.FieldNodeID, noderun.FieldNumber),
			sql.ResolveWith(func(u *sql.UpdateSet) {
				for _, column := range []string{noderun.FieldIsCurrent, noderun.FieldState, noderun.FieldRow} {
					u.SetExcluded(column)
				}
				for _, column := range []string{noderun.FieldDecision, noderun.FieldUnresolved} {
					u.Set(column, sql.Expr("COALESCE(excluded."+column+", "+noderun.Table+"."+column+")"))
				}
			}),
		)
		query, args := insert.Query()
		if err := store.Later(ctx, tx, query, args...); err != nil {
			return fmt.Errorf("write the nodes of task %d: %w", taskID, err)
		}
	}
	return nil
}

// nullable keeps an empty column null.
func nullable(raw []byte) any {
	if raw == nil {
		return nil
	}
	return raw
}

func (r *Runner) saveEvents(ctx context.Context, tx *ent.Tx, c *change, w *written) error {
	first := c.live.lastSeq + 1
	for i, raw := range w.segments {
		last := min(first+segment, c.live.lastSeq+len(w.events)+1) - 1
		query, args := r.Store.Builder().Insert(taskevent.Table).
			Columns(taskevent.FieldTaskID, taskevent.FieldFirstSeq, taskevent.FieldLastSeq, taskevent.FieldEvents).
			Values(c.live.task.ID, first, last, raw).Query()
		if err := store.Later(ctx, tx, query, args...); err != nil {
			return fmt.Errorf("write events %d of task %d: %w", i, c.live.task.ID, err)
		}
		first = last + 1
	}
	return nil
}

// saveCalls writes what is new about real calls: those that are asked for, the one
// that is over, and those that must not be sent any more.
func (r *Runner) saveCalls(ctx context.Context, tx *ent.Tx, c *change, w *written) error {
	id := c.live.task.ID
	for i := range c.asked {
		a := &c.asked[i]
		if err := tx.TaskCall.Create().SetTaskID(id).SetNumber(a.call.Number).SetNodeID(a.call.Node).SetAttempt(a.attempt).
			SetEffect(w.effects[i]).SetCreateTime(c.at).Exec(ctx); err != nil {
			return fmt.Errorf("write a call of task %d: %w", id, err)
		}
	}
	if call := c.in.call; call != nil {
		if err := call.save(ctx, tx, id, r.Owner, c.at); err != nil {
			return err
		}
	}
	if len(c.dropped) == 0 {
		return nil
	}
	return tx.TaskCall.Update().
		Where(taskcall.TaskID(id), taskcall.NumberIn(c.dropped...), taskcall.StatusEQ(taskcall.StatusREADY)).
		SetStatus(taskcall.StatusDROPPED).ClearEffect().Exec(ctx)
}
