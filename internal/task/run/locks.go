package run

import "sync"

// locks are one mutex for each task that somebody works at in this process. They
// only spare the loser of two advances its work: the fence decides who writes.
type locks struct {
	mu   sync.Mutex
	held map[int]*taskLock
}

type taskLock struct {
	sync.Mutex
	users int
}

func newLocks() *locks { return &locks{held: map[int]*taskLock{}} }

// lock waits for the task and returns what unlocks it.
func (l *locks) lock(taskID int) (unlock func()) {
	l.mu.Lock()
	t := l.held[taskID]
	if t == nil {
		t = &taskLock{}
		l.held[taskID] = t
	}
	t.users++
	l.mu.Unlock()
	t.Lock()
	return func() {
		t.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(l.held, taskID)
		}
	}
}
