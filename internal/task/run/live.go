package run

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"rehearse.dev/ent"
	"rehearse.dev/ent/noderun"
	enttask "rehearse.dev/ent/task"
	"rehearse.dev/ent/taskcall"
	"rehearse.dev/ent/taskmock"
	"rehearse.dev/ent/taskrun"
	"rehearse.dev/internal/engine"
)

// live is a run in memory, as the tables had it at its fence. Only the holder of
// the task's lock touches it.
type live struct {
	task     *ent.Task
	plan     *engine.Plan
	language string
	state    *engine.State
	mocked   map[string]bool
	// fence is what the row must still have when the next advance writes; -1 stands
	// for a run that has no row yet.
	fence, lastSeq, realCalls int
	wakes                     []engine.Wake
	// calls are those that are not over, by number.
	calls map[int]openCall
}

// openCall is a call whose outcome has not been taken.
type openCall struct {
	node    string
	attempt int
}

// begun tells whether the engine has taken the start event.
func (l *live) begun() bool { return l.state.Rows[l.state.Root] != nil }

// over tells whether nothing can happen any more.
func (l *live) over() bool {
	row := l.state.Rows[l.state.Root]
	return row != nil && (row.State == engine.Finished || row.State == engine.Revoked) && len(l.calls) == 0
}

// load finds a run in memory or reads it.
func (r *Runner) load(ctx context.Context, taskID int) (*live, error) {
	if l := r.lives.get(taskID); l != nil {
		return l, nil
	}
	db := r.Store.Read
	row, err := db.TaskRun.Query().Where(taskrun.TaskID(taskID)).WithTask().Only(ctx)
	if ent.IsNotFound(err) || err == nil && row.Edges.Task.State == enttask.StateEXPIRED {
		return nil, errSwept
	}
	if err != nil {
		return nil, fmt.Errorf("read the run of task %d: %w", taskID, err)
	}
	l, err := r.fresh(ctx, row.Edges.Task, string(row.Language))
	if err != nil {
		return nil, err
	}
	l.fence, l.lastSeq, l.realCalls = row.Fence, row.LastSeq, row.RealCalls
	if len(row.Core) == 0 {
		return l, nil
	}
	mock := l.state.Mock
	l.state = new(engine.State)
	if err := json.Unmarshal(row.Core, l.state); err != nil {
		return nil, fmt.Errorf("decode the run of task %d: %w", taskID, err)
	}
	l.state.Mock = mock
	if err := json.Unmarshal(row.Wakes, &l.wakes); err != nil {
		return nil, fmt.Errorf("decode the timers of task %d: %w", taskID, err)
	}
	return l, r.loadNodes(ctx, l)
}

// loadNodes reads the nodes and the open calls of a run.
func (r *Runner) loadNodes(ctx context.Context, l *live) error {
	nodes, err := r.Store.Read.NodeRun.Query().
		Where(noderun.TaskID(l.task.ID), noderun.IsCurrent(true)).
		Select(noderun.FieldNodeID, noderun.FieldRow).All(ctx)
	if err != nil {
		return fmt.Errorf("read the nodes of task %d: %w", l.task.ID, err)
	}
	for _, n := range nodes {
		row := new(engine.Row)
		if err := json.Unmarshal(n.Row, row); err != nil {
			return fmt.Errorf("decode node %s of task %d: %w", n.NodeID, l.task.ID, err)
		}
		l.state.Rows[n.NodeID] = row
	}
	calls, err := r.Store.Read.TaskCall.Query().
		Where(taskcall.TaskID(l.task.ID), taskcall.StatusIn(taskcall.StatusREADY, taskcall.StatusSENT)).
		Select(taskcall.FieldNumber, taskcall.FieldNodeID, taskcall.FieldAttempt).All(ctx)
	if err != nil {
		return fmt.Errorf("read the calls of task %d: %w", l.task.ID, err)
	}
	for _, c := range calls {
		l.calls[c.Number] = openCall{c.NodeID, c.Attempt}
	}
	return nil
}

// fresh makes the run of a task that the engine has not seen.
func (r *Runner) fresh(ctx context.Context, task *ent.Task, language string) (*live, error) {
	frozen, err := r.Store.Read.TaskMock.Query().Where(taskmock.TaskID(task.ID)).Only(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the mock data of task %d: %w", task.ID, err)
	}
	return r.freshWith(ctx, task, frozen, language)
}

// freshWith is fresh for a task whose mock data is known.
func (r *Runner) freshWith(ctx context.Context, task *ent.Task, frozen *ent.TaskMock, language string) (*live, error) {
	plan, err := r.Plans.Get(ctx, r.Store.Read, task.ExecutionSnapshotID, language)
	if err != nil {
		return nil, err
	}
	mock, err := mockOf(frozen)
	if err != nil {
		return nil, fmt.Errorf("decode the mock data of task %d: %w", task.ID, err)
	}
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails
	l := &live{
		task: task, plan: plan, language: language, fence: -1, calls: map[int]openCall{}, mocked: map[string]bool{},
		state: engine.NewState(plan, engine.Init{System: systemOf(task), Mock: mock, Seed: binary.LittleEndian.Uint64(seed[:])}),
	}
	for _, key := range mock.Nodes {
		l.mocked[key] = true
	}
	return l, nil
}

// mockOf is the stored mock data in the engine's form.
func mockOf(row *ent.TaskMock) (engine.Mock, error) {
	var m engine.Mock
	if err := json.Unmarshal(row.Nodes, &m.Nodes); err != nil {
		return m, err
	}
	if err := json.Unmarshal(row.Outputs, &m.Outputs); err != nil {
		return m, err
	}
	if err := json.Unmarshal(row.Failures, &m.Errors); err != nil {
		return m, err
	}
	for key := range m.Errors {
		m.FailNodes = append(m.FailNodes, key)
	}
	return m, nil
}

// wakeAt is when the run wants to be woken, nil for never.
func (l *live) wakeAt() *time.Time {
	var first *time.Time
	for i := range l.wakes {
		if at := &l.wakes[i].At; first == nil || at.Before(*first) {
			first = at
		}
	}
	return first
}

// liveNodes bounds the runs in memory: about so many nodes in all.
const liveNodes = 500_000

// lives keeps runs between their advances. What it forgets is read again.
type lives struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[int, *live]
	nodes int
}

func newLives() *lives {
	c := &lives{}
	// The size is positive, which is all that NewLRU checks.
	c.lru, _ = simplelru.NewLRU(liveNodes, func(_ int, l *live) { c.nodes -= weight(l.plan) })
	return c
}

func (c *lives) get(taskID int) *live {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, _ := c.lru.Get(taskID)
	return l
}

func (c *lives) keep(l *live) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lru.Contains(l.task.ID) {
		return
	}
	c.nodes += weight(l.plan)
	c.lru.Add(l.task.ID, l)
	for c.nodes > liveNodes && c.lru.Len() > 1 {
		c.lru.RemoveOldest()
	}
}

func (c *lives) forgetAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Purge()
}

func (c *lives) forget(taskID int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Remove(taskID)
}
