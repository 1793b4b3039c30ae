package event

import "sync"

// Hub tells watchers that something new is stored about a task. Telling costs the
// same for no watcher and for a thousand and never waits for one: a watcher that is
// slow finds several changes at once.
type Hub struct {
	mu    sync.Mutex
	tasks map[int]*signal
}

// signal belongs to one watched task; changed is closed at the next change.
type signal struct {
	watchers int
	changed  chan struct{}
}

// NewHub makes a hub without watchers.
func NewHub() *Hub { return &Hub{tasks: map[int]*signal{}} }

// Publish wakes the watchers of a task. Call it after the commit.
func (h *Hub) Publish(taskID int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.tasks[taskID]; s != nil {
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// PublishAll wakes everybody, after changes may have been missed.
func (h *Hub) PublishAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.tasks {
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// Watch begins to watch a task. The watcher must Close.
func (h *Hub) Watch(taskID int) *Watcher {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.tasks[taskID]
	if s == nil {
		s = &signal{changed: make(chan struct{})}
		h.tasks[taskID] = s
	}
	s.watchers++
	return &Watcher{hub: h, taskID: taskID}
}

// Watcher is somebody who watches one task.
type Watcher struct {
	hub    *Hub
	taskID int
	once   sync.Once
}

// Changed returns a channel that is closed at the next change. Take it, then read
// what is stored, then wait: so no change falls between.
func (w *Watcher) Changed() <-chan struct{} {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	return w.hub.tasks[w.taskID].changed
}

// Close ends the watching.
func (w *Watcher) Close() {
	w.once.Do(func() {
		w.hub.mu.Lock()
		defer w.hub.mu.Unlock()
		s := w.hub.tasks[w.taskID]
		if s.watchers--; s.watchers == 0 {
			delete(w.hub.tasks, w.taskID)
		}
	})
}
