package dispatch

import (
	"context"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// queue is the queue of our jobs.
const queue = "wake"

// maxAttempts is how often a job tries to advance its task. The sweep is behind it.
const maxAttempts = 3

// wake is what a job says: look at the task at that time.
type wake struct {
	Task int       `json:"task"`
	At   time.Time `json:"at"`
}

// Kind implements river.JobArgs.
func (wake) Kind() string { return "wake" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (wake) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: queue} }

// soon tries failed jobs again after 2 and 4 seconds. River lets what is within 5 s be
// fetched by its time, without a detour over the leader.
type soon struct{ now func() time.Time }

// NextRetry implements river.ClientRetryPolicy.
func (s soon) NextRetry(job *rivertype.JobRow) time.Time {
	return s.now().Add(2 * time.Second * time.Duration(max(job.Attempt, 1)))
}

// worker works the jobs.
type worker struct {
	river.WorkerDefaults[wake]
	now     func() time.Time
	log     *limited
	advance Advance
	// ahead is how long before their time jobs may be fetched: then they wait here, and
	// are exact whatever the pace of polling.
	ahead time.Duration
	slots chan struct{}

	mu      sync.Mutex
	stopped bool
	ended   chan struct{} // closed when nothing new may begin
	running sync.WaitGroup
}

func newWorker(o *Options, log *limited) *worker {
	return &worker{
		now: o.Now, log: log,
		// River adds up to a tenth to the interval, and a fetch takes a while.
		ahead: o.Poll + o.Poll/10 + 300*time.Millisecond,
		slots: make(chan struct{}, o.Advances),
		ended: make(chan struct{}),
	}
}

// Work implements river.Worker: it waits for the time of the job and advances the task.
func (w *worker) Work(ctx context.Context, job *river.Job[wake]) error {
	wait := job.Args.At.Sub(w.now())
	if wait > 2*w.ahead { // the clocks of servers differ
		return river.JobSnooze(wait - w.ahead)
	}
	if wait > 0 {
		alarm := time.NewTimer(wait)
		defer alarm.Stop()
		select {
		case <-alarm.C:
		case <-w.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-w.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !w.begin() {
		return river.JobSnooze(0) // another server takes it at once
	}
	defer w.running.Done()
	next, err := w.advance(ctx, job.Args.Task)
	if err != nil {
		w.failed(ctx, job, err)
		return err
	}
	// Only what came before its time comes again: whoever set another time has asked for
	// a job of its own, and two that follow each other would never end.
	if next != nil && next.Sub(job.Args.At).Abs() < time.Second {
		return river.JobSnooze(max(0, next.Sub(w.now())-w.ahead))
	}
	return nil
}

// failed tells of an advance that failed. Stopping makes some fail, and is no news.
func (w *worker) failed(ctx context.Context, job *river.Job[wake], err error) {
	if ctx.Err() != nil && w.hasEnded() {
		return
	}
	text := "a woken task could not go on; it is tried again"
	if job.Attempt >= job.MaxAttempts {
		text = "a woken task could not go on; it is left to the sweep"
	}
	w.log.warn(ctx, text, "task", job.Args.Task, "error", err)
}

// begin counts an advance in, unless the worker has stopped.
func (w *worker) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	w.running.Add(1)
	return true
}

// stop lets nothing new begin.
func (w *worker) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	close(w.ended)
}

// wait waits for the advances that run.
func (w *worker) wait() { w.running.Wait() }

func (w *worker) hasEnded() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}
