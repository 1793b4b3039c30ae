package run

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"
)

// timers knows when each task wants to be woken next. It is memory only: TaskRun's
// wake_at is the truth, and the sweep finds what got lost.
type timers struct {
	now func() time.Time

	mu     sync.Mutex
	byTask map[int]*timer
	queue  timerQueue
	// changed has a value when the first timer may be another one.
	changed chan struct{}
}

type timer struct {
	taskID, index int
	at            time.Time
}

func newTimers(now func() time.Time) *timers {
	return &timers{now: now, byTask: map[int]*timer{}, changed: make(chan struct{}, 1)}
}

// set replaces the timer of a task; nil takes it away.
func (t *timers) set(taskID int, at *time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.byTask[taskID]
	switch {
	case at == nil && old == nil:
		return
	case at == nil:
		heap.Remove(&t.queue, old.index)
		delete(t.byTask, taskID)
	case old == nil:
		old = &timer{taskID: taskID, at: *at}
		t.byTask[taskID] = old
		heap.Push(&t.queue, old)
	default:
		old.at = *at
		heap.Fix(&t.queue, old.index)
	}
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// sooner is set for a timer that goes off no later than the one that is there.
func (t *timers) sooner(taskID int, at time.Time) {
	t.mu.Lock()
	old := t.byTask[taskID]
	late := old == nil || at.Before(old.at)
	t.mu.Unlock()
	if late {
		t.set(taskID, &at)
	}
}

// due takes the first task whose time has come; otherwise it says how long to wait.
func (t *timers) due() (taskID int, ok bool, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		return 0, false, time.Hour
	}
	first := t.queue[0]
	if wait := first.at.Sub(t.now()); wait > 0 {
		return 0, false, wait
	}
	heap.Pop(&t.queue)
	delete(t.byTask, first.taskID)
	return first.taskID, true, 0
}

// watchTimers advances tasks whose time has come.
func (r *Runner) watchTimers() {
	defer r.loops.Done()
	slots := make(chan struct{}, maxAdvances)
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for {
		taskID, ok, wait := r.timers.due()
		if !ok {
			alarm.Reset(wait)
			select {
			case <-r.stopped:
				return
			case <-alarm.C:
			case <-r.timers.changed:
			}
			continue
		}
		select {
		case <-r.stopped:
			return
		case slots <- struct{}{}:
		}
		if !r.begin() {
			return
		}
		go func() {
			defer func() { <-slots }()
			defer r.work.Done()
			r.wake(taskID)
		}()
	}
}

// wake advances a task by what is due. If that fails, the sweep tries again.
func (r *Runner) wake(taskID int) {
	if err := r.advanceDue(r.base, taskID); err != nil && r.base.Err() == nil {
		r.Log.Error("a task could not go on; it is tried again", "task", taskID, "error", err)
	}
}

// advanceDue advances a task by what is due; one whose run is gone has nothing due.
func (r *Runner) advanceDue(ctx context.Context, taskID int) error {
	err := r.advance(ctx, taskID, cause{})
	if errors.Is(err, errSwept) {
		return nil
	}
	return err
}

// timerQueue is a heap by time.
type timerQueue []*timer

func (q timerQueue) Len() int           { return len(q) }
func (q timerQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q timerQueue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push adds a timer, for container/heap.
func (q *timerQueue) Push(x any) {
	t := x.(*timer)
	t.index = len(*q)
	*q = append(*q, t)
}

// Pop takes the last timer, for container/heap.
func (q *timerQueue) Pop() any {
	last := len(*q) - 1
	t := (*q)[last]
	*q = (*q)[:last]
	return t
}
